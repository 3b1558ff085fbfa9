"""The rehearsal as a whole: the loopback Discord, the page, and the members who use them.

async with Rehearsal() as discord:
    ...                                  # start the bot with discord.credentials
    await discord.bot_ready()
    record = await discord.slash("imagine", {"prompt": "a red circle"}, member="ada")
    await discord.wait_until(lambda: record.message and record.message.attachments)
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from bot.rehearsal import world as w
from bot.rehearsal.api.server import LOOPBACK, Server, discord_app
from bot.rehearsal.attachments import Upload
from bot.rehearsal.certificates import issue
from bot.rehearsal.faults import Faults
from bot.rehearsal.hub import Hub
from bot.rehearsal.interactions import Choice, InteractionRecord
from bot.rehearsal.journal import Journal
from bot.rehearsal.member_actions import MemberActions
from bot.rehearsal.messages import Message
from bot.rehearsal.page import Page
from bot.rehearsal.places import Places
from bot.rehearsal.rate_limits import RateLimits
from bot.rehearsal.snowflake import Clock
from bot.rehearsal.upheavals import Upheavals
from bot.rehearsal.world import Channel, Member

T = TypeVar("T")
Json = dict[str, Any]
Who = Member | int | str
Where = Channel | int | str
WhichMessage = Message | int | str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a bot needs to log in here instead of at Discord."""

    host: str
    port: int
    ca_file: Path
    bot_token: str
    application_id: int
    guild_id: int
    channel_id: int

    def as_json(self) -> str:
        return json.dumps(asdict(self), default=str)


class Rehearsal:
    """A Discord that lives on this computer. Use it as an asynchronous context manager."""

    def __init__(
        self,
        page_port: int = 0,
        discord_port: int = 0,
        state_dir: Path | None = None,
        clock: Clock = time.time,
        *,
        privileged_intents: int = 0,
    ) -> None:
        self._page_port = page_port
        self._discord_port = discord_port
        self._state_dir = state_dir
        self._clock = clock
        self._privileged_intents = privileged_intents
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._journal: Journal | None = None

    async def __aenter__(self) -> Self:
        folder = self._state_dir
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="lienzo-rehearsal-")
            folder = Path(self._temporary.name)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            await self._start(folder)
        except BaseException:
            self._forget()
            raise
        return self

    async def _start(self, folder: Path) -> None:
        ca_file, tls = issue(folder)
        files_folder = folder / "attachments" if self._state_dir is not None else None
        self.hub = Hub(self._clock, files_folder=files_folder, privileged_intents=self._privileged_intents)
        self.limits = RateLimits()
        self._members = MemberActions(self.hub)
        self._upheavals = Upheavals(self.hub)
        if self._state_dir is not None:
            self._journal = Journal(folder, self.hub)
            self._journal.open()
        self._server = Server(discord_app(self.hub, self.limits), self._discord_port, tls)
        self._page = Page(self.hub, self._members, self._upheavals)
        self._page_server = Server(self._page.app(), self._page_port)
        await self._server.start()
        try:
            await self._page_server.start()
        except BaseException:
            await self._server.stop()
            raise
        art = self.hub.world.channel("art")
        self.credentials = Credentials(
            LOOPBACK, self._server.port, ca_file, w.BOT_TOKEN, w.APPLICATION_ID, w.GUILD_ID, art.id
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hub.close()
        await self._page.close()
        await self._page_server.stop()
        await self.hub.gateway.close()
        await self._server.stop()
        self._forget()

    def _forget(self) -> None:
        if self._journal is not None:
            self._journal.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    # What there is

    @property
    def page_url(self) -> str:
        return f"http://{LOOPBACK}:{self._page_server.port}/"

    @property
    def faults(self) -> Faults:
        return self.hub.faults

    @property
    def places(self) -> Places:
        """What befalls channels: deleted, closed to the bot, archived; and how large files may be."""
        return self.hub.world.places

    def befall(self, what: str, channel: Where = "art") -> None:
        """`delete`, `close`, `silence`, `no_files`, `archive` or `lock` a channel, or `end` all of it.

        The bot is told, as Discord tells it; what is written to `places` directly comes as a surprise to it.
        """
        self._upheavals.named(what)(self.hub.world.channel(channel))

    def channel_id(self, channel: Where) -> int:
        return self.hub.world.channel(channel).id

    @property
    def commands(self) -> list[Json]:
        """The application commands as the bot synced them."""
        return self.hub.commands.all

    @property
    def bot_online(self) -> bool:
        return self.hub.gateway.online

    @property
    def interactions(self) -> list[InteractionRecord]:
        """Every interaction so far, oldest first."""
        return list(self.hub.records.values())

    def messages(self, channel: Where = "art", viewer: Who = "ada", *, include_deleted: bool = False) -> list[Message]:
        """What a member sees in a channel, oldest first."""
        member = self.hub.world.member(viewer)
        place = self.hub.world.channel(channel, member)
        if not self.hub.world.sees(member, place):
            return []
        shown = self.hub.log.in_channel(place.id)
        mine = [m for m in shown if m.viewer_id in (None, member.id)]
        return mine if include_deleted else [m for m in mine if not m.deleted]

    async def wait_until(self, predicate: Callable[[], T], timeout: float = 10) -> T:
        """The predicate's first true value; it is asked again whenever anything changes."""
        try:
            return await self.hub.changes.wait_until(predicate, timeout)
        except TimeoutError:
            raise TimeoutError(f"Nothing came of it within {timeout} s. {self._story()}") from None

    def _story(self) -> str:
        """The last things that happened, for whoever waited for something else."""
        lines = [f"The bot is {'online' if self.bot_online else 'offline'}."]
        for record in self.interactions[-3:]:
            outcome = record.error or (
                f"answered with type {record.response_type}" if record.answered else "unanswered"
            )
            lines.append(f"{record.member.name} used {record.name!r}: {outcome}.")
        for message in self.hub.log.everything()[-3:]:
            files = f" with {', '.join(a.filename for a in message.attachments)}" if message.attachments else ""
            lines.append(f"{message.author.name} wrote {message.content[:80]!r}{files}.")
        return " ".join(lines)

    async def bot_ready(self, timeout: float = 20) -> None:
        """Waits until a bot is on the gateway and its commands are known."""
        try:
            await self.wait_until(lambda: self.bot_online and self.hub.commands.ever_synced, timeout)
        except TimeoutError:
            state = "is connected, but has synced no commands" if self.bot_online else "has not connected"
            raise TimeoutError(f"After {timeout} s the bot {state}.") from None

    def permit(self, command: str, who_or_where: Who | Where, allowed: bool, guild: str = "rehearsal") -> None:
        """A server's moderators let a member, a role or a channel use a command, or keep it from them."""
        world = self.hub.world
        place = world.guild(guild)
        named = {role.name: role.id for role in place.roles} | {channel.key: channel.id for channel in place.channels}
        id_ = named.get(str(who_or_where)) or getattr(who_or_where, "id", None) or world.member(str(who_or_where)).id
        self.hub.commands.permit(place.id, command, id_, allowed)
        self.hub.changes.announce("commands", None)

    # What members do

    async def slash(
        self, name: str, options: dict[str, Any] | None = None, member: Who = "ada", channel: Where = "art"
    ) -> InteractionRecord:
        """Uses a slash command. Returns at once; the record changes as the bot answers."""
        who = self.hub.world.member(member)
        return self._members.slash(name, options or {}, who, self.hub.world.channel(channel, who))

    async def answered(self, record: InteractionRecord, timeout: float = 10) -> InteractionRecord:
        """Waits for the bot's first response, or for Discord to give up on it."""
        await self.wait_until(lambda: record.settled, timeout)
        return record

    async def autocomplete(
        self,
        name: str,
        options: dict[str, Any],
        focused: str,
        member: Who = "ada",
        channel: Where = "art",
    ) -> list[Choice]:
        who = self.hub.world.member(member)
        place = self.hub.world.channel(channel, who)
        record = self._members.ask_for_choices(name, options, focused, who, place)
        await self.answered(record)
        return record.choices or []

    async def press(self, message: WhichMessage, custom_id: str, member: Who = "ada") -> InteractionRecord:
        who = self.hub.world.member(member)
        return self._members.press(self._members.find_message(message, who), custom_id, who)

    async def select(
        self, message: WhichMessage, custom_id: str, values: Iterable[Any], member: Who = "ada"
    ) -> InteractionRecord:
        who = self.hub.world.member(member)
        chosen = [values] if isinstance(values, str) else list(values)
        return self._members.select(self._members.find_message(message, who), custom_id, chosen, who)

    async def submit_modal(
        self, record: InteractionRecord, fields: dict[str, Any], member: Who | None = None
    ) -> InteractionRecord:
        who = record.member if member is None else self.hub.world.member(member)
        return self._members.submit_modal(record, fields, who)

    async def context_menu(
        self,
        name: str,
        *,
        message_id: WhichMessage | None = None,
        user: Who | None = None,
        member: Who = "ada",
        channel: Where = "art",
    ) -> InteractionRecord:
        """A menu entry on a message, or with `user` on a person."""
        who = self.hub.world.member(member)
        if message_id is not None:
            message = self._members.find_message(message_id, who)
            place = self.hub.world.channel(message.channel_id)
            return self._members.context_menu(name, who, place, message=message, user=None)
        target = self.hub.world.member(user if user is not None else who)
        return self._members.context_menu(name, who, self.hub.world.channel(channel, who), message=None, user=target)

    async def say(
        self,
        content: str,
        member: Who = "ada",
        channel: Where = "art",
        *,
        files: Iterable[tuple[str, bytes]] = (),
        reply_to: WhichMessage | None = None,
    ) -> Message:
        """Writes an ordinary message."""
        who = self.hub.world.member(member)
        uploads = [Upload(*file) for file in files]
        target = self._members.find_message(reply_to, who) if reply_to is not None else None
        return self._members.say(content, who, self.hub.world.channel(channel, who), uploads, target)

    async def delete(self, message: WhichMessage, member: Who = "linus") -> None:
        """Deletes a message as a member would, or dismisses one that only they see."""
        who = self.hub.world.member(member)
        self._members.delete(self._members.find_message(message, who), who)
