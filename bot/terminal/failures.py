"""Which errors are foreseen: their message says everything, and no traceback is wanted."""

from __future__ import annotations

from bot.errors import InvalidRequest, StartupError, UserFacingError
from bot.rehearsal.errors import RehearsalError
from config import SettingsError
from db.migrate import DatabaseUnusable
from inference.errors import InferenceError


class CommandFailed(Exception):
    """A command could not do what was asked; the message says why and what to do."""


FORESEEN = (
    CommandFailed,
    DatabaseUnusable,
    InferenceError,
    RehearsalError,
    SettingsError,
    StartupError,
    UserFacingError,
)


def said(error: BaseException) -> str:
    """What a person at the terminal is told of a foreseen error."""
    if isinstance(error, InvalidRequest):
        from bot.ui import wording  # loads discord.py, which most commands do without

        return f"{error.field}: {wording.why(error)}"
    return str(error)


def is_foreseen(error: BaseException) -> bool:
    return isinstance(error, FORESEEN)
