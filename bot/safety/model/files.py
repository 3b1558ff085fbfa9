"""The files beside this one are taken only as Lienzo was released with them."""

from __future__ import annotations

import hashlib
from pathlib import Path


class WeightsUnusable(Exception):
    """A file of the classifier is missing or damaged; the message says which."""


def pinned(file: Path, sha256: str) -> bytes:
    """Raises WeightsUnusable."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise WeightsUnusable(f"{file} is missing ({error.strerror}); install Lienzo again") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise WeightsUnusable(f"{file} is damaged: its SHA-256 is not the one Lienzo was released with; install again")
    return data
