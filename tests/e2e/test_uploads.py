"""Pictures that members hand in are looked at before anything is drawn from them, or kept."""

from typing import Any

import pytest

from inference import LocalEngine
from tests.e2e.conftest import Stage
from tests.e2e.test_pictures import a_file, whisper_of


async def hand_in(stage: Stage) -> Any:
    return await stage.imagine("a fox", image=("mine.png", a_file()), strength=0.5)


def checker_says(patch: pytest.MonkeyPatch, answer: Any) -> None:
    async def measure(self: LocalEngine, image: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    patch.setattr(LocalEngine, "measure", measure)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"nsfw": 0.3}, "sexual content made from somebody's picture"),
        ({"nsfw": float("nan")}, "safety check is unavailable"),
        (RuntimeError("the checker died"), "safety check is unavailable"),
    ],
    ids=["suspicious", "no number", "dead"],
)
async def test_what_does_not_pass_is_neither_kept_nor_drawn(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, answer: Any, words: str
) -> None:
    checker_says(monkeypatch, answer)
    async with stage.bot(safety={"uploads": "unchecked"}):
        message = await whisper_of(stage, await hand_in(stage))
        assert words in message.content
        assert "Ask a moderator" not in [one.get("label") for one in message.buttons]
    assert await stage.used() == 0
    assert list((stage.folder / "images").rglob("*.png")) == []


async def test_what_passes_is_drawn(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    checker_says(monkeypatch, {"nsfw": 0.1})
    async with stage.bot(safety={"uploads": "unchecked"}):
        assert (await stage.final(await hand_in(stage))).attachments
