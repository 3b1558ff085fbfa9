"""Tiny checkpoints with random weights of every kind there is, saved as diffusers saves them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from inference.tiny_checkpoint import (
    byte_tokenizer,
    make_scheduler,
    make_tiny_pipeline,
    make_tiny_unet,
    make_tiny_vae,
    tiny_text_config,
)

# Random VAEs encode pictures to nearly nothing; this makes starting from a picture worth testing.
VAE_SCALE = {"scaling_factor": 2.0}


def _sd(pipeline: str = "StableDiffusionPipeline", prediction_type: str = "epsilon", **unet: Any) -> Any:
    import diffusers

    parts = make_tiny_pipeline(prediction_type=prediction_type).components
    parts |= {"vae": make_tiny_vae(**VAE_SCALE).eval(), "unet": make_tiny_unet(**unet).eval()}
    return getattr(diffusers, pipeline)(**parts, requires_safety_checker=False)


def _depth() -> Any:
    from diffusers import StableDiffusionDepth2ImgPipeline
    from transformers import DPTConfig, DPTForDepthEstimation, DPTImageProcessor

    parts = make_tiny_pipeline().components
    estimator = DPTForDepthEstimation(
        DPTConfig(
            hidden_size=32,
            num_hidden_layers=4,
            num_attention_heads=4,
            intermediate_size=37,
            image_size=32,
            patch_size=16,
            backbone_out_indices=[0, 1, 2, 3],
            neck_hidden_sizes=[16, 16, 16, 16],
            fusion_hidden_size=16,
            readout_type="project",
        )
    )
    return StableDiffusionDepth2ImgPipeline(
        vae=make_tiny_vae(**VAE_SCALE).eval(),
        text_encoder=parts["text_encoder"],
        tokenizer=parts["tokenizer"],
        unet=make_tiny_unet(in_channels=5).eval(),
        scheduler=parts["scheduler"],
        depth_estimator=estimator.eval(),
        feature_extractor=DPTImageProcessor(size={"height": 32, "width": 32}),
    )


def _xl(pipeline: str = "StableDiffusionXLPipeline", *, zeros: bool = True, **unet: Any) -> Any:
    import diffusers
    from transformers import CLIPTextModel, CLIPTextModelWithProjection

    tokenizer, tokenizer_2 = byte_tokenizer(), byte_tokenizer()
    shape = {
        "cross_attention_dim": 64,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 6 * 8 + 24,
        "use_linear_projection": True,
    }
    return getattr(diffusers, pipeline)(
        vae=make_tiny_vae(**VAE_SCALE).eval(),
        text_encoder=CLIPTextModel(tiny_text_config(tokenizer)).eval(),
        text_encoder_2=CLIPTextModelWithProjection(tiny_text_config(tokenizer_2, projection_dim=24)).eval(),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer_2,
        unet=make_tiny_unet(**(shape | unet)).eval(),
        scheduler=make_scheduler("epsilon"),
        force_zeros_for_empty_prompt=zeros,
        add_watermarker=False,
    )


def _refiner() -> Any:
    pipeline = _xl(
        "StableDiffusionXLImg2ImgPipeline", cross_attention_dim=32, projection_class_embeddings_input_dim=5 * 8 + 24
    )
    from diffusers import StableDiffusionXLImg2ImgPipeline

    parts = pipeline.components | {"text_encoder": None, "tokenizer": None}
    return StableDiffusionXLImg2ImgPipeline(**parts, requires_aesthetics_score=True, add_watermarker=False)


def _upscale() -> Any:
    from diffusers import DDPMScheduler, StableDiffusionUpscalePipeline

    parts = make_tiny_pipeline().components
    return StableDiffusionUpscalePipeline(
        vae=make_tiny_vae(
            block_out_channels=(16, 16, 32),
            down_block_types=("DownEncoderBlock2D",) * 3,
            up_block_types=("UpDecoderBlock2D",) * 3,
        ).eval(),
        text_encoder=parts["text_encoder"],
        tokenizer=parts["tokenizer"],
        unet=make_tiny_unet(in_channels=7, num_class_embeds=1000).eval(),
        low_res_scheduler=DDPMScheduler(),
        scheduler=make_scheduler("v_prediction"),
        max_noise_level=350,
    )


def _flux() -> Any:
    from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
    from transformers import CLIPTextModel, T5Config, T5EncoderModel

    tokenizer = byte_tokenizer()
    return FluxPipeline(
        transformer=FluxTransformer2DModel(
            patch_size=1,
            in_channels=4,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=32,
            axes_dims_rope=(4, 4, 8),
        ).eval(),
        text_encoder=CLIPTextModel(tiny_text_config(tokenizer, projection_dim=32)).eval(),
        text_encoder_2=T5EncoderModel(
            T5Config(vocab_size=len(tokenizer), d_model=32, d_ff=37, d_kv=8, num_layers=2, num_heads=4)
        ).eval(),
        tokenizer=tokenizer,
        tokenizer_2=byte_tokenizer(),
        vae=AutoencoderKL(
            sample_size=32,
            block_out_channels=(4,),
            layers_per_block=1,
            latent_channels=1,
            norm_num_groups=1,
            use_quant_conv=False,
            use_post_quant_conv=False,
            shift_factor=0.0609,
            scaling_factor=1.5035,
        ).eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(),
    )


KINDS: dict[str, Callable[[], Any]] = {
    "sd": _sd,
    "sd-v": lambda: _sd(prediction_type="v_prediction"),
    "sd-lcm": lambda: _sd(time_cond_proj_dim=32),
    "inpaint": lambda: _sd("StableDiffusionInpaintPipeline", in_channels=9),
    "depth": _depth,
    "xl": _xl,
    "xl-encoded-blank": lambda: _xl(zeros=False),
    "xl-inpaint": lambda: _xl("StableDiffusionXLInpaintPipeline", in_channels=9),
    "refiner": _refiner,
    "upscale": _upscale,
    "flux": _flux,
}


def assemble(kind: str, folder: Path) -> Path:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(20220822)
        KINDS[kind]().save_pretrained(folder / kind, safe_serialization=True)
    return folder / kind
