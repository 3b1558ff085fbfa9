"""What can go wrong in the engine.

InferenceError
  RequestInvalid        the request cannot be drawn as it stands; names the field and what is allowed
  CheckpointUnusable    these weights cannot be loaded; the other checkpoints keep working
  EngineOverloaded      the engine holds as many jobs as it may
  EngineClosed          the engine is stopping and takes nothing new; what it had not finished ends with this too
  JobCancelled          somebody cancelled this job before its picture was finished
  GenerationFailed      this one job failed; no other job is touched
  EngineDead            the engine itself failed; every job ends with this and nothing new is taken
"""

from __future__ import annotations


class InferenceError(Exception):
    """The base of everything the engine raises on purpose."""


class RequestInvalid(InferenceError):
    """``field`` is the name of the ImageRequest field; the message says what is allowed. ``code`` and ``values`` say
    the same to whoever words it in another language; "" where only the message does."""

    def __init__(self, field: str, message: str, code: str = "", **values: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code
        self.values = values


class CheckpointUnusable(InferenceError):
    def __init__(self, checkpoint: str, reason: str) -> None:
        super().__init__(f"checkpoint {checkpoint!r} cannot be used: {reason}")
        self.checkpoint = checkpoint
        self.reason = reason


class EngineOverloaded(InferenceError):
    pass


class EngineClosed(InferenceError):
    pass


class JobCancelled(InferenceError):
    pass


class GenerationFailed(InferenceError):
    pass


class EngineDead(InferenceError):
    pass


def first_line(error: BaseException) -> str:
    """What the libraries say at length."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]


def reason(error: BaseException) -> str:
    """The same without the kind of error, unless there is nothing else."""
    text = str(error).strip()
    return text.splitlines()[0][:200] if text else type(error).__name__
