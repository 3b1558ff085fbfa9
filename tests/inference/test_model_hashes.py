"""Which weights drew a picture: hashed once, kept over restarts, written into the file as the common tools read it."""

import os
from pathlib import Path

import pytest

from config.settings import CheckpointSettings
from inference import model_hashes
from inference.model_hashes import ModelHashes
from inference.pictures import parameters_text
from tests.inference.builders import a_request


def a_checkpoint(folder: Path, data: bytes = b"weights", **more: str) -> CheckpointSettings:
    file = folder / "model.safetensors"
    file.write_bytes(data)
    return CheckpointSettings.model_validate(
        {"path": str(file), "sizes": ["64x64"], "max_pixels": 4096, **DEFAULTS, **more}
    )


DEFAULTS = {"default_steps": 1, "max_steps": 2, "default_guidance": 1.0, "sampler": "euler"}


def test_a_hash_is_made_once_and_kept_until_the_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = 0
    work = model_hashes.weights_sha256

    def counted(*given: object) -> str:
        nonlocal made
        made += 1
        return work(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(model_hashes, "weights_sha256", counted)
    checkpoints = {"mine": a_checkpoint(tmp_path)}

    def short() -> str:
        return ModelHashes(checkpoints, tmp_path, tmp_path / "weights.json").short("mine")

    first = short()
    assert (len(first), short(), made) == (10, first, 1)
    (tmp_path / "model.safetensors").write_bytes(b"others")
    os.utime(tmp_path / "model.safetensors", (1, 1))
    assert short() != first
    assert made == 2
    (tmp_path / "weights.json").write_text("[broken")
    assert short() != first


def test_what_is_pinned_is_believed_and_what_is_not_there_has_none(tmp_path: Path) -> None:
    pinned = a_checkpoint(tmp_path, sha256="ab" * 32)
    gone = a_checkpoint(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    hashes = ModelHashes({"pinned": pinned, "gone": gone}, tmp_path)
    assert (hashes.short("pinned"), hashes.short("gone")) == ("ababababab", "")


def test_it_stands_before_the_name_where_the_common_tools_look_for_it() -> None:
    assert "Model hash: 0123456789, Model: tiny, Version: Lienzo" in parameters_text(a_request(), "0123456789")
    assert "Model hash" not in parameters_text(a_request())
