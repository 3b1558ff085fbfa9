"""ControlNets: equal to diffusers' own use of them, alone and in company, and no harm from those that do not fit."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from config.additions import ControlNetSettings
from inference import ImageRequest, RequestInvalid
from inference.families.compiled import BucketedUNet
from inference.request import Control, HiresPass
from tests.inference.builders import a_request
from tests.inference.families.conftest import load
from tests.inference.families.harness import a_mask, a_picture, draw, draw_one, make_pipe, relative

FolderOf = Callable[[str], Path]
PIPELINES = {
    "sd": ("StableDiffusionControlNet%sPipeline", ("", "Img2Img", "Inpaint")),
    "xl": ("StableDiffusionXLControlNet%sPipeline", ("", "Img2Img", "Inpaint")),
}


def save_controlnet(unet: Any, folder: Path, *, seed: int = 0) -> Path:
    """Made of the U-Net, with its zero convolutions drawn by lot, so that it is seen to act."""
    from diffusers import ControlNetModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(8, 8, 16, 16))
        for name, weight in model.named_parameters():
            if name.startswith("controlnet_cond_embedding"):
                torch.nn.init.normal_(weight, std=0.5)
            elif name.startswith(("controlnet_down_blocks", "controlnet_mid_block")):
                torch.nn.init.normal_(weight, std=0.2)
    model.save_pretrained(folder, safe_serialization=True)
    return folder


@pytest.fixture(scope="module", params=["sd", "xl"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folders(folder_of: FolderOf, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("controlnets")
    return {name: save_controlnet(load(folder_of(name))._pipeline.unet, root / name) for name in ("sd", "xl")}


@pytest.fixture(scope="module")
def family(kind: str, folder_of: FolderOf, folders: dict[str, Path]) -> Any:
    path = folders[kind]
    return load(
        folder_of(kind),
        controlnets={
            "plain": ControlNetSettings(path=path),
            "edges": ControlNetSettings(path=path, map="edges"),
            "elsewhere": ControlNetSettings(path=folders["xl" if kind == "sd" else "sd"]),
            "for-others": ControlNetSettings(path=path, checkpoints=("another",)),
        },
    )


def controlled(name: str = "plain", scale: float = 0.8, seed: int = 7, **changes: Any) -> ImageRequest:
    return a_request(control=Control(name, a_picture(seed), scale), guidance=5.0, **changes)


def by_diffusers(family: Any, kind: str, request: ImageRequest) -> torch.Tensor:
    import diffusers

    assert request.control is not None
    form, ways = PIPELINES[kind]
    way = ways[0] if request.image is None else ways[1] if request.mask is None else ways[2]
    base = make_pipe(family, type(family._pipeline).__name__, request)
    flags = {"add_watermarker": False} if kind == "xl" else {"requires_safety_checker": False}
    pipe = getattr(diffusers, form % way)(
        **base.components, controlnet=family._controlnets._of(request.control.name), **flags
    )
    pipe.set_progress_bar_config(disable=True)
    given: dict[str, Any] = {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt or None,
        "num_inference_steps": request.steps,
        "guidance_scale": request.guidance,
        "controlnet_conditioning_scale": request.control.scale,
        "generator": torch.Generator("cpu").manual_seed(request.seed),
        "output_type": "latent",
        "width": request.width,
        "height": request.height,
    }
    picture = request.control.image.open()
    if request.image is None:
        given["image"] = picture
    else:
        given |= {"image": request.image.open(), "control_image": picture, "strength": request.strength}
    if request.mask is not None:
        given["mask_image"] = request.mask.open()
    latents: torch.Tensor = pipe(**given).images
    return latents


@pytest.mark.parametrize("way", ["text", "image", "mask", "unguided"])
def test_alone_it_is_bit_equal_to_diffusers(family: Any, kind: str, way: str) -> None:
    more: dict[str, Any] = {
        "text": {},
        "image": {"image": a_picture(1), "strength": 0.7},
        "mask": {"image": a_picture(1), "mask": a_mask(), "strength": 0.7},
        "unguided": {"guidance": 1.0},
    }[way]
    request = a_request(**({"guidance": 5.0, "control": Control("plain", a_picture(7), 0.8)} | more))
    assert torch.equal(draw_one(family, request), by_diffusers(family, kind, request))


def test_each_job_of_a_shared_forward_has_its_own_map_and_strength(family: Any) -> None:
    requests = {
        0: controlled(seed=1, scale=0.3, prompt="a fox"),
        1: controlled(seed=2, scale=1.5, steps=7, sampler="euler"),
        2: a_request(control=Control("plain", a_picture(3), 1.0), guidance=1.0, seed=9),
    }
    together = draw(family, requests, joins={0: 0, 1: 2, 2: 4})
    for nth, request in requests.items():
        assert relative(together[nth].latents, draw_one(family, request)) < 1e-5
    assert relative(draw_one(family, controlled(scale=0.3)), draw_one(family, controlled(scale=1.5))) > 1e-4


def test_the_map_and_the_strength_are_seen_in_the_picture(family: Any) -> None:
    without = draw_one(family, a_request(guidance=5.0))
    assert torch.equal(draw_one(family, controlled(scale=0.0)), without)
    assert relative(draw_one(family, controlled()), without) > 1e-3
    assert relative(draw_one(family, controlled(seed=8)), draw_one(family, controlled())) > 1e-4
    assert not torch.equal(draw_one(family, controlled("edges")), draw_one(family, controlled()))


def test_a_second_pass_has_the_map_in_its_own_size(family: Any) -> None:
    request = controlled(hires=HiresPass(width=96, height=96, steps=4, strength=0.5))
    slot = draw(family, {0: request})[0]
    assert slot.latents.shape[-2:] == (12, 12)
    assert slot.control_map is not None
    assert slot.control_map.shape == (1, 3, 96, 96)


def test_a_compiled_unet_is_left_out_where_there_is_one(family: Any) -> None:
    calls = []

    def compile_unet(unet: Any) -> Any:
        def forward(*rows: Any, **arguments: Any) -> Any:
            calls.append(len(rows[0]))
            return unet(*rows, **arguments)

        return forward

    family._compiled = BucketedUNet(family._unet, compile_unet)
    try:
        controlled_latents = draw_one(family, controlled())
        assert calls == []
        draw_one(family, a_request(guidance=5.0))
        assert calls
    finally:
        family._compiled = None
    assert torch.equal(draw_one(family, controlled()), controlled_latents)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("elsewhere", "made for another kind of checkpoint"),
        ("for-others", "there is no ControlNet 'for-others'"),
        ("unknown", "known: edges, elsewhere, plain"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_drawn(family: Any, name: str, why: str) -> None:
    with pytest.raises(RequestInvalid, match=why):
        family.start(controlled(name))


@pytest.mark.parametrize("wrong", ["missing weight", "pickled", "not one", "not there"])
def test_what_is_wrong_with_its_files_is_said(folder_of: FolderOf, tmp_path: Path, wrong: str) -> None:
    path = save_controlnet(load(folder_of("sd"))._pipeline.unet, tmp_path / "broken")
    weights = path / "diffusion_pytorch_model.safetensors"
    if wrong == "missing weight":
        tensors = load_file(weights)
        del tensors["controlnet_mid_block.weight"]
        save_file(tensors, weights)
    elif wrong == "pickled":
        weights.rename(weights.with_suffix(".bin"))
    elif wrong == "not one":
        configuration = json.loads((path / "config.json").read_text())
        (path / "config.json").write_text(json.dumps(configuration | {"_class_name": "AutoencoderKL"}))
    settings = ControlNetSettings(path=tmp_path / "nowhere" if wrong == "not there" else path)
    family = load(folder_of("sd"), controlnets={"it": settings})
    why = {
        "missing weight": "missing: controlnet_mid_block.weight",
        "pickled": "only pickled weights",
        "not one": "it is a AutoencoderKL, not a ControlNetModel",
        "not there": "there is no folder",
    }[wrong]
    with pytest.raises(RequestInvalid, match=why):
        family.start(controlled("it"))
    assert draw_one(family, a_request()) is not None, "the checkpoint itself draws"


def test_the_one_used_longest_ago_makes_room(folder_of: FolderOf, folders: dict[str, Path]) -> None:
    names = ("a", "b", "c")
    family = load(folder_of("sd"), controlnets={name: ControlNetSettings(path=folders["sd"]) for name in names})
    for name in (*names, "b"):
        family.start(controlled(name))
    assert list(family._controlnets._loaded) == ["c", "b"]
    plain = load(folder_of("sd")).size_bytes
    file = (folders["sd"] / "diffusion_pytorch_model.safetensors").stat().st_size
    assert family.size_bytes == plain + 2 * file
