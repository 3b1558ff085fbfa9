"""TorchRunner: executes plans with torch. Encodes, gathers slots into one forward, moves each by its sampler, decodes.

A forward that fails is tried again with half of its slots, down to one: only the job that fails alone is reported as
failed, and running out of memory makes the batch smaller instead of failing anybody.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import torch

from config.additions import Additions
from config.settings import CheckpointSettings, EngineSettings
from inference.batching import batch_key
from inference.catalogue import expected_bytes
from inference.checkpoints import load_family
from inference.errors import GenerationFailed, InferenceError
from inference.families.base import ModelFamily
from inference.families.sd import StableDiffusion
from inference.plan import Admission, Admitted, StepPlan, StepReport
from inference.runners.base import Loaded
from inference.runners.decoding import Decoder
from inference.runners.device import choose_device, choose_dtype, fingerprint, spare_cores, weights_budget_bytes
from inference.runners.slots import Slot
from inference.runners.stopwatch import Stopwatch

log = logging.getLogger(__name__)


class TorchRunner:
    def __init__(
        self,
        settings: EngineSettings,
        checkpoints: Mapping[str, CheckpointSettings],
        checkpoints_folder: Path,
        additions: Additions | None = None,
    ) -> None:
        self._settings = settings
        self._device = choose_device(settings.device)
        if self._device.type == "cuda":
            torch.cuda.set_device(self._device)  # of this thread, in which all forwards are done
        self._dtype = choose_dtype(settings.dtype, self._device)
        self._checkpoints = checkpoints
        self._folder = checkpoints_folder
        self._additions = additions
        self._families: dict[str, ModelFamily] = {}
        self._slots: dict[int, Slot] = {}
        self._stopwatch = Stopwatch(self._device)
        torch.set_num_threads(settings.cpu_threads or spare_cores())
        self._decoder = Decoder(self._device)

    @property
    def device(self) -> str:
        return str(self._device)

    @property
    def dtype(self) -> str:
        return str(self._dtype).removeprefix("torch.")

    @property
    def fingerprint(self) -> str:
        return f"{fingerprint(self._device)}, {self.dtype}"

    @property
    def budget_bytes(self) -> int:
        return weights_budget_bytes(self._device)

    def expected_bytes(self, checkpoint: str) -> int:
        return expected_bytes(self._checkpoints[checkpoint], self._folder, bytes_each=self._dtype.itemsize)

    def load(self, checkpoint: str) -> Loaded:
        family = self._families.get(checkpoint)
        if family is None:
            started = time.perf_counter()
            family = self._load(checkpoint)
            self._families[checkpoint] = family
            log.info("checkpoint %s loaded in %.1f s", checkpoint, time.perf_counter() - started)
        return Loaded(family.batches, family.size_bytes)

    def _load(self, checkpoint: str) -> ModelFamily:
        own = self._checkpoints[checkpoint]
        family = load_family(
            checkpoint,
            own,
            self._folder,
            device=self._device,
            dtype=choose_dtype(own.dtype or self._settings.dtype, self._device),
            additions=self._additions,
            placement=self._settings.placement,
        )
        if self._settings.compile and self._device.type == "cuda" and isinstance(family, StableDiffusion):
            family.compile()
        return family

    def unload(self, checkpoint: str) -> None:
        if self._families.pop(checkpoint, None) is not None:
            log.info("checkpoint %s unloaded", checkpoint)
            self._empty_cache()

    @torch.inference_mode()
    def execute(self, plan: StepPlan) -> StepReport:
        began = time.perf_counter()
        report = StepReport()
        for job_id in plan.release:
            self._release(job_id)
        self._admit(plan.admit, report)
        step = self._begin_passes([job_id for job_id in plan.step if job_id in self._slots], report)
        if step:
            first = self._slots[step[0]]
            rows = sum(self._slots[job_id].rows for job_id in step)
            with self._stopwatch.timing(batch_key(first.request, first.pass_number), rows, report.timings):
                self._step(step, report)
            if report.shrunk or report.failed:
                report.timings.clear()  # what was tried twice says nothing about how long it takes
        previewing = time.perf_counter()
        self._preview(plan.preview, report)
        report.preview_seconds = time.perf_counter() - previewing
        for alike in self._alike(plan.finish):
            self._decoder.begin(alike, self._family(next(iter(alike.values()))))
        for job_id, picture in self._decoder.collect(wait_for_one=plan.waits).items():
            if isinstance(picture, Exception):
                report.failed[job_id] = _as_failure(picture)
            else:
                report.finished[job_id] = picture
        report.tick_seconds = time.perf_counter() - began
        return report

    def close(self) -> None:
        for job_id in list(self._slots):
            self._release(job_id)
        self._decoder.close()
        self._families.clear()

    def _family(self, slot: Slot) -> ModelFamily:
        return self._families[slot.request.checkpoint]

    def _release(self, job_id: int) -> None:
        self._decoder.drop(job_id)
        slot = self._slots.pop(job_id, None)
        family = None if slot is None else self._families.get(slot.request.checkpoint)
        if slot is not None and family is not None:
            family.close(slot)

    def _admit(self, admissions: Sequence[Admission], report: StepReport) -> None:
        if not admissions:
            return
        family = self._families[admissions[0].request.checkpoint]
        if len(admissions) > 1:
            with suppress(Exception):  # whoever has the cause meets it again below, alone
                family.prepare([admission.request for admission in admissions])
        for admission in admissions:
            try:
                slot = family.start(admission.request)
            except Exception as error:
                report.failed[admission.job_id] = _as_failure(error)
                continue
            self._slots[admission.job_id] = slot
            report.admitted[admission.job_id] = Admitted(slot.calls, slot.rows, slot.tokens)

    def _begin_passes(self, job_ids: Sequence[int], report: StepReport) -> list[int]:
        """Those that can be stepped now; a job whose first pass is done begins its second."""
        ready = []
        for job_id in job_ids:
            slot = self._slots[job_id]
            try:
                if slot.is_between_passes:
                    self._family(slot).begin_next_pass(slot)
            except Exception as error:
                report.failed[job_id] = _as_failure(error)
            else:
                ready.append(job_id)
        return ready

    def _step(self, job_ids: Sequence[int], report: StepReport) -> None:
        slots = [self._slots[job_id] for job_id in job_ids]
        family = self._family(slots[0])
        try:
            predictions = family.predict(slots)
        except Exception as error:
            if len(job_ids) == 1:
                report.failed[job_ids[0]] = _as_failure(error)
                return
            half = len(job_ids) // 2
            if isinstance(error, torch.OutOfMemoryError):
                key = batch_key(slots[0].request, slots[0].pass_number)
                report.shrunk[key] = sum(slot.rows for slot in slots[:half])
                self._empty_cache()
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

    def _alike(self, job_ids: Sequence[int]) -> list[dict[int, Slot]]:
        """Groups that can be decoded in one forward. Who wants to be exact is alone, and so is whoever has few bits:
        company changes the last ones, and of float32 alone they are too small to be seen."""
        groups: dict[tuple[object, ...], dict[int, Slot]] = {}
        for job_id in job_ids:
            slot = self._slots[job_id]
            may_share = self._family(slot).batches and not slot.request.exact and slot.latents.dtype is torch.float32
            alone = None if may_share else job_id
            key = (slot.request.checkpoint, slot.latents.shape, alone)
            groups.setdefault(key, {})[job_id] = slot
        return list(groups.values())

    def _preview(self, job_ids: Sequence[int], report: StepReport) -> None:
        for job_id in job_ids:
            slot = self._slots.get(job_id)
            if slot is not None and job_id not in report.failed:
                self._decoder.preview(job_id, slot, self._family(slot))
        report.previews = self._decoder.collect_previews()

    def _empty_cache(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.empty_cache()


def _as_failure(error: Exception) -> InferenceError:
    if isinstance(error, InferenceError):
        return error
    log.error("a job failed", exc_info=error)
    failure = GenerationFailed(f"drawing failed: {type(error).__name__}: {error}")
    failure.__cause__ = error
    return failure
