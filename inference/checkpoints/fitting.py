"""That a checkpoint's parts belong together. Each may be whole in itself and of another model than the rest."""

from __future__ import annotations

from typing import Any

from inference.checkpoints.kinds import Kind
from inference.checkpoints.refusal import Refused


def check_that_parts_fit(kind: Kind, pipeline: Any) -> None:
    """Else every job would fail, or draw nothing that was asked for. Raises Refused."""
    unet, vae = pipeline.unet.config, pipeline.vae.config
    encoders = [getattr(pipeline, part) for part in kind.parts if part.startswith("text_encoder")]
    latents = vae.latent_channels
    known = {latents: "text", 2 * latents + 1: "inpainting"}
    if "depth_estimator" in kind.parts:
        known = {latents + 1: "depth"}
    if unet.in_channels not in known or unet.out_channels != latents:
        raise Refused(
            f"its U-Net takes {unet.in_channels} channels and its VAE has {latents}: it is made for something else, "
            "like enlarging"
        )
    written = sum(encoder.config.hidden_size for encoder in encoders)
    if unet.cross_attention_dim != written:
        raise Refused(f"its U-Net reads texts {unet.cross_attention_dim} wide, its text encoder writes {written}")
    _check_added_inputs(kind, pipeline)
    for name in kind.tokenizers:
        encoder = getattr(pipeline, name.replace("tokenizer", "text_encoder"))
        _check_tokenizer(name, getattr(pipeline, name), encoder.config)


def _check_added_inputs(kind: Kind, pipeline: Any) -> None:
    unet = pipeline.unet.config
    if (
        unet.addition_embed_type != ("text_time" if kind.is_xl else None)
        or unet.class_embed_type
        or unet.num_class_embeds
    ):
        raise Refused(f"its U-Net is not that of a {kind.pipeline}: it takes other inputs beside the text")
    if kind.is_xl:
        numbers = 5 if getattr(pipeline.config, "requires_aesthetics_score", False) else 6
        told = unet.addition_time_embed_dim * numbers + pipeline.text_encoder_2.config.projection_dim
        taken = pipeline.unet.add_embedding.linear_1.in_features
        if told != taken:
            raise Refused(
                f"its U-Net is told {taken} numbers about text and sizes, its second text encoder makes {told}"
            )


def _check_tokenizer(name: str, tokenizer: Any, text: Any) -> None:
    if max(tokenizer.get_vocab().values()) >= text.vocab_size:
        raise Refused(f"its {name} has more words than its text encoder knows ({text.vocab_size})")
    if tokenizer.model_max_length > text.max_position_embeddings:
        raise Refused(
            f"its {name} does not keep to the {text.max_position_embeddings} tokens of its text encoder; "
            f"model_max_length is missing in {name}/tokenizer_config.json, or wrong"
        )
