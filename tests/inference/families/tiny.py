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


def _xl(pipeline: str = "StableDiffusionXLPipeline", *, zeros: bool = True, layers: int = 2, **unet: Any) -> Any:
    import diffusers
    from transformers import CLIPTextModel, CLIPTextModelWithProjection

    tokenizer, tokenizer_2 = byte_tokenizer(), byte_tokenizer()
    shape = {
        "cross_attention_dim": 32 + 48,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 6 * 8 + 24,
        "use_linear_projection": True,
    }
    return getattr(diffusers, pipeline)(
        vae=make_tiny_vae(**VAE_SCALE).eval(),
        text_encoder=CLIPTextModel(tiny_text_config(tokenizer, num_hidden_layers=layers)).eval(),
        text_encoder_2=CLIPTextModelWithProjection(
            tiny_text_config(tokenizer_2, hidden_size=48, projection_dim=24, num_hidden_layers=layers)
        ).eval(),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer_2,
        unet=make_tiny_unet(**(shape | unet)).eval(),
        scheduler=make_scheduler("epsilon"),
        force_zeros_for_empty_prompt=zeros,
        add_watermarker=False,
    )


def _xl_edm() -> Any:
    """Trained on other noise, like Playground 2.5."""
    from diffusers import EDMEulerScheduler

    pipeline = _xl()
    pipeline.scheduler = EDMEulerScheduler()
    return pipeline


def _refiner() -> Any:
    pipeline = _xl(
        "StableDiffusionXLImg2ImgPipeline", cross_attention_dim=48, projection_class_embeddings_input_dim=5 * 8 + 24
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


def _sd3() -> Any:
    from diffusers import (
        FlowMatchEulerDiscreteScheduler,
        SD3Transformer2DModel,
        StableDiffusion3Pipeline,
    )
    from transformers import CLIPTextModelWithProjection

    def encoder() -> Any:
        return CLIPTextModelWithProjection(tiny_text_config(byte_tokenizer(), projection_dim=32)).eval()

    return StableDiffusion3Pipeline(
        transformer=SD3Transformer2DModel(
            sample_size=8,
            patch_size=1,
            in_channels=4,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=4,
            joint_attention_dim=64,
            caption_projection_dim=32,
            pooled_projection_dim=64,
            out_channels=4,
        ).eval(),
        text_encoder=encoder(),
        text_encoder_2=encoder(),
        text_encoder_3=None,
        tokenizer=byte_tokenizer(),
        tokenizer_2=byte_tokenizer(),
        tokenizer_3=None,
        vae=make_tiny_vae(
            use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.06, scaling_factor=1.5
        ).eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(),
    )


def _qwen() -> Any:
    from diffusers import (
        AutoencoderKLQwenImage,
        FlowMatchEulerDiscreteScheduler,
        QwenImagePipeline,
        QwenImageTransformer2DModel,
    )
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer

    vocabulary = {symbol: index for index, symbol in enumerate(sorted(ByteLevel.alphabet()))}
    marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer = Qwen2Tokenizer(vocab=vocabulary | {mark: 256 + nth for nth, mark in enumerate(marks)}, merges=[])
    config = Qwen2_5_VLConfig(
        text_config={
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "vocab_size": 300,
            "rope_parameters": {"mrope_section": [1, 1, 2], "rope_type": "default", "rope_theta": 1000000.0},
        },
        vision_config={"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16},
    )
    return QwenImagePipeline(
        transformer=QwenImageTransformer2DModel(
            patch_size=2,
            in_channels=16,
            out_channels=4,
            num_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=16,
            axes_dims_rope=(8, 4, 4),
        ).eval(),
        vae=AutoencoderKLQwenImage(
            base_dim=24,
            z_dim=4,
            dim_mult=[1, 2, 4],
            num_res_blocks=1,
            temperal_downsample=[False, True],
            latents_mean=[0.0] * 4,
            latents_std=[1.0] * 4,
        ).eval(),
        text_encoder=Qwen2_5_VLForConditionalGeneration(config).eval(),
        tokenizer=tokenizer,
        scheduler=FlowMatchEulerDiscreteScheduler(),
    )


def _latent_upscale() -> Any:
    from diffusers import EulerDiscreteScheduler, StableDiffusionLatentUpscalePipeline, UNet2DConditionModel

    parts = make_tiny_pipeline().components
    return StableDiffusionLatentUpscalePipeline(
        vae=parts["vae"],
        text_encoder=parts["text_encoder"],
        tokenizer=parts["tokenizer"],
        unet=UNet2DConditionModel(
            act_fn="gelu",
            attention_head_dim=8,
            norm_num_groups=None,
            block_out_channels=(32, 32, 64, 64),
            time_cond_proj_dim=160,
            conv_in_kernel=1,
            conv_out_kernel=1,
            cross_attention_dim=32,
            down_block_types=(
                "KDownBlock2D",
                "KCrossAttnDownBlock2D",
                "KCrossAttnDownBlock2D",
                "KCrossAttnDownBlock2D",
            ),
            in_channels=8,
            mid_block_type=None,
            only_cross_attention=False,
            out_channels=5,
            resnet_time_scale_shift="scale_shift",
            time_embedding_type="fourier",
            timestep_post_act="gelu",
            up_block_types=("KCrossAttnUpBlock2D", "KCrossAttnUpBlock2D", "KCrossAttnUpBlock2D", "KUpBlock2D"),
        ).eval(),
        scheduler=EulerDiscreteScheduler(prediction_type="sample"),
    )


KINDS: dict[str, Callable[[], Any]] = {
    "sd": _sd,
    "sd-v": lambda: _sd(prediction_type="v_prediction"),
    "sd-lcm": lambda: _sd(time_cond_proj_dim=32),
    "inpaint": lambda: _sd("StableDiffusionInpaintPipeline", in_channels=9),
    "depth": _depth,
    "xl": _xl,
    "xl-encoded-blank": lambda: _xl(zeros=False),
    "xl-edm": _xl_edm,
    "xl-deep": lambda: _xl(layers=3),
    "xl-inpaint": lambda: _xl("StableDiffusionXLInpaintPipeline", in_channels=9),
    "refiner": _refiner,
    "upscale": _upscale,
    "flux": _flux,
    "sd3": _sd3,
    "qwen": _qwen,
    "latent-upscale": _latent_upscale,
}


def assemble(kind: str, folder: Path) -> Path:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(20220822)
        KINDS[kind]().save_pretrained(folder / kind, safe_serialization=True)
    return folder / kind
