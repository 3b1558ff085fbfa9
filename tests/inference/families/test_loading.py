"""Loading every kind, from folders and single files, with another VAE; and refusing whatever is not whole."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from inference import CheckpointUnusable
from inference.tiny_checkpoint import make_tiny_vae
from tests.inference.builders import a_request
from tests.inference.families.conftest import Load, load
from tests.inference.families.harness import a_picture, by_pipe, draw_one, relative
from tests.inference.original_layout import vae_in_original_names, write_original_file, write_original_xl_file

FolderOf = Callable[[str], Path]
PARTS = {
    "xl": ("unet", "vae", "text_encoder", "text_encoder_2"),
    "inpaint": ("unet",),
    "depth": ("depth_estimator",),
    "flux": ("transformer", "text_encoder_2", "vae"),
    "upscale": ("unet",),
}


def why_refused(path: Path, **arguments: Any) -> str:
    with pytest.raises(CheckpointUnusable) as caught:
        load(path, **arguments)
    return caught.value.reason


def copy_of(folder: Path, to: Path, *, weights: bool = True) -> Path:
    return Path(shutil.copytree(folder, to, ignore=None if weights else shutil.ignore_patterns("*.safetensors")))


def edit_json(file: Path, **fields: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


@pytest.mark.parametrize("kind", ["xl", "xl-inpaint", "inpaint"])
def test_one_file_in_the_original_layout_equals_the_folder(
    family: Load, folder_of: FolderOf, tmp_path: Path, kind: str
) -> None:
    file, config = tmp_path / "original.safetensors", copy_of(folder_of(kind), tmp_path / "config", weights=False)
    (write_original_xl_file if kind.startswith("xl") else write_original_file)(folder_of(kind), file)
    it = load(file, config=config)
    assert type(it) is type(family(kind))
    assert type(it._pipeline) is type(family(kind)._pipeline)
    for part, model in it._pipeline.components.items():
        if isinstance(model, torch.nn.Module):
            whole = family(kind)._pipeline.components[part].state_dict()
            assert all(torch.equal(value, whole[key]) for key, value in model.state_dict().items()), part
    # Nearly: attention's weights lie in one tensor in the file, and another place in memory is another rounding.
    assert relative(draw_one(it, a_request()), draw_one(family(kind), a_request())) < 1e-5
    other = copy_of(folder_of("sd" if kind.startswith("xl") else "xl"), tmp_path / "other", weights=False)
    assert "but config describes a" in why_refused(file, config=other)


def test_one_file_of_a_depth_model_says_what_to_do(folder_of: FolderOf, tmp_path: Path) -> None:
    file = tmp_path / "depth.safetensors"
    write_original_file(folder_of("depth"), file)
    assert "load it from a folder" in why_refused(file)


@pytest.mark.parametrize("part", ["conditioner.embedders.0.", "conditioner.embedders.1.", "first_stage_model."])
def test_one_file_of_xl_without_a_part(folder_of: FolderOf, tmp_path: Path, part: str) -> None:
    file = tmp_path / "xl.safetensors"
    write_original_xl_file(folder_of("xl"), file)
    save_file({key: value for key, value in load_file(file).items() if not key.startswith(part)}, file)
    assert "as a whole Stable Diffusion 1.x, 2.x or XL has it" in why_refused(file, config=folder_of("xl"))


@pytest.mark.parametrize("kind", ["sd", "xl"])
@pytest.mark.parametrize("form", ["folder", "diffusers file", "original file", "file of a whole model"])
def test_another_vae(folder_of: FolderOf, tmp_path: Path, kind: str, form: str) -> None:
    torch.manual_seed(9)
    vae = make_tiny_vae(scaling_factor=2.0).eval()
    vae.save_pretrained(tmp_path / "vae")
    weights = load_file(tmp_path / "vae/diffusion_pytorch_model.safetensors")
    path = tmp_path / "vae"
    if form != "folder":
        path = tmp_path / "vae.safetensors"
        if "diffusers" not in form:
            weights = vae_in_original_names(weights)
        if "whole" in form:
            weights = {f"first_stage_model.{key}": value for key, value in weights.items()}
        save_file({key: value.contiguous() for key, value in weights.items()}, path)
    it = load(folder_of(kind), vae=path)
    assert all(torch.equal(value, it._vae.state_dict()[key]) for key, value in vae.state_dict().items())
    request = a_request(image=None)
    assert torch.equal(draw_one(it, request), by_pipe(it, request))


def test_a_vae_that_is_not_whole_or_does_not_fit(folder_of: FolderOf, tmp_path: Path) -> None:
    make_tiny_vae().save_pretrained(tmp_path / "vae")
    weights = load_file(tmp_path / "vae/diffusion_pytorch_model.safetensors")
    file = tmp_path / "vae.safetensors"
    first = min(weights)
    for damaged in (
        {key: value for key, value in weights.items() if key != first},
        weights | {first: torch.zeros(3, 5)},
        weights | {"another.weight": torch.zeros(3)},
    ):
        save_file(damaged, file)
        assert why_refused(folder_of("sd"), vae=file)
    make_tiny_vae(latent_channels=8).save_pretrained(tmp_path / "wide")
    assert "its U-Net takes 4 channels and its VAE has 8" in why_refused(folder_of("sd"), vae=tmp_path / "wide")
    (tmp_path / "vae.pt").write_bytes(b"cos\nsystem\n")
    assert "never loaded" in why_refused(folder_of("sd"), vae=tmp_path / "vae.pt")
    assert "check vae" in why_refused(folder_of("sd"), vae=tmp_path / "gone")
    assert "check taesd" in why_refused(folder_of("sd"), taesd=tmp_path / "gone")


@pytest.mark.parametrize(("kind", "part"), [(kind, part) for kind, parts in PARTS.items() for part in parts])
def test_weights_that_are_not_whole_are_refused(folder_of: FolderOf, tmp_path: Path, kind: str, part: str) -> None:
    folder = copy_of(folder_of(kind), tmp_path / kind)
    [file] = (folder / part).glob("*.safetensors")
    whole = load_file(file)
    chosen = min(key for key in whole if whole[key].ndim == 1)
    for words, weights in {
        "(missing: ": {key: value for key, value in whole.items() if key != chosen},
        "(of another shape: ": whole | {chosen: torch.zeros(3, 5)},
        "(surplus: ": whole | {"another.weight": torch.zeros(3)},
    }.items():
        save_file(weights, file, metadata={"format": "pt"})
        assert words in why_refused(folder)
    file.write_bytes(file.read_bytes()[:-100])
    assert "is damaged" in why_refused(folder)
    file.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    assert "git lfs pull" in why_refused(folder)
    file.rename(file.with_suffix(".bin"))
    assert "only pickled weights" in why_refused(folder)


def test_parts_of_different_xl_models(folder_of: FolderOf, tmp_path: Path) -> None:
    folder = copy_of(folder_of("xl"), tmp_path / "xl")
    shutil.copytree(folder_of("sd") / "unet", folder / "unet", dirs_exist_ok=True)
    assert "its U-Net reads texts 32 wide, its text encoder writes 80" in why_refused(folder)
    folder = copy_of(folder_of("upscale"), tmp_path / "upscale")
    edit_json(folder / "model_index.json", _class_name="StableDiffusionPipeline")
    assert "made for something else, like enlarging" in why_refused(folder)


@pytest.mark.parametrize(
    "entry",
    [
        ["lienzo_evil", "Evil"],
        ["os", "system"],
        ["builtins", "exec"],
        ["transformers", "no_such_class"],
        ["diffusers", "__builtins__"],
        ["diffusers.utils", "logging"],
        "x",
        ["diffusers"],
        [1, 2],
    ],
)
@pytest.mark.parametrize("part", ["transformer", "tokenizer_2", "scheduler", "extra", "_class_name"])
def test_an_index_names_nothing_but_diffusers_and_transformers(
    folder_of: FolderOf, tmp_path: Path, part: str, entry: Any
) -> None:
    folder = copy_of(folder_of("flux"), tmp_path / "flux")
    ran = tmp_path / "ran"
    for place in (".", "transformer", "scheduler"):
        (folder / place / "lienzo_evil.py").write_text(f"open({str(ran)!r}, 'w')\nclass Evil: pass\n")
    edit_json(folder / "model_index.json", **{part: entry})
    if part != "extra" or isinstance(entry, list):
        assert why_refused(folder)
    assert not ran.exists()
    assert "lienzo_evil" not in sys.modules


@pytest.mark.parametrize(
    "name", ["ConfigMixin", "UNet2DModel", "DDIMScheduler", "utils", "__version__", "NoSuchPipeline"]
)
def test_only_pipelines_are_pipelines(folder_of: FolderOf, tmp_path: Path, name: str) -> None:
    folder = copy_of(folder_of("flux"), tmp_path / "flux")
    edit_json(folder / "model_index.json", _class_name=name)
    assert "which is no pipeline of diffusers" in why_refused(folder)


@pytest.mark.parametrize("kind", ["sd", "xl", "inpaint", "depth"])
@torch.inference_mode()
def test_in_half_precision(folder_of: FolderOf, kind: str) -> None:
    it = load(folder_of(kind), dtype=torch.bfloat16)
    request = a_request(image=a_picture())
    slot = it.start(request)
    it.advance(slot, it.predict([slot])[0])
    assert slot.latents.dtype == torch.bfloat16
    assert it.decode(slot).pixels.shape == (64, 64, 3)
    assert torch.equal(
        draw_one(it, a_request(image=a_picture(), sampler="ddim")),
        draw_one(it, a_request(image=a_picture(), sampler="ddim")),
    )


def test_the_vae_of_xl_stays_in_single_precision_where_half_overflows(folder_of: FolderOf) -> None:
    assert load(folder_of("xl"), dtype=torch.float16)._vae.dtype == torch.float32
    assert load(folder_of("sd"), dtype=torch.float16)._vae.dtype == torch.float16
