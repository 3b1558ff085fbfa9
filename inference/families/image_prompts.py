"""IP-adapters of one loaded checkpoint: pictures as a part of the prompt; several at once are blended.

Ye et al., "IP-Adapter: Text Compatible Image Prompt Adapter" (arXiv:2308.06721). A CLIP image encoder and a projection
make a few tokens of each picture, and each layer of the U-Net that reads the text reads these beside it. The numbers
are those of diffusers' pipelines. An adapter sits in the U-Net itself, and acts with one strength on a whole forward:
jobs share a forward only if they name the same one with the same strength and number of pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from inference.errors import RequestInvalid, reason
from inference.loading import ONE_AT_A_TIME
from inference.request import ImagePrompt


@dataclass(frozen=True, slots=True)
class IPAdapterFile:
    """weights: the .safetensors file; without it ``reason`` says why it cannot be used. encoder: folder of the CLIP
    image encoder that it was trained with."""

    weights: Path | None
    encoder: Path | None = None
    size_bytes: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """processors: of every attention layer, by name. projection: from what the encoder says to tokens."""

    processors: Mapping[str, Any]
    projection: Any
    encoder: Any
    extractor: Any

    @property
    def reads_last_but_one(self) -> bool:
        """Whether the projection wants a vector for each patch instead of one for the whole picture."""
        from diffusers.models.embeddings import ImageProjection

        return not isinstance(self.projection.image_projection_layers[0], ImageProjection)


class IPAdapters:
    """``files``: by name, those that the settings allow for this checkpoint. One is loaded at a time. ``load_encoder``:
    brings an adapter's image encoder to the device."""

    def __init__(
        self,
        unet: Any,
        files: Mapping[str, IPAdapterFile],
        load_encoder: Callable[[IPAdapterFile], Any],
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self._unet = unet
        self._files = files
        self._load_encoder = load_encoder
        self._device = device
        self._dtype = dtype
        self._plain: dict[str, Any] = dict(unet.attn_processors)
        self._name = ""
        self._loaded: _Loaded | None = None
        self._is_active = False

    @property
    def reserved_bytes(self) -> int:
        """What may be loaded, by the sizes of the files."""
        return max((file.size_bytes for file in self._files.values()), default=0)

    def check(self, asked: ImagePrompt | None) -> None:
        """Raises RequestInvalid."""
        if asked is None:
            return
        file = self._files.get(asked.name)
        if file is None:
            known = ", ".join(sorted(self._files)) or "none"
            raise RequestInvalid(
                "image_prompt", f"there is no IP-adapter {asked.name!r} for this checkpoint; known: {known}"
            )
        if file.weights is None:
            raise RequestInvalid("image_prompt", f"the IP-adapter {asked.name} cannot be used: {file.reason}")

    def encode(self, asked: ImagePrompt, *, is_guided: bool) -> tuple[torch.Tensor, torch.Tensor | None]:
        """What the U-Net is given with the prompt and, guided, without: (1, pictures, ...)."""
        loaded = self._of(asked.name)
        pixels = loaded.extractor([image.open() for image in asked.images], return_tensors="pt").pixel_values
        pixels = pixels.to(self._device, self._dtype)
        said = _said(loaded, pixels)
        if not is_guided:
            return said, None
        return said, _said(loaded, torch.zeros_like(pixels)) if loaded.reads_last_but_one else torch.zeros_like(said)

    def activate(self, asked: ImagePrompt | None) -> None:
        """Make exactly this one act in the U-Net, or none."""
        if asked is None:
            if self._is_active:
                self._unet.encoder_hid_proj = None  # first: some have attention layers, which would be counted
                self._unet.set_attn_processor(dict(self._plain))
                self._unet.config.encoder_hid_dim_type = None
                self._is_active = False
            return
        loaded = self._of(asked.name)
        if not self._is_active:
            self._unet.set_attn_processor(dict(loaded.processors))
            self._unet.encoder_hid_proj = loaded.projection
            self._unet.config.encoder_hid_dim_type = "ip_image_proj"
            self._is_active = True
        for processor in loaded.processors.values():
            if hasattr(processor, "scale"):
                processor.scale = [asked.scale]

    def _of(self, name: str) -> _Loaded:
        """Raises RequestInvalid if it does not fit."""
        if self._loaded is None or self._name != name:
            self.activate(None)
            self._loaded = None
            try:
                with ONE_AT_A_TIME:
                    self._loaded = self._load(self._files[name])
            except Exception as error:
                raise RequestInvalid(
                    "image_prompt", f"the IP-adapter {name} cannot be used: {reason(error)}"
                ) from error
            self._name = name
        return self._loaded

    def _load(self, file: IPAdapterFile) -> _Loaded:
        from diffusers.models.embeddings import MultiIPAdapterImageProjection
        from safetensors.torch import load_file
        from transformers import CLIPImageProcessor

        assert file.weights is not None  # checked
        weights: dict[str, dict[str, torch.Tensor]] = {"image_proj": {}, "ip_adapter": {}}
        for key, tensor in load_file(file.weights).items():
            part, _, name = key.partition(".")
            weights[part][name] = tensor
        processors = self._unet._convert_ip_adapter_attn_to_diffusers([weights])
        for processor in processors.values():
            if isinstance(processor, torch.nn.Module):
                processor.to(self._device, self._dtype)
        layers = [self._unet._convert_ip_adapter_image_proj_to_diffusers(weights["image_proj"])]
        encoder = self._load_encoder(file)
        side = encoder.config.image_size
        loaded = _Loaded(
            processors,
            MultiIPAdapterImageProjection(layers).to(self._device, self._dtype),
            encoder,
            CLIPImageProcessor(size=side, crop_size=side),
        )
        nothing = torch.zeros(1, 3, side, side, device=self._device, dtype=self._dtype)
        loaded.projection([_said(loaded, nothing)])  # raises if it was trained with another encoder
        return loaded


def _said(loaded: _Loaded, pixels: torch.Tensor) -> torch.Tensor:
    """(1, pictures, ...) of the encoder, as the projection reads it."""
    with torch.inference_mode():
        answer = loaded.encoder(pixels, output_hidden_states=loaded.reads_last_but_one)
    said: torch.Tensor = answer.hidden_states[-2] if loaded.reads_last_but_one else answer.image_embeds
    return said[None]


def rows_of(embeds: Sequence[torch.Tensor | None]) -> list[torch.Tensor]:
    """The U-Net's argument for rows in this order: a list of one tensor, for one adapter."""
    return [torch.cat([one for one in embeds if one is not None])]
