"""FakeRunner: draws test cards, deterministic and without torch. It ships: the bot's other parts run on it."""

from __future__ import annotations

import hashlib
import time

import numpy as np

from inference.batching import batch_key
from inference.plan import Admitted, DrawnPicture, StepPlan, StepReport, StepTiming
from inference.request import ImageRequest
from inference.runners.base import Loaded


class FakeRunner:
    """``step_seconds`` is how long every step takes, however many share it."""

    device = "none"
    dtype = "none"
    fingerprint = "fake"
    budget_bytes = 2**30

    def __init__(self, step_seconds: float = 0.0) -> None:
        self._step_seconds = step_seconds
        self._requests: dict[int, ImageRequest] = {}

    def expected_bytes(self, checkpoint: str) -> int:  # noqa: ARG002 - a checkpoint of nothing
        return 0

    def load(self, checkpoint: str) -> Loaded:  # noqa: ARG002
        return Loaded(batches=True, size_bytes=0)

    def unload(self, checkpoint: str) -> None:
        pass

    def execute(self, plan: StepPlan) -> StepReport:
        report = StepReport(tick_seconds=self._step_seconds if plan.step else 0.0)
        for job_id in plan.release:
            self._requests.pop(job_id, None)
        for admission in plan.admit:
            request = self._requests[admission.job_id] = admission.request
            report.admitted[admission.job_id] = Admitted((request.denoising_steps,), request.rows)
        if plan.step:
            time.sleep(self._step_seconds)
            requests = [self._requests[job_id] for job_id in plan.step]
            rows = sum(request.rows for request in requests)
            report.timings.append(StepTiming(batch_key(requests[0]), rows, self._step_seconds))
        report.stepped = list(plan.step)
        for job_id in plan.preview:
            report.previews[job_id] = DrawnPicture(draw_test_card(self._requests[job_id]).pixels[::8, ::8])
        for job_id in plan.finish:
            report.finished[job_id] = draw_test_card(self._requests[job_id])
        return report

    def close(self) -> None:
        self._requests.clear()


def draw_test_card(request: ImageRequest) -> DrawnPicture:
    """Two colours and a diagonal that follow from prompt, negative prompt and seed alone."""
    digest = hashlib.sha256(f"{request.prompt}\0{request.unwanted}\0{request.seed}".encode()).digest()
    first = np.frombuffer(digest[:3], dtype=np.uint8)
    # Half a circle away in every channel: the two never look alike, or the gate would take the card for a broken one.
    second = first + np.uint8(128)
    width, height = request.final_size
    rows = np.linspace(0, 1, height)[:, None]
    columns = np.linspace(0, 1, width)[None, :]
    above = (rows > columns * (0.5 + digest[6] / 255))[..., None]
    return DrawnPicture(np.where(above, first, second).astype(np.uint8))
