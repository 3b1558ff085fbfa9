"""Why a checkpoint cannot be used, as found deep inside; ``load_family`` makes a CheckpointUnusable of it."""

from __future__ import annotations

from collections.abc import Iterable


class Refused(Exception):
    """The message says why and what to do."""


def refuse_unfit(part: str, wrong: str, weights: Iterable[str]) -> None:
    """Raises Refused if there are any ``weights`` (names of tensors); ``wrong`` says what is wrong with them."""
    names = sorted(weights)
    if names:
        more = f" and {len(names) - 1} more" if names[1:] else ""
        raise Refused(f"the {part}'s weights do not fit its configuration ({wrong}: {names[0]}{more})")
