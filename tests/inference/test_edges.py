"""Outlines: where they are, where they are not, and that faint ones need a clear one to go on from."""

import numpy as np
from PIL import Image, ImageDraw

from inference.edges import edges


def outline(image: Image.Image) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    drawn = edges(image)
    assert drawn.mode == "RGB"
    assert drawn.size == image.size
    values = np.asarray(drawn)[..., 0]
    assert set(np.unique(values)) <= {0, 255}
    return values > 0


def test_a_square_becomes_its_thin_outline() -> None:
    image = Image.new("RGB", (64, 48), "white")
    ImageDraw.Draw(image).rectangle((16, 12, 40, 36), fill="black")
    found = outline(image)
    assert found[24, 14:18].sum() == 1, "one pixel across"
    assert found[10:15, 28].sum() == 1
    assert found[20:30, 20:36].sum() == 0, "nothing inside"
    assert found[:8].sum() == 0
    assert found[:, 8].sum() == 0


def test_a_flat_picture_and_a_gentle_ramp_have_none() -> None:
    assert outline(Image.new("RGB", (40, 40), "grey")).sum() == 0
    assert outline(Image.linear_gradient("L").convert("RGB")).sum() == 0


def test_a_faint_line_is_kept_where_it_goes_on_from_a_clear_one() -> None:
    image = Image.new("L", (80, 40), 100)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 10, 40, 14), fill=220)  # clear
    pen.rectangle((41, 10, 79, 14), fill=135)  # a slope of 140: faint, and it goes on from the clear one
    pen.rectangle((0, 30, 79, 34), fill=135)  # as faint, and alone
    found = outline(image)
    assert found[8:17, 60].any()
    assert not found[26:, :].any()
