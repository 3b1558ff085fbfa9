"""IP-adapters by name: where each is, and that it was made for such a checkpoint; safetensors only."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import torch

from config.additions import IPAdapterSettings, fitting
from inference.checkpoints.files import read_object, read_shapes, refuse_unless_safetensors
from inference.checkpoints.pretrained import check_complete, where
from inference.checkpoints.refusal import Refused
from inference.families.image_prompts import IPAdapterFile

log = logging.getLogger(__name__)

ENCODER_WEIGHTS = "model.safetensors"


def find_ip_adapters(
    checkpoint: str, ip_adapters: Mapping[str, IPAdapterSettings], unet: Any
) -> dict[str, IPAdapterFile]:
    """Those for this checkpoint. What is wrong with one is kept until somebody asks for it."""
    found: dict[str, IPAdapterFile] = {}
    for name in fitting(ip_adapters, checkpoint):
        settings = ip_adapters[name]
        try:
            found[name] = _find(name, settings, unet)
        except Refused as refused:
            log.warning("IP-adapter %s: %s", name, refused)
            found[name] = IPAdapterFile(None, reason=str(refused))
    return found


def load_encoder(file: IPAdapterFile, device: torch.device, dtype: torch.dtype) -> Any:
    """Raises CheckpointUnusable if weights are missing or misshapen, which the library would draw by lot."""
    from transformers import CLIPVisionModelWithProjection

    source = str(file.encoder)
    model, report = CLIPVisionModelWithProjection.from_pretrained(
        source, dtype=dtype, ignore_mismatched_sizes=True, output_loading_info=True, **where(source, "", "")
    )
    check_complete(source, report)
    return model.to(device).eval()


def _find(name: str, settings: IPAdapterSettings, unet: Any) -> IPAdapterFile:
    refuse_unless_safetensors(settings.path, f"ip_adapters.{name}.path")
    _check_that_it_fits(read_shapes(settings.path), unet)
    encoder = settings.image_encoder
    if read_object(encoder / "config.json").get("model_type") not in ("clip_vision_model", "clip"):
        raise Refused(f"{encoder} is no CLIP image encoder")
    files = (settings.path, encoder / ENCODER_WEIGHTS)
    if not files[1].is_file():
        raise Refused(f"{encoder} holds no {ENCODER_WEIGHTS}; was it copied or downloaded whole?")
    read_shapes(files[1])
    return IPAdapterFile(settings.path, encoder, sum(file.stat().st_size for file in files))


def _check_that_it_fits(shapes: Mapping[str, tuple[int, ...]], unet: Any) -> None:
    """Raises Refused."""
    keys = [key for key in shapes if key.startswith("ip_adapter.") and key.endswith(".to_k_ip.weight")]
    if not keys or any(not key.startswith(("image_proj.", "ip_adapter.")) for key in shapes):
        raise Refused("it is no IP-adapter")
    reading = [name for name in unet.attn_processors if name.endswith("attn2.processor")]
    width = unet.config.cross_attention_dim
    if len(keys) != len(reading) or shapes[keys[0]][1] != width:
        raise Refused(
            f"it is made for another kind of checkpoint ({len(keys)} layers that read texts {shapes[keys[0]][1]} wide; "
            f"here {len(reading)} and {width})"
        )
