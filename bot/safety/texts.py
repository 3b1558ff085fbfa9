"""PromptTexts: everything of a request that the gate judges before anything is drawn."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bot.safety.normalise import canonical


@dataclass(frozen=True, slots=True)
class PromptTexts:
    """Every text of a request that reaches the model, with styles and wildcards already put in.

    has_upload: a picture goes in as well. is_multilingual: the model's text encoder reads more languages than English.
    is_guided: the model heeds a negative prompt; without guidance it does not.
    """

    prompt: str
    negative_prompt: str = ""
    prompt_2: str = ""
    negative_prompt_2: str = ""
    styles: tuple[str, ...] = ()
    has_upload: bool = False
    is_multilingual: bool = False
    is_guided: bool = True

    @property
    def wanted(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.prompt, self.prompt_2, *self.styles)))

    @property
    def refused(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.negative_prompt, self.negative_prompt_2)))

    def fingerprint(self) -> bytes:
        """SHA-256 of the canonical texts: tells repetitions apart without keeping the words."""
        texts = [self.prompt, self.negative_prompt]
        if self.prompt_2 or self.negative_prompt_2 or self.styles:
            texts += [self.prompt_2, self.negative_prompt_2, *self.styles]
        return hashlib.sha256("\0".join(map(canonical, texts)).encode()).digest()
