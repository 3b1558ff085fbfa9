"""Random weights to measure with: the speed of a model follows from its shapes, not from what it has learnt.

The real shapes are made where they will run, without files: nothing is downloaded and no second copy is kept.
Sources of the shapes: the published configurations of Stable Diffusion 1.5 (512 pixels), 2.1 (768) and XL base 1.0
(1024). Tokenizer and noise schedule are those of the tiny checkpoint, which cost the same: the text is cut or filled to
77 tokens whatever makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import diffusers
import torch
import transformers

from inference.bench.scenarios import Shapes
from inference.tiny_checkpoint import byte_tokenizer, make_scheduler, make_tiny_pipeline

SEED = 20220822
VOCABULARY = 49408  # CLIP's
TOKENS = 77


@dataclass(frozen=True, slots=True)
class Model:
    shapes: Shapes
    make: Callable[[torch.device, torch.dtype], Any]


def make_pipeline(size: str, device: torch.device, dtype: torch.dtype) -> Any:
    """A diffusers pipeline with seeded random weights, on the device, ready to draw. Blocking, seconds to a minute."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(SEED)
        pipeline = MODELS[size].make(device, dtype)
    pipeline.set_progress_bar_config(disable=True)
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            part.eval().requires_grad_(False)
    return pipeline


def _tiny(device: torch.device, dtype: torch.dtype) -> Any:
    return make_tiny_pipeline().to(device, dtype)


def _sd15(device: torch.device, dtype: torch.dtype) -> Any:
    unet = {"cross_attention_dim": 768, "attention_head_dim": 8, "sample_size": 64}
    text = _text(768, 3072, layers=12, heads=12, act="quick_gelu")
    return _sd(device, dtype, unet, text, prediction_type="epsilon")


def _sd21(device: torch.device, dtype: torch.dtype) -> Any:
    unet = {
        "cross_attention_dim": 1024,
        "attention_head_dim": [5, 10, 20, 20],
        "sample_size": 96,
        "use_linear_projection": True,
    }
    text = _text(1024, 4096, layers=23, heads=16, act="gelu")
    return _sd(device, dtype, unet, text, prediction_type="v_prediction")


def _sd(
    device: torch.device, dtype: torch.dtype, unet: dict[str, Any], text: dict[str, Any], *, prediction_type: str
) -> Any:
    tokenizer, scheduler = byte_tokenizer(), make_scheduler(prediction_type)
    with _on(device, dtype):
        return diffusers.StableDiffusionPipeline(
            vae=diffusers.AutoencoderKL(**_VAE, scaling_factor=0.18215),
            text_encoder=transformers.CLIPTextModel(transformers.CLIPTextConfig(**text)),
            tokenizer=tokenizer,
            unet=diffusers.UNet2DConditionModel(**unet),
            scheduler=scheduler,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )


def _sdxl(device: torch.device, dtype: torch.dtype) -> Any:
    first = _text(768, 3072, layers=12, heads=12, act="quick_gelu")
    second = _text(1280, 5120, layers=32, heads=20, act="gelu") | {"projection_dim": 1280}
    tokenizer, scheduler = byte_tokenizer(), make_scheduler("epsilon")
    with _on(device, dtype):
        return diffusers.StableDiffusionXLPipeline(
            # As in the VAE that was mended for float16, which most bots use: nobody converts it for every picture.
            vae=diffusers.AutoencoderKL(**_VAE, scaling_factor=0.13025, force_upcast=False),
            text_encoder=transformers.CLIPTextModel(transformers.CLIPTextConfig(**first)),
            text_encoder_2=transformers.CLIPTextModelWithProjection(transformers.CLIPTextConfig(**second)),
            tokenizer=tokenizer,
            tokenizer_2=tokenizer,
            unet=diffusers.UNet2DConditionModel(
                sample_size=128,
                block_out_channels=(320, 640, 1280),
                down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
                up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
                transformer_layers_per_block=[1, 2, 10],
                attention_head_dim=[5, 10, 20],
                cross_attention_dim=2048,
                use_linear_projection=True,
                addition_embed_type="text_time",
                addition_time_embed_dim=256,
                projection_class_embeddings_input_dim=2816,
            ),
            scheduler=scheduler,
            add_watermarker=False,
        )


@contextmanager
def _on(device: torch.device, dtype: torch.dtype) -> Iterator[None]:
    """Modules made inside are born on the device in this dtype."""
    kept = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with device:
            yield
    finally:
        torch.set_default_dtype(kept)


_VAE: Mapping[str, Any] = {
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "layers_per_block": 2,
    "latent_channels": 4,
}


def _text(width: int, inner: int, *, layers: int, heads: int, act: str) -> dict[str, Any]:
    tokenizer = byte_tokenizer()
    return {
        "vocab_size": VOCABULARY,
        "hidden_size": width,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "hidden_act": act,
        "max_position_embeddings": TOKENS,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }


MODELS: Mapping[str, Model] = {
    "tiny8": Model(Shapes((64, 64), (48, 80), (80, 48)), _tiny),
    "tiny16": Model(Shapes((128, 128), (96, 160), (160, 96)), _tiny),
    "sd15": Model(Shapes((512, 512), (448, 576), (576, 448)), _sd15),
    "sd21": Model(Shapes((768, 768), (640, 896), (896, 640)), _sd21),
    "sdxl": Model(Shapes((1024, 1024), (832, 1216), (1216, 832)), _sdxl),
}
