"""What Discord's refusals mean to a picture on its way: one table, from error code to what is to be done about it.

Codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes. What the table does not name is judged by
its HTTP status: Discord's own trouble (5xx) and too many requests (429) pass; what else it refuses, it refuses again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto

import aiohttp
import discord

from bot.services.board import NotPosted, TooLarge


class Meaning(Enum):
    LATER = auto()  # Discord's own trouble, or we were too fast: it passes
    NO_TOKEN = auto()  # the interaction's token opens nothing (any more, or yet): the channel still may
    NO_MESSAGE = auto()  # the message is gone for good; a fresh one may be sent
    ASLEEP = auto()  # in an archived thread, which can be woken
    TOO_LARGE = auto()  # the file is; a smaller one may pass
    NOWHERE = auto()  # the channel is gone, or closed to us: there is nowhere to post


_BY_CODE = {
    10003: Meaning.NOWHERE,  # unknown channel: deleted
    10004: Meaning.NOWHERE,  # unknown guild: we were removed
    10008: Meaning.NO_MESSAGE,  # unknown message: deleted
    10015: Meaning.NO_TOKEN,  # unknown webhook: no first response; also for seconds after one
    10062: Meaning.NO_TOKEN,  # unknown interaction
    30046: Meaning.LATER,  # too many edits of a message older than an hour
    40005: Meaning.TOO_LARGE,  # request entity too large
    50001: Meaning.NOWHERE,  # missing access: we do not see the channel
    50013: Meaning.NOWHERE,  # missing permissions: we may not send or attach
    50027: Meaning.NO_TOKEN,  # invalid webhook token: fifteen minutes are over
    50045: Meaning.TOO_LARGE,  # file uploaded exceeds the maximum size
    50083: Meaning.ASLEEP,  # the thread is archived
    130000: Meaning.LATER,  # the resource is overloaded
    160005: Meaning.NOWHERE,  # the thread is locked
}


def meaning(error: discord.HTTPException) -> Meaning:
    known = _BY_CODE.get(error.code)
    if known is not None:
        return known
    if error.status == 413:
        return Meaning.TOO_LARGE  # refused on the way, before Discord itself read it
    if error.status == 429 or error.status >= 500:
        return Meaning.LATER
    return Meaning.NOWHERE


def retry_after_seconds(error: discord.HTTPException) -> float:
    """How long Discord asks us to wait; 0 if it does not say."""
    try:
        return max(0.0, float(error.response.headers.get("Retry-After", "0")))
    except ValueError:
        return 0.0


@asynccontextmanager
async def as_not_posted() -> AsyncIterator[None]:
    """What Discord says and what the network does, as a NotPosted."""
    try:
        yield
    except discord.HTTPException as error:
        what = f"Discord refused it ({error.code} {error.text})" if error.code else f"Discord answered {error.status}"
        match meaning(error):
            case Meaning.TOO_LARGE:
                raise TooLarge(what) from error
            case Meaning.LATER:
                raise NotPosted(what, may_retry=True, after_seconds=retry_after_seconds(error)) from error
            case _:
                raise NotPosted(what, may_retry=False) from error
    except discord.RateLimited as error:
        raise NotPosted("Discord asks us to wait", may_retry=True, after_seconds=error.retry_after) from error
    except (OSError, aiohttp.ClientError) as error:
        raise NotPosted(f"{type(error).__name__}: {error}", may_retry=True) from error
    except LookupError as error:
        raise NotPosted(str(error), may_retry=False) from error
