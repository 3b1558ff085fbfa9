"""A whole Stable Diffusion checkpoint in miniature, with random weights: real components, real files, no download.

It draws abstract colours that follow from prompt and seed. It is what Lienzo starts on when nothing else is there, and
what the tests load; the loading path is the same as for any other checkpoint.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

SEED = 20220822  # the day Stable Diffusion 1.4 was published


def assemble_tiny_checkpoint(folder: Path, *, prediction_type: str = "epsilon") -> None:
    """Write the checkpoint in diffusers' form, safetensors, about 3 MB. An existing folder is left as it is.

    Made beside its place and moved there in one step: a start that is interrupted leaves no half of it.
    """
    if (folder / "model_index.json").is_file():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".assembling-") as scratch:
        unfinished = Path(scratch) / "checkpoint"
        make_tiny_pipeline(prediction_type=prediction_type).save_pretrained(unfinished, safe_serialization=True)
        try:
            unfinished.replace(folder)
        except OSError:
            # Another process was faster; what it made is the same.
            if not (folder / "model_index.json").is_file():
                raise


def make_tiny_pipeline(*, prediction_type: str = "epsilon") -> Any:
    """A StableDiffusionPipeline with seeded random weights; 64x64 pixels are its native size (8x8 latents)."""
    import torch
    from diffusers import StableDiffusionPipeline
    from transformers import CLIPTextModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        tokenizer = byte_tokenizer()
        text_encoder = CLIPTextModel(tiny_text_config(tokenizer))
        unet = make_tiny_unet()
        vae = make_tiny_vae()
    return StableDiffusionPipeline(
        vae=vae.eval(),
        text_encoder=text_encoder.eval(),
        tokenizer=tokenizer,
        unet=unet.eval(),
        scheduler=make_scheduler(prediction_type),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def tiny_text_config(tokenizer: Any, **fields: Any) -> Any:
    from transformers import CLIPTextConfig

    shape: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    return CLIPTextConfig(**(shape | fields))


def make_tiny_unet(**fields: Any) -> Any:
    from diffusers import UNet2DConditionModel

    shape: dict[str, Any] = {
        "sample_size": 8,
        "block_out_channels": (32, 64),
        "layers_per_block": 1,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
        "cross_attention_dim": 32,
        "attention_head_dim": 4,
        "norm_num_groups": 8,
    }
    return UNet2DConditionModel(**(shape | fields))


def make_tiny_vae(**fields: Any) -> Any:
    from diffusers import AutoencoderKL

    shape: dict[str, Any] = {
        "block_out_channels": (16, 16, 32, 32),
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "norm_num_groups": 8,
        "sample_size": 64,
    }
    return AutoencoderKL(**(shape | fields))


def make_scheduler(prediction_type: str) -> Any:
    """As Stable Diffusion was trained."""
    from diffusers import DDIMScheduler

    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type=prediction_type,
    )


def byte_tokenizer() -> Any:
    """CLIP's tokenizer without merges: one token a byte, so that no text is out of its vocabulary."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPTokenizer

    symbols = sorted(ByteLevel.alphabet())
    words = [*symbols, *(symbol + "</w>" for symbol in symbols), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={word: index for index, word in enumerate(words)}, merges=[], model_max_length=77)
