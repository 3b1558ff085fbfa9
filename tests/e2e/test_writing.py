"""/describe and /suggest on the real client, with tiny real models: what comes in and what they write passes the gate."""

from pathlib import Path
from typing import Any

import pytest

from bot.rehearsal import InteractionRecord
from inference import LocalEngine
from tests.e2e.conftest import Stage
from tests.e2e.test_pictures import a_file, child, whisper_of
from tests.inference.writing.tiny import save_captioner, save_expander
from tests.lookout import texts

# A word that the tiny models write now and then, as if it were one that is not shown.
RULES = """
version = 1
[lexicons.stand_in]
words = ["painting"]
[[rules]]
name = "stand-in"
category = "violence_gore"
all_of = ["stand_in"]
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("writing")
    save_captioner(folder / "captioner")
    save_expander(folder / "expander")
    (folder / "rules").mkdir()
    (folder / "rules" / "stand_in.toml").write_text(RULES)
    return {
        "writing": {
            "caption_checkpoint": str(folder / "captioner"),
            "expansion_checkpoint": str(folder / "expander"),
        },
        "safety": {"uploads": "unchecked", "rules_folder": str(folder / "rules")},
    }


async def suggest(stage: Stage, prompt: str, member: str = "ada") -> InteractionRecord:
    return await stage.discord.slash("suggest", {"prompt": prompt}, member=member)


async def describe(stage: Stage) -> InteractionRecord:
    return await stage.discord.slash("describe", {"image": ("mine.png", a_file())}, member="ada")


def shown(message: Any) -> list[str]:
    """The texts of its sections."""
    sections = [part for part in message.components[0]["components"] if part["type"] == 9]
    return [section["components"][0]["content"].strip("`") for section in sections]


async def test_a_suggestion_is_drawn_at_one_press_also_after_a_restart(stage: Stage, models: dict[str, Any]) -> None:
    # Without the stand-in rules: they refuse all three suggestions of one seed in eight.
    models = {**models, "safety": {"uploads": "unchecked"}}
    async with stage.bot(**models):
        message = await whisper_of(stage, await suggest(stage, "a red apple"))
        fuller = shown(message)
        assert fuller
        assert all(one.startswith("a red apple ") for one in fuller)
        assert "Written by a model" in texts(message)
    async with stage.bot(**models):
        last = len(fuller) - 1
        drawn = await child(stage, await stage.discord.press(message, f"lienzo:written:{last}", member="ada"))
        assert drawn.parameters.prompt == fuller[last]


async def test_what_is_typed_and_what_is_written_pass_the_gate(stage: Stage, models: dict[str, Any]) -> None:
    async with stage.bot(**models):
        refused = await whisper_of(stage, await suggest(stage, "a painting"))
        assert "violence" in refused.content
        for _ in range(5):
            answer = await whisper_of(stage, await suggest(stage, "a red apple"))
            assert "painting" not in texts(answer)
        assert await stage.used() == 0


async def test_a_caption_is_told_privately_and_drawn_at_one_press(stage: Stage, models: dict[str, Any]) -> None:
    async with stage.bot(**models):
        message = await whisper_of(stage, await describe(stage))
        assert message.ephemeral
        [caption] = shown(message)
        drawn = await child(stage, await stage.discord.press(message, "lienzo:written:0", member="ada"))
        assert drawn.parameters.prompt == caption
    assert list((stage.folder / "images").rglob("*.png")), "of what was drawn"


async def test_a_picture_that_may_not_be_handed_in_is_not_described(
    stage: Stage, models: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def measure(self: LocalEngine, image: Any) -> Any:
        return {"nsfw": 0.3}

    monkeypatch.setattr(LocalEngine, "measure", measure)
    async with stage.bot(**models):
        message = await whisper_of(stage, await describe(stage))
        assert "sexual content made from somebody's picture" in message.content
    off = {**models, "safety": {**models["safety"], "uploads": "off"}}
    async with stage.bot(**off):
        assert "not taken here" in (await whisper_of(stage, await describe(stage))).content


async def test_without_a_model_its_command_is_not_there(stage: Stage, models: dict[str, Any]) -> None:
    only_one = {"writing": {"expansion_checkpoint": models["writing"]["expansion_checkpoint"]}}
    async with stage.bot(**only_one):
        names = {command["name"] for command in stage.discord.commands}
        assert "suggest" in names
        assert "describe" not in names


async def test_a_model_that_cannot_be_used_ends_the_start_with_what_to_do(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"\[writing\] names a checkpoint that cannot be used"):
        async with stage.bot(writing={"caption_checkpoint": str(tmp_path)}):
            pass
