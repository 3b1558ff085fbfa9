"""IP-adapters: equal to diffusers' own use of them, alone and in company, and no harm from those that do not fit."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from config.additions import IPAdapterSettings
from inference import ImageRequest, RequestInvalid
from inference.batching import batch_key
from inference.request import ImagePrompt
from tests.inference.builders import a_request
from tests.inference.families.conftest import load
from tests.inference.families.harness import a_mask, a_picture, draw, draw_one, make_pipe, relative

FolderOf = Callable[[str], Path]
EMBED_DIM, HIDDEN = 24, 32


def save_encoder(folder: Path) -> Path:
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    config = CLIPVisionConfig(
        hidden_size=HIDDEN,
        intermediate_size=37,
        projection_dim=EMBED_DIM,
        num_hidden_layers=3,
        num_attention_heads=4,
        image_size=32,
        patch_size=8,
        initializer_factor=20.0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        CLIPVisionModelWithProjection(config).save_pretrained(folder)
    return folder


def save_adapter(unet: Any, file: Path, *, plus: bool = False) -> Path:
    """Random and strong enough to be seen. plus: one that reads a vector of each patch."""
    width = unet.config.cross_attention_dim
    weights: dict[str, torch.Tensor] = {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        if plus:
            from diffusers.models.embeddings import IPAdapterPlusImageProjection

            sizes = {
                "embed_dims": HIDDEN,
                "output_dims": width,
                "hidden_dims": 16,
                "depth": 4,
                "dim_head": 64,
                "heads": 1,
            }
            weights |= plus_names(IPAdapterPlusImageProjection(**sizes, num_queries=4).state_dict())
        else:
            weights["image_proj.proj.weight"] = torch.randn(4 * width, EMBED_DIM)
            weights["image_proj.proj.bias"] = torch.randn(4 * width)
            weights["image_proj.norm.weight"] = torch.ones(width)
            weights["image_proj.norm.bias"] = torch.zeros(width)
        hidden = {"down": list(unet.config.block_out_channels), "up": list(reversed(unet.config.block_out_channels))}
        number = 1
        for name in unet.attn_processors:
            if not name.endswith("attn2.processor"):
                continue
            way, _, rest = name.partition("_")
            size = hidden["down"][-1] if way == "mid" else hidden[way][int(rest.split(".")[1])]
            for part in ("to_k_ip", "to_v_ip"):
                weights[f"ip_adapter.{number}.{part}.weight"] = torch.randn(size, width)
            number += 2
    save_file(weights, file)
    return file


def plus_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """As the published files call them."""
    ours = {
        "ln0": "0.norm1",
        "ln1": "0.norm2",
        "attn.to_q": "0.to_q",
        "attn.to_out.0": "0.to_out",
        "ff.0": "1.0",
        "ff.1.net.0.proj": "1.1",
        "ff.1.net.2": "1.3",
    }
    named = {}
    for key, value in state.items():
        layer = re.fullmatch(r"layers\.(\d)\.(.+)\.(weight|bias)", key)
        if layer is None:
            named[f"image_proj.{key}"] = value
        elif layer[2] == "attn.to_k":
            named[f"image_proj.layers.{layer[1]}.0.to_kv.weight"] = torch.cat(
                [value, state[key.replace("to_k", "to_v")]]
            )
        elif layer[2] != "attn.to_v":
            named[f"image_proj.layers.{layer[1]}.{ours[layer[2]]}.{layer[3]}"] = value
    return named


@pytest.fixture(scope="module", params=["sd", "xl"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def files(folder_of: FolderOf, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("ip-adapters")
    found = {"encoder": save_encoder(root / "encoder")}
    for name in ("sd", "xl"):
        unet = load(folder_of(name))._pipeline.unet
        found[name] = save_adapter(unet, root / f"{name}.safetensors")
        found[f"{name}-plus"] = save_adapter(unet, root / f"{name}-plus.safetensors", plus=True)
    return found


@pytest.fixture(scope="module")
def family(kind: str, folder_of: FolderOf, files: dict[str, Path]) -> Any:
    other = "xl" if kind == "sd" else "sd"
    named = {"plain": kind, "plus": f"{kind}-plus", "elsewhere": other}
    return load(
        folder_of(kind),
        ip_adapters={
            **{
                name: IPAdapterSettings(path=files[file], image_encoder=files["encoder"])
                for name, file in named.items()
            },
            "no-encoder": IPAdapterSettings(path=files[kind], image_encoder=files["encoder"] / "nowhere"),
        },
    )


def prompted(name: str = "plain", scale: float = 0.8, pictures: int = 1, first: int = 1, **more: Any) -> ImageRequest:
    images = tuple(a_picture(first + nth) for nth in range(pictures))
    return a_request(**({"guidance": 5.0, "image_prompt": ImagePrompt(name, images, scale)} | more))


def by_diffusers(family: Any, files: dict[str, Path], kind: str, request: ImageRequest) -> torch.Tensor:
    from transformers import CLIPVisionModelWithProjection

    asked = request.image_prompt
    assert asked is not None
    base = load(files["folder"])
    pipe = make_pipe(base, pipeline_name(kind, request), request)
    encoder = CLIPVisionModelWithProjection.from_pretrained(files["encoder"]).eval()
    pipe.register_modules(image_encoder=encoder)
    file = files[kind if asked.name == "plain" else f"{kind}-plus"]
    pipe.load_ip_adapter(str(file.parent), subfolder="", weight_name=file.name, image_encoder_folder=None)
    pipe.set_ip_adapter_scale(asked.scale)
    given: dict[str, Any] = {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt or None,
        "num_inference_steps": request.steps,
        "guidance_scale": request.guidance,
        "ip_adapter_image": [[image.open() for image in asked.images]],
        "generator": torch.Generator("cpu").manual_seed(request.seed),
        "output_type": "latent",
    }
    if request.image is not None:
        given |= {"image": request.image.open(), "strength": request.strength}
    if request.mask is not None:
        given["mask_image"] = request.mask.open()
    if request.image is None or request.mask is not None:
        given |= {"width": request.width, "height": request.height}
    latents: torch.Tensor = pipe(**given).images
    return latents


def pipeline_name(kind: str, request: ImageRequest) -> str:
    way = "" if request.image is None else "Img2Img" if request.mask is None else "Inpaint"
    return f"StableDiffusion{'XL' if kind == 'xl' else ''}{way}Pipeline"


@pytest.mark.parametrize("way", ["text", "image", "mask", "unguided", "two pictures", "plus"])
def test_alone_it_is_bit_equal_to_diffusers(
    family: Any, files: dict[str, Path], folder_of: FolderOf, kind: str, way: str
) -> None:
    more: dict[str, Any] = {
        "text": {},
        "image": {"image": a_picture(9), "strength": 0.7},
        "mask": {"image": a_picture(9), "mask": a_mask(), "strength": 0.7},
        "unguided": {"guidance": 1.0},
        "two pictures": {"pictures": 2},
        "plus": {"name": "plus", "pictures": 2},
    }[way]
    request = prompted(**more)
    expected = by_diffusers(family, {**files, "folder": folder_of(kind)}, kind, request)
    assert torch.equal(draw_one(family, request), expected)


def test_jobs_that_name_the_same_share_a_forward_and_others_never_do(family: Any) -> None:
    requests = {
        0: prompted(first=1, prompt="a fox"),
        1: prompted(first=2, steps=7, sampler="euler"),
        2: prompted(first=3, guidance=1.0, seed=9),
    }
    assert len({batch_key(request) for request in requests.values()}) == 1
    others = (prompted(scale=0.3), prompted(pictures=2), prompted("plus"), a_request())
    assert len({batch_key(request) for request in (requests[0], *others)}) == 5
    together = draw(family, requests, joins={0: 0, 1: 2, 2: 4})
    for nth, request in requests.items():
        assert relative(together[nth].latents, draw_one(family, request)) < 1e-5


def test_the_pictures_are_seen_and_leave_no_trace_in_the_next_job(family: Any) -> None:
    plain = a_request(guidance=5.0)
    before = draw_one(family, plain)
    first, second = draw_one(family, prompted(first=1)), draw_one(family, prompted(first=5))
    assert relative(first, before) > 1e-3
    assert relative(first, second) > 1e-4
    assert torch.equal(draw_one(family, plain), before)
    assert torch.equal(draw_one(family, prompted(first=1)), first)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("elsewhere", "made for another kind of checkpoint"),
        ("no-encoder", "cannot be used"),
        ("unknown", "known: elsewhere, no-encoder, plain, plus"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_drawn(family: Any, name: str, why: str) -> None:
    with pytest.raises(RequestInvalid, match=why):
        family.start(prompted(name))


def test_an_encoder_with_a_missing_weight_is_refused(
    folder_of: FolderOf, files: dict[str, Path], tmp_path: Path
) -> None:
    encoder = Path(shutil.copytree(files["encoder"], tmp_path / "encoder"))
    weights = load_file(encoder / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, encoder / "model.safetensors", metadata={"format": "pt"})
    settings = IPAdapterSettings(path=files["sd"], image_encoder=encoder)
    family = load(folder_of("sd"), ip_adapters={"broken": settings})
    with pytest.raises(RequestInvalid, match="do not fit it"):
        family.start(prompted("broken"))


def test_an_adapter_of_another_encoder_is_refused_when_it_is_loaded(
    folder_of: FolderOf, files: dict[str, Path], tmp_path: Path
) -> None:
    weights = load_file(files["sd"])
    weights["image_proj.proj.weight"] = torch.randn(4 * 32, EMBED_DIM + 1)
    save_file(weights, tmp_path / "other.safetensors")
    settings = IPAdapterSettings(path=tmp_path / "other.safetensors", image_encoder=files["encoder"])
    family = load(folder_of("sd"), ip_adapters={"other": settings})
    with pytest.raises(RequestInvalid, match="cannot be used"):
        family.start(prompted("other"))
    assert draw_one(family, a_request()) is not None, "the checkpoint itself draws"
