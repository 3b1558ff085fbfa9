"""What words name in a picture: found, cut out and made a mask; what is broken or not pinned is refused."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from safetensors.torch import load_file, save_file

from config.settings import SelectionSettings
from inference import CheckpointUnusable
from inference.checkpoints.pretrained import weights_hash
from inference.selection import make_selector
from inference.selection.clipseg import CheckpointSelector
from inference.selection.masks import cut_out, share_found, to_repaint
from inference.sources import SourceImage
from tests.inference.selection.tiny import half_light, save_selector


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("selection")
    save_selector(folder)
    return folder


def shades(mask: SourceImage | Image.Image) -> "np.ndarray[Any, Any]":
    return np.asarray(mask.open() if isinstance(mask, SourceImage) else mask)


def a_mask(box: tuple[int, int, int, int], size: tuple[int, int] = (256, 256), shade: int = 255) -> SourceImage:
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rectangle(box, fill=shade)
    return SourceImage.of(mask)


@pytest.mark.parametrize("size", [(80, 80), (130, 50), (33, 77)])
def test_other_words_find_other_things_in_a_picture_of_any_shape(folder: Path, size: tuple[int, int]) -> None:
    select = CheckpointSelector(str(folder), "")
    picture = SourceImage.of(half_light(size))
    light, dark = select(picture, "light"), select(picture, "dark")
    assert (light.mode, light.width, light.height) == ("L", *size)
    assert shades(light)[:, 0].max() < 50 < 200 < shades(light)[:, -1].min()
    assert shades(dark)[:, -1].max() < 50 < 200 < shades(dark)[:, 0].min()
    assert 0.3 < share_found(light) < 0.7
    assert select(picture, "light " * 300), "words of any length are read"


def test_it_gives_the_same_from_several_threads(folder: Path) -> None:
    select = CheckpointSelector(str(folder), "")
    picture = SourceImage.of(half_light())
    alone = {words: select(picture, words) for words in ("light", "dark")}
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda words: (words, select(picture, words)), ["light", "dark"] * 8))
    assert all(mask == alone[words] for words, mask in found)


def test_it_is_loaded_only_if_it_is_named_and_its_pinned_weights_are_compared(folder: Path) -> None:
    assert make_selector(SelectionSettings()) is None
    pinned = weights_hash(CheckpointSelector(str(folder), "")._model)
    assert make_selector(SelectionSettings(checkpoint=str(folder), sha256=pinned)) is not None
    with pytest.raises(CheckpointUnusable, match="not the pinned ones"):
        make_selector(SelectionSettings(checkpoint=str(folder), sha256="0" * 64))


def test_what_is_missing_or_broken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointUnusable, match=r"no such folder; a hub id needs selection\.revision"):
        CheckpointSelector("nobody/nothing", "")
    save_selector(tmp_path)
    weights = tmp_path / "model.safetensors"
    tensors = load_file(weights)
    tensors.pop("decoder.film_mul.weight")
    save_file(tensors, weights, metadata={"format": "pt"})
    with pytest.raises(CheckpointUnusable, match="do not fit it"):
        CheckpointSelector(str(tmp_path), "")
    weights.unlink()
    with pytest.raises(CheckpointUnusable, match="cannot be loaded"):
        CheckpointSelector(str(tmp_path), "")


def test_a_model_that_answers_no_numbers_is_refused(tmp_path: Path) -> None:
    save_selector(tmp_path)
    weights = tmp_path / "model.safetensors"
    tensors = load_file(weights)
    tensors["decoder.transposed_convolution.bias"].fill_(float("nan"))
    save_file(tensors, weights, metadata={"format": "pt"})
    with pytest.raises(CheckpointUnusable, match="cannot find anything"):
        CheckpointSelector(str(tmp_path), "")


def test_cut_out_is_what_was_found_and_nothing_is_left_around_it() -> None:
    picture = SourceImage.of(Image.new("RGB", (256, 256), (10, 200, 30)))
    soft = Image.fromarray(np.tile(np.arange(256, dtype=np.uint8), (256, 1)))
    pixels = shades(cut_out(picture, SourceImage.of(soft)))
    assert (pixels[:, :51] == 0).all(), "not even its colours"
    assert (pixels[:, 150:] == (10, 200, 30, 255)).all()
    assert (np.diff(pixels[0, :, 3].astype(int)) >= 0).all()
    assert (pixels[:, 100] == (10, 200, 30, 128)).all(), "an edge has shades"


def test_what_is_repainted_is_all_that_was_found_and_a_little_around_it() -> None:
    found = a_mask((100, 100, 160, 160))
    repainted = shades(to_repaint(found, 512, 512)) >= 128
    rows, columns = np.nonzero(repainted)
    assert repainted[200:321, 200:321].all()
    for nearest, farthest in ((rows.min(), rows.max()), (columns.min(), columns.max())):
        assert 180 < nearest < 200
        assert 321 < farthest < 342
    edge = shades(to_repaint(found, 512, 512))[260, 170:200].astype(int)
    assert len(set(edge)) > 10, "its edge is soft"
    assert (np.diff(edge) >= 0).all()


def test_a_thin_thing_is_repainted_too_and_the_mask_is_cut_like_its_picture() -> None:
    thin = a_mask((0, 128, 511, 129), size=(512, 256))
    repainted = shades(to_repaint(thin, 128, 128))
    assert repainted.shape == (128, 128)
    assert (repainted[64] >= 128).all()
    beside = a_mask((0, 0, 100, 255), size=(512, 256))
    assert shades(to_repaint(beside, 128, 128)).max() == 0, "it lies in what is cut off"


def test_how_much_is_found() -> None:
    assert share_found(a_mask((0, 0, 127, 255))) == 0.5
    assert share_found(a_mask((0, 0, 255, 255), shade=90)) == 0
