"""Last stage: one diffusers folder, half precision, that `StableDiffusionPipeline.from_pretrained` loads without
network.

Two things are done to the weights on the way. The autoencoder's 1x1 convolutions take over the normalisation of the
latents, and the text encoder's keys get the prefix `text_model.` that released Stable Diffusion checkpoints have and
that transformers no longer writes (it reads both).
"""

from __future__ import annotations

import copy
import json
import math
import shutil
from pathlib import Path
from typing import Any, Final

import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file, save_file
from torch import Tensor

from inference.builtin import diffusion, enlarge, latents, networks, vae
from inference.builtin.tokenizer import LENGTH

LIMIT: Final = 12_000_000
"""Bytes of the whole folder."""


def folded(autoencoder: Any, mean: Tensor, deviation: Tensor, posterior: float = vae.POSTERIOR) -> Any:
    """A copy whose latents have mean 0 and standard deviation 1 / 0.18215; mean and deviation (4, 1, 1).

    New latents = (old - mean) / (deviation * 0.18215): `quant_conv`, linear and the encoder's last layer, takes that
    in. `post_quant_conv`, linear and the decoder's first, takes in its inverse. The last four channels of
    `quant_conv`, the posterior's log variance, become a constant.
    """
    changed = copy.deepcopy(autoencoder)
    shift, scale = mean.flatten().double(), deviation.flatten().double() * networks.SCALING
    with torch.no_grad():
        quant, post = changed.quant_conv, changed.post_quant_conv
        quant.weight[:4] = (quant.weight[:4].double() / scale.view(4, 1, 1, 1)).float()
        quant.bias[:4] = ((quant.bias[:4].double() - shift) / scale).float()
        quant.weight[4:] = 0
        quant.bias[4:] = 2 * math.log(posterior / networks.SCALING)
        weight = post.weight.double()
        post.bias += (weight[:, :, 0, 0] @ shift).float()
        post.weight.copy_((weight * scale.view(1, 4, 1, 1)).float())
    return changed


def write(work: Path, out: Path, cooled: bool = False) -> int:
    """Writes the folder and returns the diffusion model's step. Files that were in `out` otherwise stay."""
    unet, text, step = diffusion.load(work, cooled)
    pipeline = StableDiffusionPipeline(
        vae=folded(vae.load(work), *latents.load_statistics(work)),
        text_encoder=text,
        tokenizer=latents.tokenizer(work),
        unet=unet,
        scheduler=diffusion.noise_schedule(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.to(dtype=torch.float16)
    out.mkdir(parents=True, exist_ok=True)
    pipeline.save_pretrained(out, safe_serialization=True)
    encoder = out / "text_encoder" / "model.safetensors"
    weights = {
        key if key.startswith("text_model.") else f"text_model.{key}": value
        for key, value in load_file(encoder).items()
    }
    save_file(weights, encoder, metadata={"format": "pt"})
    # transformers loads a text encoder as it was saved unless told otherwise, diffusers everything else in single
    # precision: without this line a plain from_pretrained would mix the two and fail.
    configuration = out / "text_encoder" / "config.json"
    configuration.write_text(json.dumps({**json.loads(configuration.read_text()), "dtype": "float32"}, indent=2) + "\n")
    for name in ("vocab.json", "merges.txt"):
        shutil.copyfile(work / "tokenizer" / name, out / "tokenizer" / name)
    settings = out / "tokenizer" / "tokenizer_config.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "model_max_length": LENGTH}, indent=2) + "\n")
    enlarge.write(work, out)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    if size > LIMIT:
        raise SystemExit(f"{out} has {size} bytes; {LIMIT} are the limit")
    return step
