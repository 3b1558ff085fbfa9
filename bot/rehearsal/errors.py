"""What can go wrong, for the bot and for the people at the page.

RehearsalError
├── PortTaken            another program listens on that port
├── ApiError             the answer a bot gets: HTTP status, Discord's code, and the fields at fault
└── MemberActionError    what a member tried is impossible; the text is what their Discord client would show
    ├── UnknownCommand
    ├── InvalidOptions   one message per option, in `problems`
    ├── InvalidModal     the same for the fields of a form
    ├── NotAllowed       the member lacks a permission, or the place forbids it
    └── NoSuchTarget     no such message, button, menu or member
"""

from __future__ import annotations

from typing import Any


class RehearsalError(Exception):
    """Something in the rehearsal went wrong."""


class PortTaken(RehearsalError):
    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is already in use by another program.")
        self.port = port


class ApiError(RehearsalError):
    """An HTTP answer that refuses, in Discord's own shape."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        errors: dict[str, Any] | None = None,
        extra: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.extra = extra or {}
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"message": self.message, "code": self.code, **self.extra}
        if self.errors is not None:
            body["errors"] = self.errors
        return body


# The refusals a bot meets, with the status and code it must be able to tell apart.
REFUSALS: dict[int, tuple[int, str]] = {
    0: (404, "404: Not Found"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    10066: (404, "Unknown application command permissions"),
    20001: (403, "Bots cannot use this endpoint"),
    20009: (400, "Explicit content cannot be sent to the desired recipient(s)"),
    30032: (400, "Maximum number of application commands reached (100)."),
    30034: (429, "Max number of daily application command creates has been reached (200)"),
    40001: (401, "Unauthorized"),
    40005: (413, "Request entity too large"),
    40094: (400, "This interaction has reached the maximum number of follow up messages"),
    40060: (400, "Interaction has already been acknowledged."),
    40333: (403, "internal network error"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50016: (400, "Provided too few or too many messages to delete. Must provide at least 2 and at most 100 messages."),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50045: (400, "File uploaded exceeds the maximum size"),
    50109: (400, "The request body contains invalid JSON."),
    50146: (400, "Uploaded file not found."),
    160002: (403, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (403, "Thread is locked"),
}


def refuse(code: int, message: str | None = None) -> ApiError:
    """The refusal for one of Discord's codes."""
    status, default = REFUSALS[code]
    return ApiError(status, code, message or default)


class FormErrors:
    """Collects what is wrong with a request body, field by field, and raises it all as one 50035."""

    def __init__(self) -> None:
        self._tree: dict[str, Any] = {}

    def add(self, path: str, code: str, message: str) -> None:
        """`path` has dots between its parts, as in `components.0.label`."""
        node = self._tree
        for part in path.split("."):
            node = node.setdefault(part, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def graft(self, path: str, other: FormErrors) -> None:
        """Takes over what another collector found, below a path."""
        if other:
            self._tree.setdefault(path, {}).update(other._tree)

    def length(self, path: str, value: str, low: int, high: int) -> None:
        if not low <= len(value) <= high:
            if low == 0:
                self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
            else:
                self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")

    def required(self, path: str) -> None:
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def between(self, path: str, value: object, low: int, high: int) -> None:
        """A whole number within bounds; left out is always fine."""
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int):
            self.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif value < low:
            self.add(path, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {low}.")
        elif value > high:
            self.add(path, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {high}.")

    def link(self, path: str, url: object, schemes: tuple[str, ...]) -> None:
        """A URL that a client may open or load."""
        if isinstance(url, str) and not url.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            listed = ", ".join(f"'{scheme}'" for scheme in schemes)
            self.add(path, "URL_TYPE_INVALID_SCHEME", f"Scheme must be one of ({listed}).")

    def choice(self, path: str, allowed: tuple[object, ...]) -> None:
        listed = ", ".join(str(item) for item in allowed)
        self.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")

    def text(self, path: str, value: object, low: int, high: int, *, optional: bool = False) -> None:
        """A field that must hold a text of a certain length."""
        if value is None:
            if not optional:
                self.required(path)
        elif not isinstance(value, str):
            self.add(path, "STRING_TYPE_CONVERT", f"Could not interpret {value!r} as string.")
        else:
            self.length(path, value, low, high)

    def __bool__(self) -> bool:
        return bool(self._tree)

    def raise_if_any(self) -> None:
        if self._tree:
            status, message = REFUSALS[50035]
            raise ApiError(status, 50035, message, errors=self._tree)


class MemberActionError(RehearsalError):
    """A member tried something that their Discord client does not let them do."""


class UnknownCommand(MemberActionError):
    pass


class InvalidOptions(MemberActionError):
    """`problems` maps the name of an option to the text shown beside it."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" if name else text for name, text in problems.items()))
        self.problems = problems


class InvalidModal(InvalidOptions):
    pass


class NotAllowed(MemberActionError):
    pass


class NoSuchTarget(MemberActionError):
    pass
