"""ControlNets of one loaded checkpoint: a picture that says where things are, laid into every step.

Zhang, Rao and Agrawala, "Adding Conditional Control to Text-to-Image Diffusion Models" (arXiv:2302.05543). A copy of
the U-Net's first half reads the map and the latents, and what it makes is added to what the U-Net hands across. The
numbers are those of diffusers' ControlNet pipelines, in their order. Jobs share a forward if they name the same
ControlNet; each has its own map and its own strength.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import torch
from diffusers.image_processor import VaeImageProcessor

from inference.edges import edges
from inference.errors import RequestInvalid, reason
from inference.loading import ONE_AT_A_TIME
from inference.request import Control

MAX_LOADED = 2  # the one that was used longest ago makes room; 0.7 GB each for 1.x in float16, 2.5 GB for XL


@dataclass(frozen=True, slots=True)
class ControlNetFile:
    """folder: in diffusers' form; without it ``reason`` says why it is not there. map: what is made of the picture that
    is handed in. size_bytes: of its files."""

    folder: Path | None
    variant: str = ""
    map: Literal["as-is", "edges"] = "as-is"
    size_bytes: int = 0
    reason: str = ""


Load: TypeAlias = Callable[[ControlNetFile], Any]
Residuals: TypeAlias = dict[str, Any]


class ControlNets:
    """``files``: by name, those that the settings allow for this checkpoint. ``load``: brings one to the device."""

    def __init__(
        self, files: Mapping[str, ControlNetFile], load: Load, device: torch.device, dtype: torch.dtype
    ) -> None:
        self._files = files
        self._load = load
        self._device = device
        self._dtype = dtype
        self._loaded: OrderedDict[str, Any] = OrderedDict()
        self._images = VaeImageProcessor(do_convert_rgb=True, do_normalize=False)

    @property
    def reserved_bytes(self) -> int:
        """What may be loaded at a time, by the sizes of the files."""
        return sum(sorted((file.size_bytes for file in self._files.values()), reverse=True)[:MAX_LOADED])

    def check(self, control: Control | None) -> None:
        """Raises RequestInvalid."""
        if control is None:
            return
        file = self._files.get(control.name)
        if file is None:
            known = ", ".join(sorted(self._files)) or "none"
            raise RequestInvalid(
                "control", f"there is no ControlNet {control.name!r} for this checkpoint; known: {known}"
            )
        if file.folder is None:
            raise RequestInvalid("control", f"the ControlNet {control.name} cannot be used: {file.reason}")

    def map(self, control: Control, width: int, height: int) -> torch.Tensor:
        """(1, 3, height, width) in 0 to 1: what the ControlNet reads. Loads it, so that no step has to wait."""
        self._of(control.name)
        image = control.image.open()
        if self._files[control.name].map == "edges":
            image = edges(image)
        pixels = self._images.preprocess(image, height=height, width=width).to(dtype=torch.float32)
        # As diffusers lays it in memory: another format is another rounding.
        read: torch.Tensor = pixels.contiguous().to(device=self._device, dtype=self._dtype)
        return read

    def residuals(
        self,
        name: str,
        rows: torch.Tensor,
        timesteps: torch.Tensor,
        *,
        text: torch.Tensor,
        maps: torch.Tensor,
        scales: Sequence[float],
        added: Mapping[str, torch.Tensor] | None,
    ) -> Residuals:
        """Arguments for the U-Net. ``rows``: scaled latents, (n, 4, height/8, width/8); of everything else as many."""
        down, middle = self._of(name)(
            rows,
            timesteps,
            encoder_hidden_states=text,
            controlnet_cond=maps,
            added_cond_kwargs=added,
            return_dict=False,
        )
        is_alike = len(set(scales)) == 1
        # One number is multiplied with more bits than a row of them has.
        scale: Any = scales[0] if is_alike else torch.tensor(scales, dtype=middle.dtype, device=middle.device)
        scale = scale if is_alike else scale.view(-1, 1, 1, 1)
        return {
            "down_block_additional_residuals": [one * scale for one in down],
            "mid_block_additional_residual": middle * scale,
        }

    def _of(self, name: str) -> Any:
        """Raises RequestInvalid if its weights are not what its configuration says."""
        if name not in self._loaded:
            try:
                with ONE_AT_A_TIME:
                    self._loaded[name] = self._load(self._files[name])
            except Exception as error:
                raise RequestInvalid("control", f"the ControlNet {name} cannot be used: {reason(error)}") from error
            while len(self._loaded) > MAX_LOADED:
                self._loaded.popitem(last=False)
        self._loaded.move_to_end(name)
        return self._loaded[name]
