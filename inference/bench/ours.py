"""The engine as a contender: the real one, over weights that are in memory already."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch

from config.settings import CheckpointSettings, EngineSettings
from inference.bench.contenders import PREVIEW_SECONDS, GaveUp, Ticket
from inference.bench.scenarios import CHECKPOINT
from inference.engine import LocalEngine
from inference.errors import JobCancelled
from inference.events import JobEvent, Previewed, Progressed
from inference.families.adapters import Adapters
from inference.families.base import ModelFamily
from inference.families.sd import StableDiffusion
from inference.families.sdxl import StableDiffusionXL
from inference.plan import StepPlan, StepReport
from inference.runners.torch_runner import TorchRunner


class PreloadedRunner(TorchRunner):
    """A TorchRunner over a pipeline that is there already, instead of files; it also keeps count of its ticks."""

    def __init__(self, settings: EngineSettings, checkpoints: Mapping[str, CheckpointSettings], pipeline: Any) -> None:
        super().__init__(settings, checkpoints, Path())
        self._pipeline = pipeline
        self.peak_bytes = 0  # of device memory
        self.ticks: list[tuple[int, float]] = []  # jobs stepped, seconds of the whole tick
        self.released: dict[int, int] = {}  # job -> how many ticks had ended when its slot was freed

    def _load(self, checkpoint: str) -> ModelFamily:  # noqa: ARG002 - there is only one
        kind = StableDiffusionXL if "XL" in type(self._pipeline).__name__ else StableDiffusion
        family = kind(self._pipeline, Adapters(self._pipeline, {}), device=self._device)
        if self._settings.compile and self._device.type == "cuda":
            family.compile()
        return family

    @torch.inference_mode()
    def execute(self, plan: StepPlan) -> StepReport:
        self.released |= dict.fromkeys(plan.release, len(self.ticks))
        started = time.perf_counter()
        report = super().execute(plan)
        self.ticks.append((len(report.stepped), time.perf_counter() - started))
        if self._device.type == "cuda":
            # The engine resets the allocator's peak for its own measuring, so it is read before it can be lost.
            self.peak_bytes = max(self.peak_bytes, torch.cuda.max_memory_allocated(self._device))
        return report


class Ours:
    name = "ours"

    def __init__(self, pipeline: Any, settings: EngineSettings, checkpoint: CheckpointSettings) -> None:
        self._made: list[PreloadedRunner] = []
        self._cancelled: list[tuple[int, int]] = []  # job, how many ticks had ended then
        checkpoints = {CHECKPOINT: checkpoint}

        def make_runner() -> PreloadedRunner:
            self._made.append(PreloadedRunner(settings, checkpoints, pipeline))
            return self._made[0]

        self._engine = LocalEngine(
            settings,
            checkpoints,
            default_checkpoint=CHECKPOINT,
            checkpoints_folder=Path(),
            runner_factory=make_runner,
        )

    async def __aenter__(self) -> Self:
        await self._engine.__aenter__()
        await self._engine.ready()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._engine.close()

    @property
    def _runner(self) -> PreloadedRunner:
        return self._made[0]

    def begin(self) -> None:
        self._runner.ticks.clear()
        self._runner.released.clear()
        self._runner.peak_bytes = 0
        self._cancelled.clear()

    def counted(self) -> dict[str, float]:
        """jobs_per_tick: of the ticks that stepped any. busy_seconds: spent in ticks. cancel_ticks_max: how many ticks
        ended between a cancel and the freeing of the job's rows; 1 is the tick that was under way.
        """
        stepping = [jobs for jobs, _ in self._runner.ticks if jobs]
        released = self._runner.released
        waits = [released[job_id] - before for job_id, before in self._cancelled if job_id in released]
        return {
            **({"cancel_ticks_max": max(waits)} if waits else {}),
            **({"peak_memory_bytes": self._runner.peak_bytes} if self._runner.peak_bytes else {}),
            "jobs_per_tick": sum(stepping) / max(1, len(stepping)),
            "ticks": len(stepping),
            "busy_seconds": sum(seconds for _, seconds in self._runner.ticks),
        }

    async def draw(self, ticket: Ticket) -> bytes:
        handle = self._engine.submit(ticket.request, ticket.lane, preview_seconds=PREVIEW_SECONDS)

        def cancel() -> None:
            self._cancelled.append((handle.job_id, len(self._runner.ticks)))
            handle.cancel()

        def notice(event: JobEvent) -> None:
            match event:
                case Progressed(step=step, steps=steps):
                    ticket.stepped(step, steps)
                case Previewed():
                    ticket.previewed()

        ticket.on_cancel = cancel
        try:
            return (await handle.result(notice)).data
        except JobCancelled:
            raise GaveUp from None
