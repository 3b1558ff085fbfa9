"""The small model that ships with Lienzo: where its weights are, and the code that drew its data and trained it.

Importing this loads no torch. README.md is the model card and the guide to the training code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

WEIGHTS: Final = Path(__file__).parent / "weights"
"""A diffusers folder, once weights are shipped."""
