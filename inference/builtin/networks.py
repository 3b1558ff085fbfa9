"""The three networks' shapes: Stable Diffusion 1.x, made small.

    AutoencoderKL         picture (3, H, W) in [-1, 1] <-> latents (4, H/8, W/8)        Kingma & Welling 2014
    CLIPTextModel         77 token ids -> 77 vectors of 128                             Radford et al. 2021
    UNet2DConditionModel  latents, timestep, 77 vectors -> v, of the latents' shape     Ronneberger et al. 2015
    all of them together  latent diffusion                                              Rombach et al. 2022

Cross-attention sits at the coarse level (8x8) only: attention at 16x16 as well cost 47 % more time per step here.
"""

from __future__ import annotations

from typing import Any, Final

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from transformers import CLIPTextConfig, CLIPTextModel

from inference.builtin.tokenizer import LENGTH

WIDTH: Final = 128
"""Width of the text vectors."""

SCALING: Final = 0.18215
"""The factor between an autoencoder's latents and the U-Net's: Stable Diffusion's own, because tools hard-code it."""


def autoencoder() -> Any:
    """0.98 M parameters; eight times smaller each way."""
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(16, 32, 64, 64),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        sample_size=128,
        scaling_factor=SCALING,
    )
    vae.set_attn_processor(AttnProcessor())
    return vae


def unet() -> Any:
    """4.0 M parameters."""
    network = UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(64, 128),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),  # in diffusers: the number of heads
        cross_attention_dim=WIDTH,
        norm_num_groups=16,
    )
    # Backwards through PyTorch's fused attention is slow on a CPU with heads this small; the plain one is not.
    network.set_attn_processor(AttnProcessor())
    return network


def text_encoder(vocabulary: int) -> Any:
    """0.7 M parameters; the last two ids are start and end of the text."""
    config = CLIPTextConfig(
        vocab_size=vocabulary,
        hidden_size=WIDTH,
        intermediate_size=3 * WIDTH,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=LENGTH,
        projection_dim=WIDTH,
        bos_token_id=vocabulary - 2,
        eos_token_id=vocabulary - 1,
        pad_token_id=vocabulary - 1,
    )
    config._attn_implementation = "eager"
    return CLIPTextModel(config)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
