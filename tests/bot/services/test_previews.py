"""Early looks: each is cleared before it is shown, and the first that may not be shown is the last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.errors import PictureBlocked
from bot.safety import Cleared, Gate, PictureFile, Verdict, load_rules
from bot.services.drawing import Drawing, Drawn
from bot.services.previews import Watching
from inference import LocalEngine, Previewed
from inference.pictures import PREVIEW_PIXELS
from inference.runners.fake_runner import FakeRunner
from inference.scorers import Scorer
from inference.sources import SourceImage
from tests.inference.builders import TINY, a_request, engine_settings

STEP_SECONDS = 0.05


@dataclass
class Watcher:
    """``refuses``: from which look on the place does not want it."""

    refuses: int = 1000
    seen: list[Cleared[PictureFile] | None] = field(default_factory=list)
    checked: int = 0

    async def check(self, look: Cleared[PictureFile]) -> None:
        assert isinstance(look, Cleared)
        self.checked += 1
        if self.checked >= self.refuses:
            raise PictureBlocked(Verdict("image", "taken_down", "look"))


def nsfw(of_looks: float, finished: float = 0.0) -> Scorer:
    """Early looks are told by their size."""

    def score(pixels: Any) -> Mapping[str, float]:
        return {"nsfw": of_looks if max(pixels.shape) == PREVIEW_PIXELS else finished}

    return score


def fails_on_looks(pixels: Any) -> Mapping[str, float]:
    if max(pixels.shape) == PREVIEW_PIXELS:
        raise RuntimeError("the checker is gone")
    return {"nsfw": 0.0}


async def drawn_before(watcher: Watcher, *scorers: Scorer, **asked: Any) -> Drawn:
    engine = LocalEngine(
        engine_settings(),
        {"tiny": TINY},
        default_checkpoint="tiny",
        checkpoints_folder=Path("unused"),
        runner_factory=lambda: FakeRunner(STEP_SECONDS),
        make_scorers=lambda: scorers,
    )
    gate = Gate(load_rules(), is_image_check_required=True, timeout_seconds=5.0)
    async with engine:
        drawing = Drawing(engine, gate, {"tiny": TINY})
        watching = Watching(2 * STEP_SECONDS, watcher.check, watcher.seen.append)
        drawn = await drawing.draw(a_request(steps=16, **asked), "a", watching=watching)
    assert isinstance(drawn.cleared, Cleared)
    return drawn


async def test_what_is_cleared_is_shown_as_it_becomes() -> None:
    watcher = Watcher()
    await drawn_before(watcher, nsfw(0.1))
    assert len(watcher.seen) >= 3
    for look in watcher.seen:
        assert look is not None
        assert (look.value.extension, look.value.width) == ("webp", PREVIEW_PIXELS)


async def test_what_the_gate_refuses_is_not_shown_and_the_finished_picture_decides() -> None:
    watcher = Watcher()
    await drawn_before(watcher, nsfw(0.3))
    assert watcher.seen == [None]
    assert watcher.checked == 0


async def test_what_is_made_of_an_upload_has_to_be_looked_at_early_as_well() -> None:
    asked = {"image": SourceImage.of(Image.new("RGB", (64, 64), "red")), "strength": 1.0}
    watcher = Watcher()
    with pytest.raises(PictureBlocked):
        await drawn_before(watcher, **asked)
    assert watcher.seen == [None], "there is no checker"
    watcher = Watcher()
    await drawn_before(watcher, nsfw(0.0), **asked)
    assert isinstance(watcher.seen[0], Cleared)


async def test_a_check_that_fails_ends_the_looks_and_not_the_picture() -> None:
    watcher = Watcher()
    await drawn_before(watcher, fails_on_looks)
    assert watcher.seen == []


async def test_the_first_that_its_place_refuses_takes_the_last_one_away() -> None:
    watcher = Watcher(refuses=2)
    await drawn_before(watcher)
    first, last = watcher.seen
    assert isinstance(first, Cleared)
    assert last is None
    assert watcher.checked == 2


async def test_a_picture_that_is_refused_ends_the_looks() -> None:
    watcher = Watcher()
    with pytest.raises(PictureBlocked):
        await drawn_before(watcher, nsfw(0.0, finished=0.9))
    shown = len(watcher.seen)
    assert shown
    assert None not in watcher.seen, "the end of its message takes the last one away"


async def test_of_several_pictures_none_is_looked_at(tmp_path: Path) -> None:
    events: list[object] = []
    engine = LocalEngine(
        engine_settings(),
        {"tiny": TINY},
        default_checkpoint="tiny",
        checkpoints_folder=tmp_path,
        runner_factory=lambda: FakeRunner(STEP_SECONDS),
    )
    gate = Gate(load_rules(), is_image_check_required=True, timeout_seconds=5.0)
    async with engine:
        drawing = Drawing(engine, gate, {"tiny": TINY})
        requests = [a_request(seed=seed, steps=8) for seed in range(4)]
        await drawing.draw_several(requests, "a", on_event=lambda _, event: events.append(event))
    assert events
    assert not any(isinstance(event, Previewed) for event in events)
