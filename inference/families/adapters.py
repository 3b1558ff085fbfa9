"""LoRA adapters of one loaded pipeline: loaded when a job first names them, switched between forwards, never fused.

An adapter acts on the whole model, so jobs share a forward only if they name the same ones; the batch key sees to that.
What does not fit is found before anything is drawn with it: diffusers passes over weights that it has no place for and
only warns, so the tensors that arrived are counted against those in the file.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from inference.errors import RequestInvalid, reason
from inference.loading import ONE_AT_A_TIME
from inference.request import MAX_LORAS, Lora

MAX_LOADED = 2 * MAX_LORAS  # the one that was used longest ago makes room; 20 to 200 MB each
UNMATCHED = ("alpha", "dora_scale")  # endings of tensors that are not laid into the model as they are


@dataclass(frozen=True, slots=True)
class LoraFile:
    """path: the .safetensors file; without it ``reason`` says why it is not there."""

    path: Path | None
    reason: str = ""


class Adapters:
    """``files``: by name, those that the settings allow for this checkpoint."""

    def __init__(self, pipeline: Any, files: Mapping[str, LoraFile]) -> None:
        self._pipeline = pipeline
        self._files = files
        self._loaded: OrderedDict[str, str] = OrderedDict()  # our name -> the one inside torch, which allows no dots
        self._count = 0
        self._active: tuple[Lora, ...] = ()

    def check(self, loras: Sequence[Lora]) -> None:
        """Raises RequestInvalid."""
        for lora in loras:
            file = self._files.get(lora.name)
            if file is None:
                known = ", ".join(sorted(self._files)) or "none"
                raise RequestInvalid("loras", f"there is no LoRA {lora.name!r} for this checkpoint; known: {known}")
            if file.path is None:
                raise RequestInvalid("loras", f"the LoRA {lora.name} cannot be used: {file.reason}")

    def activate(self, loras: Sequence[Lora]) -> None:
        """Make exactly these act, added up in the order of their names. Cheap if they already do.

        Raises RequestInvalid if one does not fit.
        """
        wanted = tuple(sorted(loras))
        if wanted == self._active:
            return
        self._active = ()
        try:
            for lora in wanted:
                self._load(lora.name, keep={other.name for other in wanted})
        except RequestInvalid:
            if self._loaded:
                self._pipeline.disable_lora()
            raise
        if not wanted:
            self._pipeline.disable_lora()
            return
        self._pipeline.enable_lora()
        names = [self._loaded[lora.name] for lora in wanted]
        self._pipeline.set_adapters(names, [lora.scale for lora in wanted])
        self._active = wanted

    def text_key(self) -> Hashable:
        """What the active adapters make of a prompt's encoding: nothing if they act on no text encoder."""
        encoders = [encoder for name, encoder in self._models().items() if name.startswith("text_encoder")]
        return tuple(
            lora
            for lora in self._active
            if any(self._loaded[lora.name] in getattr(encoder, "peft_config", {}) for encoder in encoders)
        )

    def _load(self, name: str, keep: set[str]) -> None:
        if name in self._loaded:
            self._loaded.move_to_end(name)
            return
        path = self._files[name].path
        assert path is not None  # checked
        adapter = f"lora{self._count}"
        self._count += 1
        try:
            with ONE_AT_A_TIME:
                self._pipeline.load_lora_weights(
                    _with_even_strengths(path) or str(path.parent),
                    weight_name=path.name,
                    adapter_name=adapter,
                    local_files_only=True,
                    use_safetensors=True,
                )
            self._check_that_it_arrived(path, adapter)
        except Exception as error:
            self._remove(adapter)
            why = reason(error)
            raise RequestInvalid("loras", f"the LoRA {name} does not fit this checkpoint: {why}") from error
        self._loaded[name] = adapter
        for other in list(self._loaded):
            if len(self._loaded) <= MAX_LOADED:
                break
            if other not in keep:
                self._remove(self._loaded.pop(other))

    def _check_that_it_arrived(self, path: Path, adapter: str) -> None:
        from safetensors import safe_open

        with safe_open(path, "pt") as weights:
            in_file = sum(not key.endswith(UNMATCHED) for key in weights.keys())  # noqa: SIM118 - not a dictionary
        arrived = sum(
            f".{adapter}." in key and "lora_magnitude" not in key
            for model in self._models().values()
            for key, _ in model.named_parameters()
        )
        if arrived < in_file:
            raise ValueError(f"only {arrived} of its {in_file} tensors have a place; it is made for another model")

    def _remove(self, adapter: str) -> None:
        for model in self._models().values():
            if adapter in getattr(model, "peft_config", {}):
                if hasattr(model, "delete_adapters"):
                    model.delete_adapters(adapter)
                else:
                    model.delete_adapter(adapter)

    def _models(self) -> dict[str, Any]:
        """The parts that a LoRA can act on."""
        names = ("unet", "text_encoder", "text_encoder_2")
        return {name: model for name in names if (model := getattr(self._pipeline, name, None)) is not None}


def _with_even_strengths(path: Path) -> dict[str, torch.Tensor] | None:
    """A file whose layers are to act with unlike strengths (their ``alpha`` over the rank), with these multiplied in.

    None for any other file. diffusers 0.42 looks for such layers of a CLIPTextModel under the names that they had
    before transformers 5.6, does not find them, and lets all act with the commonest strength.
    """
    from safetensors.torch import load_file, safe_open

    with safe_open(path, "pt") as file:
        keys = set(file.keys())
        layers = [key.removesuffix(".lora_up.weight") for key in keys if key.endswith(".lora_up.weight")]
        strengths = {
            layer: float(file.get_tensor(f"{layer}.alpha")) / file.get_slice(f"{layer}.lora_down.weight").get_shape()[0]
            for layer in layers
            if {f"{layer}.alpha", f"{layer}.lora_down.weight"} <= keys
        }
    if len(set(strengths.values())) < 2:
        return None
    weights: dict[str, torch.Tensor] = load_file(path)
    for layer, strength in strengths.items():
        up = weights[f"{layer}.lora_up.weight"]
        weights[f"{layer}.lora_up.weight"] = (up.float() * strength).to(up.dtype)
        weights[f"{layer}.alpha"] = torch.tensor(float(weights[f"{layer}.lora_down.weight"].shape[0]))
    return weights
