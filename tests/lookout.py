"""What a test sees of a message."""

from typing import Any

from bot.rehearsal import Message
from bot.ui.board import PREVIEW_NAME


def can_be_cancelled(message: Message) -> bool:
    """It waits or is drawn: the button says so."""
    return any(str(button.get("custom_id", "")).startswith("lienzo:cancel:") for button in message.buttons)


def has_picture(message: Message) -> bool:
    """A finished one, and not an early look at it."""
    return any(file.filename != PREVIEW_NAME for file in message.attachments)


def texts(message: Message) -> str:
    """Everything that a message says, in its content or, with Components V2, in its layout."""
    found = [message.content]

    def walk(parts: Any) -> None:
        for part in parts:
            found.append(str(part.get("content", "")))
            walk(part.get("components", []))

    walk(message.components)
    return "\n".join(text for text in found if text)
