"""Which errors are foreseen: their message says everything, and no traceback is wanted."""

from __future__ import annotations

from bot.errors import StartupError, UserFacingError
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


def is_foreseen(error: BaseException) -> bool:
    return isinstance(error, FORESEEN)
