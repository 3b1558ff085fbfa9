"""Measured capacities on disk, so that a restart need not measure again. Losing the file costs seconds, never more."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from inference.capacity import Capacity

log = logging.getLogger(__name__)


def restore(capacity: Capacity, file: Path, fingerprint: str) -> None:
    """What was measured on another card, or with other versions, is not taken."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept["fingerprint"] == fingerprint:
            capacity.restore(kept["keys"])
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("%s cannot be read (%s); capacities are measured anew", file, error)


def save(capacity: Capacity, file: Path, fingerprint: str) -> None:
    keys = capacity.as_json()
    if not keys:
        return
    unfinished = file.with_suffix(".unfinished")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps({"fingerprint": fingerprint, "keys": keys}, indent=1), encoding="utf-8")
        unfinished.replace(file)
    except OSError as error:
        log.warning("%s cannot be written (%s)", file, error)
