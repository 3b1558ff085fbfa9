"""A policy: which action each category gets. The presets are data, policies.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.safety.verdict import Action

_PRESETS = Path(__file__).with_name("policies.toml")


@dataclass(frozen=True, slots=True)
class Policy:
    """``allowed``, ``denied``: phrases of the server. is_approved: a moderator has read this text and lets it pass."""

    name: str
    actions: Mapping[str, Action]
    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    is_approved: bool = False

    def action(self, category: str) -> Action:
        """Fixed categories, and those that nobody has thought of, are blocked."""
        return self.actions.get(category, Action.BLOCK)

    def changed(self, actions: Mapping[str, str]) -> Policy:
        """With other actions for some categories. Raises ValueError for what is no action or no category."""
        unknown = actions.keys() - self.actions.keys()
        if unknown:
            raise ValueError(f"{min(unknown)} is no category that a policy decides")
        return replace(self, actions={**self.actions, **{name: Action(action) for name, action in actions.items()}})

    def at_least(self, *others: Policy) -> Policy:
        """The strictest action of all of them for each category."""
        return replace(
            self,
            actions={
                category: max((action, *(other.action(category) for other in others)), key=lambda one: one.severity)
                for category, action in self.actions.items()
            },
        )


@lru_cache(maxsize=1)
def presets() -> Mapping[str, Policy]:
    """family, standard and mature."""
    return {
        name: Policy(name, {category: Action(action) for category, action in actions.items()})
        for name, actions in _content()["policies"].items()
    }


def family() -> Policy:
    return presets()["family"]


def suspicions() -> tuple[str, ...]:
    """Categories of which a suspicion counts."""
    return tuple(_content()["suspicion"]["categories"])


def can_steer(category: str) -> bool:
    return category in _content()["steering"]


def steering(categories: Iterable[str]) -> str:
    """Words for the negative prompt that lead away from all of these, each once."""
    words = (word.strip() for category in categories for word in _content()["steering"][category].split(","))
    return ", ".join(dict.fromkeys(words))


@lru_cache(maxsize=1)
def _content() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_PRESETS.read_text(encoding="utf-8"))
