"""Stable Diffusion's safety checker and NudeNet as scorers: they measure as the originals decide, and fail closed."""

import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from inference import CheckpointUnusable
from inference.checkpoints.pretrained import weights_hash
from inference.errors import GenerationFailed
from inference.scorers import measured
from inference.scorers.nudenet import NudeNetScorer
from inference.scorers.safety_checker import SafetyCheckerScorer


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


def a_checker(folder: Path, *, thresholds: float | None = None) -> Any:
    """Tiny and random; its thresholds lie where its own similarities do, so that it flags some pictures."""
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessor

    vision = {
        "hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 4,
        "image_size": 30, "patch_size": 2, "projection_dim": 16, "initializer_range": 0.5,
    }  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = StableDiffusionSafetyChecker(CLIPConfig(vision_config=vision, projection_dim=16))
        model.concept_embeds.data = torch.randn(17, 16)
        model.special_care_embeds.data = torch.randn(3, 16)
        if thresholds is not None:
            model.concept_embeds_weights.data = torch.full((17,), thresholds)
            model.special_care_embeds_weights.data = torch.full((3,), thresholds)
    model.save_pretrained(folder)
    CLIPImageProcessor(size={"shortest_edge": 30}, crop_size={"height": 30, "width": 30}).save_pretrained(folder)
    return model.eval()


def pictures() -> list[Any]:
    chance = np.random.default_rng(7)
    return [chance.integers(0, 256, (64, 64, 3), dtype=np.uint8) // shade for shade in range(1, 13)]


def test_it_measures_where_the_original_decides(tmp_path: Path) -> None:
    from transformers import CLIPImageProcessor

    model = a_checker(tmp_path, thresholds=0.45)
    scorer = SafetyCheckerScorer(str(tmp_path), "", weights_hash(model))
    processor = CLIPImageProcessor.from_pretrained(tmp_path)
    flags = []
    for pixels in pictures():
        inputs = processor(images=Image.fromarray(pixels), return_tensors="pt").pixel_values
        _, [flagged] = model(clip_input=inputs, images=[np.zeros((8, 8, 3))])
        score = scorer(pixels)["nsfw"]
        assert 0 <= score <= 1
        if abs(score - 0.5) > 0.01:  # the original rounds to three digits
            assert (score > 0.5) == flagged
        flags.append(flagged)
    assert len(set(flags)) == 2, "some are flagged and some are not"


def test_a_checker_without_weights_is_not_believed(tmp_path: Path) -> None:
    a_checker(tmp_path)
    with pytest.raises(CheckpointUnusable, match="thresholds are those of a checker without weights"):
        SafetyCheckerScorer(str(tmp_path), "")


def test_what_is_not_there_or_not_pinned_or_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    a_checker(tmp_path, thresholds=0.45)
    for source, revision, sha256, words in (
        ("owner/name", "", "", "safety_checker_revision"),
        (str(tmp_path), "", "0" * 64, "are not the pinned ones"),
        (str(tmp_path / ".."), "", "", "cannot be loaded"),
    ):
        with pytest.raises(CheckpointUnusable, match=words):
            SafetyCheckerScorer(source, revision, sha256)


def test_numbers_that_are_none_fail_the_picture(tmp_path: Path) -> None:
    a_checker(tmp_path, thresholds=0.45)
    scorer = SafetyCheckerScorer(str(tmp_path), "")
    scorer._model.concept_embeds.data[:] = float("nan")
    with pytest.raises(GenerationFailed):
        scorer(pictures()[0])


def plant_nudenet(patch: pytest.MonkeyPatch, detect: Any) -> None:
    module: Any = types.ModuleType("nudenet")
    module.NudeDetector = type("NudeDetector", (), {"detect": lambda self, pixels: detect(pixels)})
    patch.setitem(sys.modules, "nudenet", module)


def test_nudenet_counts_what_is_exposed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [{"class": "FACE_FEMALE", "score": 0.9, "box": []}, {"class": "BUTTOCKS_EXPOSED", "score": 0.7, "box": []}]
    seen = []

    def detect(pixels: Any) -> Any:
        seen.append(pixels)
        return found

    plant_nudenet(monkeypatch, detect)
    red = np.zeros((8, 8, 3), dtype=np.uint8)
    red[:, :, 0] = 255
    assert NudeNetScorer()(red) == {"nsfw": 0.7}
    assert seen[-1][0, 0].tolist() == [0, 0, 255], "it reads blue first"
    found.clear()
    assert NudeNetScorer()(red) == {"nsfw": 0.0}


def test_nudenet_that_is_not_there_or_does_not_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nudenet", None)
    with pytest.raises(CheckpointUnusable, match="pip install nudenet"):
        NudeNetScorer()
    plant_nudenet(monkeypatch, lambda _: [{"class": "ANUS_EXPOSED", "score": float("nan")}])
    with pytest.raises(CheckpointUnusable, match="invalid number"):
        NudeNetScorer()


def test_of_several_the_higher_counts_and_an_invalid_number_stays() -> None:
    def says(score: float) -> Any:
        return lambda _: {"nsfw": score}

    pixels = np.zeros((2, 2, 3), dtype=np.uint8)
    assert measured([says(0.2), says(0.7), says(0.1)], pixels) == {"nsfw": 0.7}
    for order in ([0.2, float("nan")], [float("nan"), 0.2], [float("nan"), 0.2, 0.9]):
        assert np.isnan(measured(map(says, order), pixels)["nsfw"])
