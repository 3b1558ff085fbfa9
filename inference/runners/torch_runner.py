"""TorchRunner: executes plans with torch. Encodes, gathers slots into one forward, moves each by its sampler, decodes.

A forward that fails is tried again with half of its slots, down to one: only the job that fails alone is reported as
failed, and running out of memory makes the batch smaller instead of failing anybody.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from config.settings import CheckpointSettings, EngineSettings
from inference.batching import batch_key
from inference.checkpoints import load_family
from inference.errors import GenerationFailed, InferenceError
from inference.families.base import ModelFamily
from inference.plan import StepPlan, StepReport
from inference.runners.slots import Slot

log = logging.getLogger(__name__)

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class TorchRunner:
    def __init__(
        self, settings: EngineSettings, checkpoints: Mapping[str, CheckpointSettings], checkpoints_folder: Path
    ) -> None:
        self._device = choose_device(settings.device)
        self._dtype = choose_dtype(settings.dtype, self._device)
        self._checkpoints = checkpoints
        self._folder = checkpoints_folder
        self._families: dict[str, ModelFamily] = {}
        self._slots: dict[int, Slot] = {}
        torch.set_num_threads(settings.cpu_threads or spare_cores())

    @property
    def device(self) -> str:
        return str(self._device)

    @property
    def dtype(self) -> str:
        return str(self._dtype).removeprefix("torch.")

    def load(self, checkpoint: str) -> ModelFamily:
        """The checkpoint's family with its weights on the device. Raises CheckpointUnusable."""
        family = self._families.get(checkpoint)
        if family is None:
            started = time.perf_counter()
            family = load_family(
                checkpoint, self._checkpoints[checkpoint], self._folder, device=self._device, dtype=self._dtype
            )
            self._families[checkpoint] = family
            log.info("checkpoint %s loaded in %.1f s", checkpoint, time.perf_counter() - started)
        return family

    @torch.inference_mode()
    def execute(self, plan: StepPlan) -> StepReport:
        report = StepReport()
        for job_id in plan.release:
            self._slots.pop(job_id, None)
        for admission in plan.admit:
            try:
                slot = self.load(admission.request.checkpoint).start(admission.request)
            except Exception as error:
                report.failed[admission.job_id] = _as_failure(error)
                continue
            self._slots[admission.job_id] = slot
            report.admitted[admission.job_id] = len(slot.timesteps)
        started = time.perf_counter()
        self._step([job_id for job_id in plan.step if job_id in self._slots], report)
        report.step_seconds = time.perf_counter() - started
        for job_id in plan.finish:
            slot = self._slots[job_id]
            try:
                report.finished[job_id] = self.load(slot.request.checkpoint).decode(slot)
            except Exception as error:
                report.failed[job_id] = _as_failure(error)
        return report

    def close(self) -> None:
        self._slots.clear()
        self._families.clear()

    def _step(self, job_ids: Sequence[int], report: StepReport) -> None:
        if not job_ids:
            return
        slots = [self._slots[job_id] for job_id in job_ids]
        family = self.load(slots[0].request.checkpoint)
        try:
            predictions = family.predict(slots)
        except Exception as error:
            if len(job_ids) == 1:
                report.failed[job_ids[0]] = _as_failure(error)
                return
            half = len(job_ids) // 2
            if isinstance(error, torch.OutOfMemoryError):
                report.shrunk[batch_key(slots[0].request)] = half
                if self._device.type == "cuda":
                    torch.cuda.empty_cache()
            log.warning("a step of %d jobs failed (%s); trying them in two halves", len(job_ids), error)
            self._step(job_ids[:half], report)
            self._step(job_ids[half:], report)
            return
        for job_id, slot, prediction in zip(job_ids, slots, predictions, strict=True):
            try:
                family.advance(slot, prediction)
            except Exception as error:
                report.failed[job_id] = _as_failure(error)
            else:
                report.stepped.append(job_id)


def spare_cores() -> int:
    """One core stays with the bot itself: torch's threads wait for each other, and one that has to wait for its core
    makes all of them slow."""
    return max(1, len(os.sched_getaffinity(0)) - 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 2) - 1)


def choose_device(name: str) -> torch.device:
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda:0")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def choose_dtype(name: str, device: torch.device) -> torch.dtype:
    if name != "auto":
        return _DTYPES[name]
    return torch.float16 if device.type == "cuda" else torch.float32


def _as_failure(error: Exception) -> InferenceError:
    if isinstance(error, InferenceError):
        return error
    log.error("a job failed", exc_info=error)
    failure = GenerationFailed(f"drawing failed: {type(error).__name__}: {error}")
    failure.__cause__ = error
    return failure
