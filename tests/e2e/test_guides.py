"""/control and /blend on the real client: pictures that guide are checked, kept, used, and used again."""

from typing import Any

import pytest

from bot.rehearsal import InteractionRecord
from inference import LocalEngine
from inference.tiny_checkpoint import assemble_tiny_checkpoint
from tests.e2e.conftest import Stage
from tests.e2e.test_pictures import a_file, child, press, whisper_of
from tests.inference.families.test_controlnets import save_controlnet
from tests.inference.families.test_image_prompts import save_adapter, save_encoder

TINY: dict[str, Any] = {
    "builtin": "tiny",
    "sizes": ["64x64"],
    "max_pixels": 256 * 256,
    "default_steps": 3,
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    from diffusers import UNet2DConditionModel

    root = tmp_path_factory.mktemp("control")
    assemble_tiny_checkpoint(root / "tiny")
    unet = UNet2DConditionModel.from_pretrained(root / "tiny", subfolder="unet")
    save_controlnet(unet, root / "outlines")
    encoder = save_encoder(root / "encoder")
    likeness = {"path": str(save_adapter(unet, root / "likeness.safetensors")), "image_encoder": str(encoder)}
    return {
        "checkpoints": {"tiny": TINY},
        "controlnets": {"outlines": {"path": str(root / "outlines"), "map": "edges", "checkpoints": ["tiny"]}},
        "ip_adapters": {"likeness": likeness},
        "imagine": {"checkpoint": "tiny"},
        "safety": {"uploads": "unchecked"},
        "engine": {"runner": "torch"},
        "quota": {"max_waiting": 10},
    }


async def control(stage: Stage, **options: Any) -> InteractionRecord:
    picture = {"control_image": ("mine.png", a_file())}
    return await stage.discord.slash("control", {"prompt": "a fox", "seed": 5, **picture, **options}, member="ada")


async def test_it_is_drawn_told_kept_and_drawn_again_from_what_is_kept(stage: Stage, settings: dict[str, Any]) -> None:
    async with stage.bot(**settings):
        record = await control(stage, control_strength=1.5)
        guided = await child(stage, record)
        assert guided.parameters.control is not None
        assert (guided.parameters.control.name, guided.parameters.control.scale) == ("outlines", 1.5)
        message = await stage.final(record)
        assert "guided by outlines, 150%" in message.content
        plain = await child(stage, await stage.imagine("a fox", seed=5))
        assert stage.stored(plain) != stage.stored(guided)
    async with stage.bot(**settings):
        upscaled = await child(stage, await press(stage, message, "Upscale"))
        assert upscaled.parameters.control == guided.parameters.control
        offered = await stage.discord.autocomplete("control", {"prompt": "x", "control": ""}, "control")
        assert [choice.value for choice in offered] == ["outlines"]


async def test_pictures_are_blended_told_kept_and_blended_again(stage: Stage, settings: dict[str, Any]) -> None:
    two = {"first": ("mine.png", a_file()), "second": ("yours.png", a_file((40, 90)))}
    async with stage.bot(**settings):
        record = await stage.discord.slash("blend", {"prompt": "a fox", "seed": 5, **two}, member="ada")
        blended = await child(stage, record)
        assert blended.parameters.image_prompt is not None
        assert len(set(blended.parameters.image_prompt.images)) == 2
        message = await stage.final(record)
        assert "after 2 pictures, 60%" in message.content
        plain = await child(stage, await stage.imagine("a fox", seed=5))
        assert stage.stored(plain) != stage.stored(blended)
    async with stage.bot(**settings):
        varied = await child(stage, await press(stage, message, "Vary"))
        assert varied.parameters.image_prompt == blended.parameters.image_prompt


async def test_its_picture_is_looked_at_like_any_that_is_handed_in(
    stage: Stage, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def measure(self: LocalEngine, image: Any) -> Any:
        return {"nsfw": 0.3}

    monkeypatch.setattr(LocalEngine, "measure", measure)
    async with stage.bot(**settings):
        message = await whisper_of(stage, await control(stage))
        assert "sexual content made from somebody's picture" in message.content
    off = {**settings, "safety": {"uploads": "off"}}
    async with stage.bot(**off):
        assert "not taken here" in (await whisper_of(stage, await control(stage))).content
    assert list((stage.folder / "images").rglob("*.png")) == []


async def test_what_cannot_be_is_said(stage: Stage, settings: dict[str, Any]) -> None:
    async with stage.bot(**settings):
        refused = await whisper_of(stage, await control(stage, control="depths"))
        assert "choose a ControlNet for tiny; there are: outlines" in refused.content
        broken = {"control_image": ("mine.png", b"no picture")}
        refused = await whisper_of(stage, await control(stage, **broken))
        assert "cannot be read as a picture" in refused.content
    async with stage.bot():
        assert not {"control", "blend"} & {command["name"] for command in stage.discord.commands}
