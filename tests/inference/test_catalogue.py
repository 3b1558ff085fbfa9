"""Which checkpoints read more languages than English, told before anything is loaded."""

import json
from pathlib import Path
from typing import Any

from config.settings import CheckpointSettings
from inference.catalogue import multilingual

PLAIN = {"sizes": ["64x64"], "max_pixels": 4096}


def in_diffusers_form(folder: Path, pipeline: str) -> Path:
    folder.mkdir()
    (folder / "model_index.json").write_text(
        json.dumps({"_class_name": pipeline, "unet": ["diffusers", "UNet2DConditionModel"]})
    )
    return folder


def test_what_is_not_known_to_read_english_alone_counts_as_multilingual(tmp_path: Path) -> None:
    def one(**more: Any) -> CheckpointSettings:
        return CheckpointSettings.model_validate({**PLAIN, **more})

    checkpoints = {
        "builtin": one(builtin="builtin"),
        "sd": one(path=in_diffusers_form(tmp_path / "sd", "StableDiffusionPipeline")),
        "xl": one(path=in_diffusers_form(tmp_path / "xl", "StableDiffusionXLPipeline")),
        "qwen": one(path=in_diffusers_form(tmp_path / "qwen", "QwenImagePipeline")),
        "three": one(path=in_diffusers_form(tmp_path / "three", "StableDiffusion3Pipeline")),
        "told": one(path=tmp_path / "sd", multilingual=True),
        "told otherwise": one(path=tmp_path / "qwen", multilingual=False),
        "not here yet": one(hub="owner/name", revision="main"),
        "broken": one(path=tmp_path / "nothing"),
    }
    assert multilingual(checkpoints, tmp_path) == {"qwen", "three", "told", "not here yet", "broken"}
