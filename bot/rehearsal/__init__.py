"""A loopback Discord: gateway, REST API and CDN on this computer, and a page that behaves like a Discord channel.

The real bot runs against it with no account and no change but where it connects to. It imports nothing of ours: it is a
Discord, not a part of the bot.
"""

from bot.rehearsal.certificates import HOSTS
from bot.rehearsal.errors import (
    ApiError,
    InvalidModal,
    InvalidOptions,
    MemberActionError,
    NoSuchTarget,
    NotAllowed,
    PortTaken,
    RehearsalError,
    UnknownCommand,
)
from bot.rehearsal.faults import Faults
from bot.rehearsal.interactions import Choice, InteractionRecord, Modal
from bot.rehearsal.messages import Message, Version
from bot.rehearsal.rehearsal import Credentials, Rehearsal
from bot.rehearsal.slash_line import parse_slash_line

__all__ = [
    "HOSTS",
    "ApiError",
    "Choice",
    "Credentials",
    "Faults",
    "InteractionRecord",
    "InvalidModal",
    "InvalidOptions",
    "MemberActionError",
    "Message",
    "Modal",
    "NoSuchTarget",
    "NotAllowed",
    "PortTaken",
    "Rehearsal",
    "RehearsalError",
    "UnknownCommand",
    "Version",
    "parse_slash_line",
]
