"""Which words of a prompt the demonstration model does not know, so that its painter can say so."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from config import CheckpointSettings
from db import Generation
from inference.builtin import WEIGHTS
from inference.builtin.words import known_words, unknown_words


class Vocabulary:
    def __init__(self, checkpoints: Mapping[str, CheckpointSettings]) -> None:
        self._checkpoints = checkpoints

    def unknown_words(self, generation: Generation) -> tuple[str, ...]:
        """In their order; none for a checkpoint that was trained on the language as it is."""
        checkpoint = self._checkpoints.get(generation.parameters.checkpoint)
        if checkpoint is None or checkpoint.builtin != "builtin":
            return ()
        return unknown_words(generation.parameters.prompt, self._known)

    @cached_property
    def _known(self) -> frozenset[str]:
        return known_words(WEIGHTS)
