"""FakeRunner: draws test cards, deterministic and without torch. It ships: the bot's other parts run on it."""

from __future__ import annotations

import hashlib
import time

import numpy as np

from inference.plan import DrawnPicture, StepPlan, StepReport
from inference.request import ImageRequest


class FakeRunner:
    """``step_seconds`` is how long every step takes."""

    device = "none"
    dtype = "none"

    def __init__(self, step_seconds: float = 0.0) -> None:
        self._step_seconds = step_seconds
        self._requests: dict[int, ImageRequest] = {}

    def execute(self, plan: StepPlan) -> StepReport:
        report = StepReport()
        for job_id in plan.release:
            self._requests.pop(job_id, None)
        for admission in plan.admit:
            self._requests[admission.job_id] = admission.request
            report.admitted[admission.job_id] = admission.request.steps
        if plan.step and self._step_seconds:
            time.sleep(self._step_seconds)
        report.stepped = list(plan.step)
        report.step_seconds = self._step_seconds
        for job_id in plan.finish:
            report.finished[job_id] = draw_test_card(self._requests[job_id])
        return report

    def close(self) -> None:
        self._requests.clear()


def draw_test_card(request: ImageRequest) -> DrawnPicture:
    """Two colours and a diagonal that follow from prompt, negative prompt and seed alone."""
    digest = hashlib.sha256(f"{request.prompt}\0{request.negative_prompt}\0{request.seed}".encode()).digest()
    first = np.frombuffer(digest[:3], dtype=np.uint8)
    # Half a circle away in every channel: the two never look alike, or the gate would take the card for a broken one.
    second = first + np.uint8(128)
    rows = np.linspace(0, 1, request.height)[:, None]
    columns = np.linspace(0, 1, request.width)[None, :]
    above = (rows > columns * (0.5 + digest[6] / 255))[..., None]
    return DrawnPicture(np.where(above, first, second).astype(np.uint8))
