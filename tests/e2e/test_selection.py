"""/cutout and /repaint on the real client, with a tiny model that finds what is light and what is dark."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.rehearsal import InteractionRecord, Message
from bot.terminal.doctor import Level, _selection
from config import Settings
from db import GenerationState
from db.images import ImageStore
from inference import LocalEngine
from tests.e2e.conftest import Stage, settings_for
from tests.e2e.test_pictures import child, press, whisper_of
from tests.inference.selection.tiny import half_light, save_selector

# Stand-in words: harmless apart, refused together.
RULES = """
version = 1
[lexicons.stand_in_thing]
words = ["curtain"]
[lexicons.stand_in_deed]
words = ["flames"]
[[rules]]
name = "stand-in"
category = "violence_gore"
all_of = ["stand_in_thing", "stand_in_deed"]
"""
TINY: dict[str, Any] = {"builtin": "tiny", "sizes": ["64x64"], "max_pixels": 128 * 128, "default_steps": 3}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("selection")
    save_selector(folder)
    (folder / "rules").mkdir()
    (folder / "rules" / "stand_in.toml").write_text(RULES)
    return {
        "selection": {"checkpoint": str(folder)},
        "safety": {"uploads": "unchecked", "rules_folder": str(folder / "rules")},
        "quota": {"max_waiting": 10},
    }


def a_photograph(image: Image.Image | None = None) -> bytes:
    """With something in it that is nobody's business."""
    chunks = PngInfo()
    chunks.add_text("Comment", "taken at home")
    buffer = io.BytesIO()
    (image or half_light()).save(buffer, "PNG", pnginfo=chunks)
    return buffer.getvalue()


async def cutout(
    stage: Stage, what: str = "the light part", picture: bytes | None = None, member: str = "ada"
) -> Message:
    options = {"image": ("mine.png", picture or a_photograph()), "what": what}
    return await whisper_of(stage, await stage.discord.slash("cutout", options, member=member))


async def repaint(stage: Stage, what: str = "the light part", **options: Any) -> InteractionRecord:
    image = {"image": ("mine.png", a_photograph())}
    return await stage.discord.slash(
        "repaint", {"prompt": "a fox", "seed": 5, "what": what, **image, **options}, member="ada"
    )


async def test_what_is_named_is_cut_out_privately_and_nothing_is_kept(stage: Stage, settings: dict[str, Any]) -> None:
    async with stage.bot(**settings):
        message = await cutout(stage, picture=a_photograph(half_light((2048, 1000))))
        assert message.ephemeral
        assert "`the light part`" in message.content
        [attachment] = message.attachments
        assert attachment.description == (
            "Cut out of a picture that was handed in, on a transparent background: the light part"
        )
        with Image.open(io.BytesIO(attachment.data)) as file:
            assert (file.format, file.mode, file.size) == ("PNG", "RGBA", (1024, 500))
            assert file.info == {}, "neither what the file told nor a mark that it was generated"
            pixels = np.asarray(file)
        assert (pixels[:, :480] == 0).all(), "not even its colours are left"
        assert (pixels[:, -480:] == (235, 235, 235, 255)).all()
        other = await cutout(stage, "dark")
        assert np.asarray(Image.open(io.BytesIO(other.attachments[0].data)))[40, 10].tolist() == [20, 20, 20, 255]
        assert await stage.used() == 0
    assert not list((stage.folder / "images").rglob("*.png"))


async def test_what_is_not_there_or_everywhere_is_told_kindly(stage: Stage, settings: dict[str, Any]) -> None:
    night = a_photograph(Image.new("RGB", (80, 80), (10, 10, 10)))
    async with stage.bot(**settings):
        nothing = await cutout(stage, "light", night)
        assert "found nothing in the picture that is `light`" in nothing.content
        assert not nothing.attachments
        assert "nothing around it" in (await cutout(stage, "dark", night)).content
        assert "cannot be read as a picture" in (await cutout(stage, picture=b"no picture")).content


async def test_words_and_picture_are_refused_like_any_that_are_asked_with(
    stage: Stage, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage.bot(**settings):
        assert "graphic violence" in (await cutout(stage, "gory entrails")).content
        refused = await whisper_of(stage, await repaint(stage, "gory entrails"))
        assert "graphic violence" in refused.content
        assert not refused.buttons, "there is no whole wish yet that could be edited or put before moderators"
        assert (await cutout(stage, "the light curtain")).attachments
        together = await whisper_of(stage, await repaint(stage, "the light curtain", prompt="{red|yellow} flames"))
        assert "graphic violence" in together.content

    async def measure(self: LocalEngine, image: Any) -> Any:
        return {"nsfw": 0.3}

    monkeypatch.setattr(LocalEngine, "measure", measure)
    async with stage.bot(**settings):
        message = await cutout(stage)
        assert "sexual content made from somebody's picture" in message.content
        assert not message.attachments
    off = {**settings, "safety": {"uploads": "off"}}
    async with stage.bot(**off):
        assert "not taken here" in (await cutout(stage)).content
        assert "not taken here" in (await whisper_of(stage, await repaint(stage))).content
    assert not list((stage.folder / "images").rglob("*.png"))


async def test_the_part_is_looked_at_as_it_will_be_seen(
    stage: Stage, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def measure(self: LocalEngine, image: Any) -> Any:
        is_part = np.asarray(image.open())[0, 0].tolist() == [255, 255, 255]  # on white
        return {"nsfw": 0.9 if is_part else 0.0}

    monkeypatch.setattr(LocalEngine, "measure", measure)
    async with stage.bot(**settings):
        message = await cutout(stage)
        assert "sexual content made from somebody's picture" in message.content
        assert not message.attachments
        assert (await cutout(stage, "dark")).attachments, "it is no member's doing, so nobody has to wait"


async def test_only_what_is_named_is_repainted_also_in_what_comes_of_it(stage: Stage, settings: dict[str, Any]) -> None:
    real = {**settings, "checkpoints": {"tiny": TINY}, "imagine": {"checkpoint": "tiny"}, "engine": {"runner": "torch"}}
    async with stage.bot(**real):
        record = await repaint(stage)
        message = await stage.final(record)
        assert "from a picture, 100% repainted inside a mask" in message.content
        row = await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE)
        stored = row.parameters.mask
        assert stored is not None
        data = ImageStore(stage.folder / "images").load(stored.sha256, stored.extension)
        assert data is not None
        mask = np.asarray(Image.open(io.BytesIO(data)))
        assert mask.shape == (64, 64)
        assert (mask[:, 32:] == 255).all(), "all of what was found"
        assert (mask[:, :16] < 20).all()
        assert 20 < np.argmax(mask[0] >= 128) < 32, "a little larger"
        assert len(np.unique(mask)) > 5, "with a soft edge"
        rerolled = await child(stage, await press(stage, message, "Reroll"))
        assert rerolled.parameters.mask == stored
        other = await child(stage, await repaint(stage, prompt="the sea at night", seed=6))
        first, second = (np.asarray(picture_of(stage, one), dtype=float) for one in (row, other))
        difference = np.abs(first - second).mean(axis=(0, 2))
        assert difference[:8].mean() < difference[-24:].mean() / 4, "outside it is the same picture"


def picture_of(stage: Stage, row: Any) -> Image.Image:
    data = stage.stored(row)
    assert data is not None
    return Image.open(io.BytesIO(data)).convert("RGB").resize((64, 64))


async def test_what_a_size_cuts_off_cannot_be_repainted(stage: Stage, settings: dict[str, Any]) -> None:
    wide = half_light((600, 60))
    wide.paste((20, 20, 20), (300, 0, 570, 60))  # light is only what is far on the right
    async with stage.bot(**settings):
        record = await repaint(stage, image=("mine.png", a_photograph(wide)))
        assert "cuts off" in (await whisper_of(stage, record)).content
        nothing = await whisper_of(
            stage, await repaint(stage, image=("mine.png", a_photograph(Image.new("RGB", (80, 80)))))
        )
        assert "found nothing" in nothing.content
        offered = await stage.discord.autocomplete("repaint", {"prompt": "x", "what": "x", "size": ""}, "size")
        assert [choice.value for choice in offered] == ["128x128"]
    assert await stage.used() == 0


async def test_without_a_model_neither_command_is_there(stage: Stage, tmp_path: Path) -> None:
    async with stage.bot():
        assert not {"cutout", "repaint"} & {command["name"] for command in stage.discord.commands}
    with pytest.raises(Exception, match=r"\[selection\] names a checkpoint that cannot be used"):
        async with stage.bot(selection={"checkpoint": str(tmp_path)}):
            pass


async def test_doctor_loads_it_and_says_what_is_wrong(stage: Stage, settings: dict[str, Any], tmp_path: Path) -> None:
    def with_model(folder: str) -> Settings:
        return settings_for(stage.discord.credentials, stage.folder, selection={"checkpoint": folder})

    assert await _selection(with_model("")) == []
    [fine] = await _selection(with_model(settings["selection"]["checkpoint"]))
    assert (fine.level, "it makes masks" in fine.detail) == (Level.OK, True)
    [broken] = await _selection(with_model(str(tmp_path)))
    assert (broken.level, broken.mend) == (Level.PROBLEM, "see [selection] in config/default.toml")
