"""What moderators do to channels while a bot is at work, and how Discord tells it."""

from __future__ import annotations

from collections.abc import Callable

from bot.rehearsal import world as w
from bot.rehearsal.errors import NoSuchTarget
from bot.rehearsal.gateway import GUILDS
from bot.rehearsal.hub import Hub
from bot.rehearsal.world import Channel


class Upheavals:
    """Each of them changes `places` and is dispatched to the bot; `end` undoes them all."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._places = hub.world.places

    def delete(self, channel: Channel) -> None:
        """With its threads, and with everything in them."""
        gone = [c for c in self._hub.world.channels if channel.id in (c.id, c.parent_id)]
        shown = [(one, self._hub.wire.channel(one)) for one in gone]
        self._places.deleted |= {one.id for one in gone}
        for one, fields in shown:
            self._tell("THREAD_DELETE" if one.is_thread else "CHANNEL_DELETE", one, fields)

    def deny(self, channel: Channel, permissions: int) -> None:
        """The bot loses permissions in a channel, or with 0 gets back what its roles give it."""
        self._places.denied[channel.id] = permissions
        self._update(channel)

    def archive(self, thread: Channel, *, locked: bool = False) -> None:
        self._check_thread(thread)
        self._places.archived.add(thread.id)
        if locked:
            self._places.locked.add(thread.id)
        self._update(thread)

    def reopen(self, thread: Channel) -> None:
        self._check_thread(thread)
        self._places.archived.discard(thread.id)
        self._places.locked.discard(thread.id)
        self._update(thread)

    def end(self) -> None:
        touched = self._places.deleted | set(self._places.denied) | self._places.archived | self._places.locked
        back = set(self._places.deleted)
        for marks in (self._places.deleted, self._places.archived, self._places.locked):
            marks.clear()
        self._places.denied.clear()
        for channel in self._hub.world.channels:
            if channel.id in touched and channel.in_guild:
                made = "THREAD_CREATE" if channel.is_thread else "CHANNEL_CREATE"
                changed = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
                self._tell(made if channel.id in back else changed, channel, self._hub.wire.channel(channel))

    def named(self, name: str) -> Callable[[Channel], None]:
        """As the page names them."""
        known: dict[str, Callable[[Channel], None]] = {
            "delete": self.delete,
            "close": lambda channel: self.deny(channel, w.VIEW_CHANNEL),
            "silence": lambda channel: self.deny(channel, w.SEND_MESSAGES),
            "no_files": lambda channel: self.deny(channel, w.ATTACH_FILES),
            "archive": self.archive,
            "lock": lambda channel: self.archive(channel, locked=True),
            "end": lambda _: self.end(),
        }
        if name not in known:
            raise NoSuchTarget(f"There is no upheaval {name!r}. There are: {', '.join(known)}.")
        return known[name]

    def _check_thread(self, channel: Channel) -> None:
        if not channel.is_thread:
            raise NoSuchTarget(f"#{channel.key} is no thread.")

    def _update(self, channel: Channel) -> None:
        event = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
        self._tell(event, channel, self._hub.wire.channel(channel))

    def _tell(self, event: str, channel: Channel, fields: dict[str, object]) -> None:
        guild = self._hub.world.guild_of(channel)
        if guild is not None and guild.installed:
            self._hub.gateway.dispatch(event, lambda _: fields, guild.id, intent=GUILDS)
        self._hub.changes.announce("places", channel)
