"""`lienzo models`, as typed."""

import hashlib
import json
from pathlib import Path

import pytest

from bot.terminal import models
from bot.terminal.failures import CommandFailed
from config import CheckpointSettings, Settings, load_settings
from inference.catalogue import describe, weights_sha256
from inference.tiny_checkpoint import assemble_tiny_checkpoint


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    assemble_tiny_checkpoint(tmp_path / "checkpoints" / "tiny")
    (tmp_path / "broken").mkdir()
    size = {"sizes": ["64x64"], "max_pixels": 4096, "default_steps": 2}
    return load_settings(
        env_file=Path("/nonexistent"),
        overrides={
            "storage": {"folder": str(tmp_path)},
            "engine": {"cpu_threads": 1, "calibration_seconds": 0.5},
            "imagine": {"checkpoint": "tiny"},
            "checkpoints": {
                "tiny": {"builtin": "tiny", "licence": "none needed", **size},
                "copied": {"path": str(tmp_path / "checkpoints" / "tiny"), "sha256": "0" * 64, **size},
                "broken": {"path": str(tmp_path / "broken"), **size},
                "distant": {"hub": "someone/something", "revision": "abc", **size},
            },
        },
    )


async def test_the_list_says_what_each_is_and_what_is_wrong_with_it(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await models.show(settings, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["tiny"]["kind"] == "StableDiffusionPipeline"
    assert found["tiny"]["file_bytes"] > 1_000_000
    assert found["tiny"]["wrong"] == ""
    assert "model_index.json" in found["broken"]["wrong"]
    assert "not downloaded" in found["distant"]["wrong"]
    await models.show(settings, as_json=False)
    assert "none needed" in capsys.readouterr().out


async def test_a_check_names_the_broken_and_the_changed_and_goes_on(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandFailed, match="copied, broken"):
        await models.check(settings, ["tiny", "copied", "broken"])
    out = capsys.readouterr().out
    assert "tiny" in out
    assert "resident" in out
    assert "copy it again" in out
    with pytest.raises(CommandFailed, match="known: "):
        await models.check(settings, ["nope"])


async def test_a_warm_checkpoint_has_drawn(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    await models.warm(settings, ["tiny"])
    assert "one picture of 64x64" in capsys.readouterr().out
    assert json.loads(settings.storage.capacity_file_of(0).read_text())["keys"][0]["checkpoint"] == "tiny"
    with pytest.raises(CommandFailed, match="broken"):
        await models.warm(settings, ["broken"])


def test_the_hash_is_that_of_the_weights(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    file.write_bytes(b"not really")
    single = CheckpointSettings(path=file, sizes=("64x64",), max_pixels=4096)
    assert weights_sha256(single, tmp_path) == hashlib.sha256(b"not really").hexdigest()
    folders = []
    for name in ("a", "b"):
        assemble_tiny_checkpoint(tmp_path / name)
        (tmp_path / name / "README.md").write_text(name)
        folders.append(CheckpointSettings(path=tmp_path / name, sizes=("64x64",), max_pixels=4096))
    assert weights_sha256(folders[0], tmp_path) == weights_sha256(folders[1], tmp_path)
    assert "damaged" in describe("x", single, tmp_path, bytes_each=2).wrong
