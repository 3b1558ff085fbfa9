"""Models that give words: what they write, and that what is broken or not pinned is refused before it is believed."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from config.settings import WritingSettings
from inference import CheckpointUnusable
from inference.checkpoints.pretrained import weights_hash
from inference.sources import SourceImage
from inference.writing import make_writers
from inference.writing.caption import CheckpointCaptioner
from inference.writing.expansion import CheckpointExpander
from tests.inference.writing.tiny import WORDS, save_captioner, save_expander


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("writing")
    save_captioner(folder / "captioner")
    save_expander(folder / "expander")
    return folder


def test_a_caption_is_one_line_of_the_models_words(models: Path) -> None:
    caption = CheckpointCaptioner(str(models / "captioner"), "")
    said = caption(SourceImage.of(Image.new("RGB", (64, 40), "red")))
    assert said
    assert set(said.split()) <= set(WORDS)
    assert caption(SourceImage.of(Image.new("RGB", (64, 40), "red"))) == said


def test_fuller_prompts_begin_with_what_was_typed_and_repeat_by_seed(models: Path) -> None:
    expand = CheckpointExpander(str(models / "expander"), "")
    before = torch.random.get_rng_state()
    fuller = expand("a red apple", 5)
    assert torch.equal(torch.random.get_rng_state(), before), "what draws shares that generator"
    assert len(fuller) == 3
    assert all(one.startswith("a red apple ") and set(one.split()) <= set(WORDS) for one in fuller)
    assert expand("a red apple", 5) == fuller
    assert expand("a red apple", 6) != fuller
    assert expand("a red apple " * 200, 5), "a text of any length is gone on with"


def test_only_what_is_named_is_loaded_and_pinned_weights_are_compared(models: Path) -> None:
    assert make_writers(WritingSettings()).caption is None
    assert make_writers(WritingSettings()).expand is None
    place = str(models / "expander")
    pinned = weights_hash(CheckpointExpander(place, "")._model)
    assert make_writers(WritingSettings(expansion_checkpoint=place, expansion_sha256=pinned)).expand is not None
    with pytest.raises(CheckpointUnusable, match="not the pinned ones"):
        make_writers(WritingSettings(expansion_checkpoint=place, expansion_sha256="0" * 64))


@pytest.mark.parametrize("kind", ["captioner", "expander"])
def test_what_is_missing_or_broken_is_refused(models: Path, tmp_path: Path, kind: str) -> None:
    make = {"captioner": CheckpointCaptioner, "expander": CheckpointExpander}[kind]
    with pytest.raises(CheckpointUnusable, match="no such folder; a hub id needs writing"):
        make("nobody/nothing", "")
    {"captioner": save_captioner, "expander": save_expander}[kind](tmp_path)
    weights = tmp_path / "model.safetensors"
    tensors = load_file(weights)
    tensors.pop(max(tensors, key=lambda name: tensors[name].numel()))
    save_file(tensors, weights, metadata={"format": "pt"})
    with pytest.raises(CheckpointUnusable, match="do not fit it"):
        make(str(tmp_path), "")
    weights.unlink()
    with pytest.raises(CheckpointUnusable, match="cannot be loaded"):
        make(str(tmp_path), "")
