"""How a preset is put into what a member typed."""

from __future__ import annotations

from bot.errors import InvalidRequest
from db.parameters import PresetUse
from inference.request import MAX_PROMPT_CHARACTERS

PLACE = "{prompt}"  # where what the member typed goes


def put_in(use: PresetUse) -> tuple[str, str]:
    """The prompt and the negative prompt that are drawn. Raises InvalidRequest if they are too long together."""
    prompt = use.prompt.replace(PLACE, use.typed_prompt) if PLACE in use.prompt else ""
    texts = (prompt or _joined(use.typed_prompt, use.prompt), _joined(use.typed_negative_prompt, use.negative_prompt))
    for text in texts:
        if len(text) > MAX_PROMPT_CHARACTERS:
            count, most = str(len(text)), str(MAX_PROMPT_CHARACTERS)
            raise InvalidRequest("preset", "too-long-with-preset", name=use.name, count=count, most=most)
    return texts


def _joined(*texts: str) -> str:
    return ", ".join(text for text in texts if text)
