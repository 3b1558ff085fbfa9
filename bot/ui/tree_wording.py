"""What a person reads of a picture's tree and of a server's statistics."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.server_stats import DAYS, ServerStats
from bot.services.tree import Change, Node
from bot.ui.language import say
from bot.ui.message import LONGEST, fitted
from bot.ui.sanitise import quoted

_TEXTS = ("prompt", "negative_prompt")


def tree(nodes: Sequence[Node]) -> str:
    lines = [say("tree-title")]
    for node in nodes:
        one = node.generation
        mark = "➤ " if node.is_asked_for else ""
        what = quoted(one.parameters.prompt, 80) if node.depth == 0 else ", ".join(map(_change, node.changes))
        indent = "\u2003" * node.depth + ("└ " if node.depth else "")
        line = f"{indent}{mark}`{one.id}` {say(f'kind-{one.kind.value}')} · {what or say('tree-same')}"
        if sum(map(len, lines)) + len(lines) + len(line) > LONGEST - 40:
            lines.append(say("tree-more"))
            break
        lines.append(line)
    return "\n".join(lines)


def _change(change: Change) -> str:
    name = say(f"change-{change.name}")
    if change.name in _TEXTS:
        return f"{name} {quoted(change.after, 60)}"
    if not change.before:
        return f"{name} {change.after}"
    return f"{name} {change.before} → {change.after or say('value-none')}"


def stats(of: ServerStats) -> str:
    lines = [say("stats-title", pictures=str(of.pictures), members=of.members, days=str(DAYS))]
    if of.favourites:
        lines.append(say("stats-favourites", count=str(of.favourites)))
    if of.seconds_each is not None:
        lines.append(say("stats-seconds", seconds=f"{of.seconds_each:.1f}"))
    if of.checkpoints:
        used = ", ".join(f"{name} ({count})" for name, count in of.checkpoints)
        lines.append(say("stats-checkpoints", list=used))
    return fitted(lines)
