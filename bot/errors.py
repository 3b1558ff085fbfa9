"""What the bot raises on purpose.

UserFacingError              expected; answered to the person who asked, not alarmed about
  InvalidRequest             an option cannot be drawn; names it and says what is allowed
  PromptBlocked              the gate stopped the prompt
  PictureBlocked             the gate stopped the picture
  QuotaExceeded              not enough credits left; carries the balance and the cost
  TooManyWaiting             the member has as many pictures waiting as allowed
  ServerLineFull             in this server as many pictures wait as allowed
  NotAManager                only whoever may manage the server may do that
  SettingRefused             an option of a setting cannot be so; names it and says what is allowed
  NotAModerator              only whoever may manage messages in the server may do that
  NotAnOperator              only whoever runs this Lienzo may do that
  Restricted                 a moderator, or Lienzo itself, keeps the member from asking; carries until when and why
  CoolingDown                the gate stopped the member too often in a while; carries until when
  NotRestricted              there is nothing to lift
  CannotAppeal               no moderator can be asked about this; names why
  AlreadyDecided             the review is decided, or too old
  NotYours                   somebody else's generation
  NotFound                   no such generation
  AlreadyOver                it ended before it could be cancelled
  Closing                    Lienzo is stopping and takes nothing new
  ModelsBusy                 the models that answer at once have enough to do, or are at it for this member already
  NothingToSay               a model wrote nothing that may be shown
  NothingSelected            a model found nothing in a picture that words name, or nothing else than that
StartupError                 Lienzo cannot start; carries what to do about it

What a person reads is worded in bot/ui/wording.py; the messages here are for the terminal and the log.
"""

from __future__ import annotations

from bot.safety import Verdict
from db import Balance, GenerationState
from db.restrictions import Restriction
from inference import RequestInvalid


class UserFacingError(Exception):
    pass


class InvalidRequest(UserFacingError):
    """``code`` and ``values`` say why; they are worded as the message invalid-CODE."""

    def __init__(self, field: str, code: str, **values: str) -> None:
        super().__init__(f"{field}: {code} {values or ''}".rstrip())
        self.field = field
        self.code = code
        self.values = values

    @classmethod
    def by_engine(cls, error: RequestInvalid) -> InvalidRequest:
        if not error.code:
            return cls(error.field, "other", message=str(error))
        return cls(error.field, error.code, **error.values)


class PromptBlocked(UserFacingError):
    def __init__(self, verdict: Verdict) -> None:
        super().__init__(f"the safety gate stopped this prompt ({verdict.category})")
        self.verdict = verdict


class PictureBlocked(UserFacingError):
    def __init__(self, verdict: Verdict) -> None:
        super().__init__(f"the safety gate stopped this picture ({verdict.category})")
        self.verdict = verdict


class QuotaExceeded(UserFacingError):
    """``enough_at_ms``: when it will be paid for if nothing else is asked for until then; None: never."""

    def __init__(self, balance: Balance, cost_millicredits: int, enough_at_ms: int | None) -> None:
        super().__init__("not enough credits are left")
        self.balance = balance
        self.cost_millicredits = cost_millicredits
        self.enough_at_ms = enough_at_ms


class TooManyWaiting(UserFacingError):
    def __init__(self, balance: Balance) -> None:
        super().__init__("too many pictures are waiting already")
        self.balance = balance


class ServerLineFull(UserFacingError):
    def __init__(self, balance: Balance) -> None:
        super().__init__("too many pictures are waiting in this server already")
        self.balance = balance


class NotAManager(UserFacingError):
    pass


class SettingRefused(UserFacingError):
    """``code`` and ``values`` say why; they are worded as the message setting-CODE."""

    def __init__(self, option: str, code: str, **values: str) -> None:
        super().__init__(f"{option}: {code} {values or ''}".rstrip())
        self.option = option
        self.code = code
        self.values = values


class NotAModerator(UserFacingError):
    pass


class Restricted(UserFacingError):
    def __init__(self, restriction: Restriction) -> None:
        super().__init__("may not ask for pictures")
        self.restriction = restriction


class CoolingDown(UserFacingError):
    def __init__(self, until_ms: int) -> None:
        super().__init__("was stopped too often")
        self.until_ms = until_ms


class NotRestricted(UserFacingError):
    pass


class CannotAppeal(UserFacingError):
    """``why``: too-often, no-review-channel, not-here, forgotten or own."""

    def __init__(self, why: str) -> None:
        super().__init__(f"no moderator can be asked: {why}")
        self.why = why


class AlreadyDecided(UserFacingError):
    pass


class NotAnOperator(UserFacingError):
    pass


class NotYours(UserFacingError):
    pass


class NotYoursButRemix(NotYours):
    pass


class NotFound(UserFacingError):
    pass


class AlreadyOver(UserFacingError):
    def __init__(self, state: GenerationState) -> None:
        super().__init__(f"it is {state.value} already")
        self.state = state


class Closing(UserFacingError):
    pass


class ModelsBusy(UserFacingError):
    pass


class NothingToSay(UserFacingError):
    pass


class NothingSelected(UserFacingError):
    def __init__(self, words: str, *, is_everything: bool) -> None:
        super().__init__(f"{'all' if is_everything else 'nothing'} of the picture is what the words name")
        self.words = words
        self.is_everything = is_everything


class StartupError(Exception):
    """``hint`` says what to do."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(f"{what}. {hint}" if hint else what)
