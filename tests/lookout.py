"""What a test sees of a generation's message."""

from bot.rehearsal import Message


def can_be_cancelled(message: Message) -> bool:
    """It waits or is drawn: the button says so."""
    return any(str(button.get("custom_id", "")).startswith("lienzo:cancel:") for button in message.buttons)
