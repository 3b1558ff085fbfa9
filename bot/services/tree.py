"""The tree of a picture: what it was made from, back to the first one, and all that came of that, with what changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import NotFound
from bot.services.history import may_see
from bot.services.requester import Requester
from db import Database, Generation, generations, history
from db.parameters import Parameters

MOST_SHOWN = 40
MOST_ABOVE = 50  # generations back to the first one
_COMPARED = ("prompt", "negative_prompt", "checkpoint", "seed", "steps", "guidance", "sampler")


@dataclass(frozen=True, slots=True)
class Change:
    """name: of a parameter; of what few have: size, variation, upscale, picture, control, blend or loras. Texts for
    people."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Node:
    """depth: 0 is the first picture. changes: against the one it was made from. is_asked_for: the one in question."""

    generation: Generation
    depth: int
    changes: tuple[Change, ...]
    is_asked_for: bool


class Tree:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, requester: Requester, generation_id: int) -> list[Node]:
        """From the first picture on, each branch to its end before the next; at most MOST_SHOWN. What the requester may
        not see is left out, with what came of it. Raises NotFound."""
        asked = await generations.get(self._database, generation_id)
        if asked is None or not may_see(requester, asked):
            raise NotFound
        first = await self._first(requester, asked)
        nodes: list[Node] = []
        ahead: list[tuple[Generation, Generation | None, int]] = [(first, None, 0)]
        while ahead and len(nodes) < MOST_SHOWN:
            one, parent, depth = ahead.pop()
            changes = () if parent is None else tuple(_changes(parent, one))
            nodes.append(Node(one, depth, changes, one.id == generation_id))
            children = await history.children(self._database, one.id, limit=MOST_SHOWN)
            ahead += [(child, one, depth + 1) for child in reversed(children) if may_see(requester, child)]
        return nodes

    async def _first(self, requester: Requester, asked: Generation) -> Generation:
        first = asked
        for _ in range(MOST_ABOVE):
            parent = None if first.parent_id is None else await generations.get(self._database, first.parent_id)
            if parent is None or not may_see(requester, parent):
                break
            first = parent
        return first


def _changes(parent: Generation, child: Generation) -> Iterator[Change]:
    before, after = parent.parameters, child.parameters
    for name in _COMPARED:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Change(name, _text(old), _text(new))
    for name, old_text, new_text in zip(
        ("size", "variation", "upscale", "picture", "control", "blend", "loras"),
        _rare(before),
        _rare(after),
        strict=True,
    ):
        if old_text != new_text:
            yield Change(name, old_text, new_text)


def _rare(asked: Parameters) -> tuple[str, str, str, str, str, str, str]:
    return (
        f"{asked.width}×{asked.height}",
        f"{100 * sum(turn.strength for turn in asked.variations):.0f} %" if asked.variations else "",
        f"{asked.hires.width}×{asked.hires.height}" if asked.hires else "",
        "" if asked.strength is None else f"{100 * asked.strength:.0f} %",
        "" if asked.control is None else f"{asked.control.name} {100 * asked.control.scale:.0f} %",
        "" if asked.image_prompt is None else f"{asked.image_prompt.name} {100 * asked.image_prompt.scale:.0f} %",
        ", ".join(f"{lora.name} {lora.scale:g}" for lora in asked.loras),
    )


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
