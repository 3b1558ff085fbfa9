"""Every kind of start against the diffusers pipeline of its name: alone bit-equal, in company within 1e-5."""

import random
from typing import Any

import pytest
import torch

from inference import RequestInvalid, Variation
from inference.families.conditioning import slerp
from inference.samplers import SAMPLERS
from tests.inference.builders import a_request
from tests.inference.families.conftest import Load
from tests.inference.families.harness import WHITE, a_mask, a_picture, by_pipe, draw, draw_one, relative

INPAINT = {"inpaint": "StableDiffusionInpaintPipeline", "xl-inpaint": "StableDiffusionXLInpaintPipeline"}
PLAIN = ("sd", "sd-v", "sd-lcm", "xl", "xl-encoded-blank")


def of_kind(start: str, **fields: Any) -> Any:
    sources: dict[str, Any] = {} if start == "text" else {"image": a_picture(), "strength": 0.6}
    if start == "mask":
        sources["mask"] = a_mask()
    return a_request(**({"steps": 5, "negative_prompt": "blurry"} | sources | fields))


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("start", ["text", "image", "mask"])
@pytest.mark.parametrize("kind", ["sd", "sd-v", "xl"])
def test_each_sampler_alone_is_bit_equal_to_the_pipeline(family: Load, kind: str, start: str, sampler: str) -> None:
    if (kind, start) == ("sd-v", "mask"):
        return  # what these two change, the others show
    request = of_kind(start, sampler=sampler)
    assert torch.equal(draw_one(family(kind), request), by_pipe(family(kind), request))


def test_more_steps_than_a_sampler_knows_are_refused(family: Load) -> None:
    with pytest.raises(RequestInvalid, match="LCM cannot draw in 60 steps") as caught:
        draw_one(family("sd"), of_kind("text", sampler="lcm", steps=60))
    assert caught.value.field == "steps"


@pytest.mark.parametrize("guidance", [0.0, 1.0, 5.0])
@pytest.mark.parametrize("start", ["text", "image", "mask"])
@pytest.mark.parametrize("kind", PLAIN)
def test_with_and_without_guidance(family: Load, kind: str, start: str, guidance: float) -> None:
    request = of_kind(start, sampler="euler-a", guidance=guidance, negative_prompt="")
    assert torch.equal(draw_one(family(kind), request), by_pipe(family(kind), request))


@pytest.mark.parametrize("strength", [0.2, 0.55, 1.0])
@pytest.mark.parametrize("start", ["image", "mask"])
@pytest.mark.parametrize("kind", ["sd", "xl", "inpaint", "xl-inpaint", "depth"])
def test_any_strength(family: Load, kind: str, start: str, strength: float) -> None:
    if start == "mask" and kind == "depth":
        return
    request = of_kind(start, sampler="euler-a", strength=strength, steps=6)
    name, arguments = INPAINT.get(kind), {}
    if name and start == "image":
        arguments = {"mask_image": WHITE.open(), "width": 64, "height": 64}
    assert torch.equal(draw_one(family(kind), request), by_pipe(family(kind), request, name, **arguments))


@pytest.mark.parametrize("sampler", ["dpm++2m-karras", "dpm++2m-sde", "heun", "lcm", "ddim"])
@pytest.mark.parametrize("kind", ["inpaint", "xl-inpaint", "depth"])
def test_other_u_nets(family: Load, kind: str, sampler: str) -> None:
    request = of_kind("image" if kind == "depth" else "mask", sampler=sampler)
    assert torch.equal(draw_one(family(kind), request), by_pipe(family(kind), request))


@pytest.mark.parametrize("kind", INPAINT)
def test_an_inpainting_model_repaints_all_of_nothing_when_it_gets_no_picture(family: Load, kind: str) -> None:
    request = of_kind("text", sampler="euler-a")
    arguments = {"image": a_picture(5).open(), "mask_image": WHITE.open(), "strength": 1.0}
    assert torch.equal(draw_one(family(kind), request), by_pipe(family(kind), request, INPAINT[kind], **arguments))


def test_a_refiner_is_told_of_beauty(family: Load) -> None:
    request = of_kind("image")
    assert torch.equal(draw_one(family("refiner"), request), by_pipe(family("refiner"), request))


def test_a_depth_model_needs_a_picture_and_no_mask(family: Load) -> None:
    with pytest.raises(RequestInvalid, match="give one to start from") as caught:
        family("depth").check(of_kind("text"))
    assert caught.value.field == "image"
    with pytest.raises(RequestInvalid, match="no masks"):
        family("depth").check(of_kind("mask"))


@pytest.mark.parametrize("kind", ["sd", "sd-v", "xl", "inpaint", "xl-inpaint", "depth"])
@pytest.mark.parametrize("seed", range(2))
def test_nine_unlike_jobs_that_join_at_different_ticks(family: Load, kind: str, seed: int) -> None:
    """From text, from pictures and with masks, in shared forwards."""
    chance = random.Random(seed)
    starts = {"depth": ["image"], "inpaint": ["mask"], "xl-inpaint": ["mask"]}.get(kind, ["text", "image", "mask"])
    requests = {
        nth: of_kind(
            starts[nth % len(starts)],
            prompt=f"picture number {nth}",
            negative_prompt=chance.choice(["", "blurry, ugly"]),
            seed=chance.randrange(2**32),
            steps=chance.randint(3, 9),
            guidance=chance.choice([1.0, 2.5, 7.5, 12.0]),
            sampler=sampler,
        )
        for nth, sampler in enumerate(SAMPLERS)
    }
    joins = {nth: chance.randrange(4) for nth in requests} | {0: 0}
    slots = draw(family(kind), requests, joins)
    for nth, request in requests.items():
        difference = relative(slots[nth].latents, by_pipe(family(kind), request))
        assert difference < 1e-5, f"{request}: {difference}"


@pytest.mark.parametrize("kind", ["sd", "xl", "inpaint", "depth"])
def test_a_second_pass_is_image_to_image_from_the_enlarged_latents(family: Load, kind: str) -> None:
    from inference.request import HiresPass

    hires = HiresPass(width=96, height=128, steps=6, strength=0.7)
    request = of_kind("image" if kind == "depth" else "text", sampler="euler-a", hires=hires, strength=1.0)
    slot = draw(family(kind), {0: request})[0]
    assert slot.calls == (5, 4)
    assert slot.latents.shape == (1, 4, 16, 12)
    if kind in ("inpaint", "depth"):
        return  # diffusers has no pipeline that takes latents beside a mask or a depth
    generator = torch.Generator("cpu").manual_seed(request.seed)
    first = by_pipe(family(kind), request, generator=generator)
    enlarged = torch.nn.functional.interpolate(first, size=(16, 12), mode="bilinear", antialias=True)
    name = "StableDiffusionImg2ImgPipeline" if kind == "sd" else "StableDiffusionXLImg2ImgPipeline"
    second = by_pipe(
        family(kind),
        a_request(negative_prompt="blurry", sampler="euler-a", image=a_picture()),
        name,
        image=enlarged,
        strength=0.7,
        num_inference_steps=6,
        generator=generator,
    )
    assert torch.equal(slot.latents, second)


@pytest.mark.parametrize("start", ["text", "image", "mask"])
@pytest.mark.parametrize("kind", ["sd", "xl", "inpaint"])
def test_a_variation_lies_between_two_seeds(family: Load, kind: str, start: str) -> None:
    """From the picture itself to that of the other seed, the further the stronger."""
    if kind == "inpaint" and start == "image":
        return
    fields: dict[str, Any] = {"sampler": "ddim"} | ({"strength": 1.0} if start == "mask" else {})
    own, other = of_kind(start, seed=5, **fields), of_kind(start, seed=9, **fields)

    def varied(strength: float) -> torch.Tensor:
        return draw_one(
            family(kind), of_kind(start, seed=5, variations=(Variation(seed=9, strength=strength),), **fields)
        )

    mine = draw_one(family(kind), own)
    assert relative(varied(0.0), mine) < 1e-5
    distances = [float((varied(strength) - mine).norm()) for strength in (0.1, 0.4, 0.8)]
    assert 0 < distances[0] < distances[1] < distances[2]
    if start == "text" and kind != "inpaint":  # elsewhere a picture is sampled by the seed, too
        assert relative(varied(1.0), draw_one(family(kind), other)) < 1e-5


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_noise_on_the_way_to_another_is_noise(share: float) -> None:
    first, second = (torch.randn(1, 4, 32, 32, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2))
    mixed = slerp(first, second, share)
    assert float(mixed.std()) == pytest.approx(1.0, abs=0.05)
    assert torch.equal(slerp(first, first, share), first)


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"seed": 1, "strength": 1.5}, {"seed": 1, "strength": float("nan")}])
def test_a_variation_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RequestInvalid):
        of_kind("text", variations=(Variation(**wrong),))
