"""Which errors are foreseen: their message says everything, and no traceback is wanted.

The errors of the other parts are imported when something has failed: with them comes nearly all of Lienzo, which would
make every command start a second later.
"""

from __future__ import annotations


class CommandFailed(Exception):
    """A command could not do what was asked; the message says why and what to do."""


def said(error: BaseException) -> str:
    """What a person at the terminal is told of a foreseen error."""
    from bot.errors import InvalidRequest

    if isinstance(error, InvalidRequest):
        from bot.ui import wording

        return f"{error.field}: {wording.why(error)}"
    return str(error)


def is_foreseen(error: BaseException) -> bool:
    from bot.errors import StartupError, UserFacingError
    from bot.rehearsal.errors import RehearsalError
    from config import SettingsError
    from db.migrate import DatabaseUnusable
    from inference.errors import InferenceError

    return isinstance(
        error,
        CommandFailed
        | DatabaseUnusable
        | InferenceError
        | RehearsalError
        | SettingsError
        | StartupError
        | UserFacingError,
    )
