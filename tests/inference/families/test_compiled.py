"""Filling a batch up changes nothing for those who asked; compiling itself needs a GPU (tests/gpu)."""

from pathlib import Path
from typing import Any

import pytest
import torch

from inference.checkpoints import load_family
from inference.families.compiled import ROWS
from tests.inference.builders import TINY, a_request


@pytest.mark.parametrize("jobs", [1, 2, 3, 5])
@torch.inference_mode()
def test_surplus_rows_are_dropped(tmp_path: Path, jobs: int) -> None:
    seen: list[int] = []

    def notice(unet: Any) -> Any:
        def forward(sample: torch.Tensor, *arguments: Any, **named: Any) -> Any:
            seen.append(len(sample))
            return unet(sample, *arguments, **named)

        return forward

    family: Any = load_family("tiny", TINY, tmp_path, device=torch.device("cpu"), dtype=torch.float32)
    slots = [family.start(a_request(seed=seed, guidance=5.0 if seed % 2 else 1.0)) for seed in range(jobs)]
    eager = family.predict(slots)
    family.compile(notice)
    filled = family.predict(slots)
    assert len(filled) == jobs
    assert seen[0] in ROWS
    for one, other in zip(eager, filled, strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-5)
    exact = family.start(a_request(exact=True))
    family.predict([exact])
    assert len(seen) == 1, "what must be exact is drawn by the eager one"
