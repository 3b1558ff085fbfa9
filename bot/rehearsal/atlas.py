"""Looks things up in the world, and says who may do what where."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.rehearsal import world as w
from bot.rehearsal.errors import NoSuchTarget
from bot.rehearsal.places import Places
from bot.rehearsal.world import Channel, Guild, Member, Overwrite, Role

# Where the application is a guest, it may do no more than show things, and only as far as its host may.
_AS_A_GUEST = w.VIEW_CHANNEL | w.SEND_MESSAGES | w.EMBED_LINKS | w.ATTACH_FILES | w.USE_EXTERNAL_EMOJIS


@dataclass(frozen=True, slots=True)
class Atlas:
    people: tuple[Member, ...] = w.PEOPLE
    guilds: tuple[Guild, ...] = w.GUILDS
    places: Places = field(default_factory=Places)
    _standing: tuple[Channel, ...] = field(init=False)
    _members: dict[int | str, Member] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        in_guilds = tuple(channel for guild in self.guilds for channel in guild.channels)
        object.__setattr__(self, "_standing", in_guilds + w.DIRECT_MESSAGES)
        for member in (*self.people, w.BOT):
            self._members[member.id] = member
            self._members[member.key] = member

    # Servers

    @property
    def installed(self) -> tuple[Guild, ...]:
        """The servers in which the bot is a member."""
        return tuple(guild for guild in self.guilds if guild.installed)

    def find_guild(self, id_: int | None) -> Guild | None:
        return next((guild for guild in self.guilds if guild.id == id_), None)

    def guild_of(self, channel: Channel) -> Guild | None:
        """None for direct messages."""
        return self.find_guild(channel.guild_id)

    def guild(self, where: Guild | int | str) -> Guild:
        """A server by key, name or id, as a caller of the Python API names it."""
        if isinstance(where, Guild):
            return where
        for guild in self.guilds:
            if str(where) in (str(guild.id), guild.key, guild.name):
                return guild
        raise NoSuchTarget(f"No server called {where!r}. There are: {', '.join(g.key for g in self.guilds)}.")

    def roles_of(self, channel: Channel) -> tuple[Role, ...]:
        guild = self.guild_of(channel)
        return guild.roles if guild is not None else ()

    # Members

    def find_member(self, id_: int) -> Member | None:
        return self._members.get(id_)

    def member(self, who: Member | int | str) -> Member:
        """A person by key, name or id, as a caller of the Python API names them."""
        if isinstance(who, Member):
            return who
        key: int | str = int(who) if isinstance(who, str) and who.isdigit() else who
        found = self._members.get(key.lower().lstrip("@") if isinstance(key, str) else key)
        if found is None:
            raise NoSuchTarget(f"No member called {who!r}. There are: {', '.join(m.key for m in self.people)}.")
        return found

    # Channels

    @property
    def channels(self) -> tuple[Channel, ...]:
        """All of them, with the threads that were started meanwhile."""
        return (*self._standing, *self.places.started.values())

    def channels_of(self, guild: Guild) -> list[Channel]:
        """A server's channels without its threads, in order."""
        return [c for c in guild.channels if not c.is_thread and c.id not in self.places.deleted]

    def threads_of(self, guild: Guild) -> list[Channel]:
        return [c for c in self.channels if c.guild_id == guild.id and c.is_thread and c.id not in self.places.deleted]

    def find_channel(self, id_: int) -> Channel | None:
        """None if there is none, or none any more."""
        return next((c for c in self.channels if c.id == id_ and c.id not in self.places.deleted), None)

    def channel(self, where: Channel | int | str, viewer: Member | None = None) -> Channel:
        """A channel by name or id; `dm` is the viewer's own conversation with the bot."""
        if isinstance(where, Channel):
            return where
        name = str(where).lstrip("#")
        for channel in self.channels:
            if str(channel.id) == name or (channel.key == name and channel.in_guild):
                return channel
            if channel.key == name and viewer is not None and channel.recipient_id == viewer.id:
                return channel
        known = ", ".join(channel.key for channel in self.channels if channel.in_guild)
        raise NoSuchTarget(f"No channel called {where!r}. There are: {known}.")

    def dm_with(self, member: Member) -> Channel:
        return next(channel for channel in self.channels if channel.recipient_id == member.id)

    def is_age_restricted(self, channel: Channel) -> bool:
        """A thread is as its channel."""
        return channel.nsfw or (channel.is_thread and self.channel(channel.parent_id or 0).nsfw)

    # Who may do what where

    def sees(self, member: Member, channel: Channel) -> bool:
        return bool(self.permissions(member, channel) & w.VIEW_CHANNEL)

    def permissions(self, member: Member, channel: Channel) -> int:
        """What a member may do in a channel: roles first, then the channel's exceptions."""
        if channel.id in self.places.deleted:
            return 0
        guild = self.guild_of(channel)
        if guild is None:
            return w.IN_DIRECT_MESSAGES if member.bot or member.id == channel.recipient_id else 0
        if not guild.holds(member):
            return 0
        if channel.is_thread:
            above = self.permissions(member, self.channel(channel.parent_id or 0))
            sends = above & w.SEND_MESSAGES_IN_THREADS
            return above & ~w.SEND_MESSAGES | (w.SEND_MESSAGES if sends else 0)
        held = {guild.id, *member.roles}
        granted = 0
        for role in guild.roles:
            if role.id in held:
                granted |= role.permissions
        if member.id == guild.owner_id or granted & w.ADMINISTRATOR:
            return w.ALL_PERMISSIONS
        everyone = next((o for o in channel.overwrites if o.role_id == guild.id), Overwrite(guild.id))
        granted = granted & ~everyone.deny | everyone.allow
        rest = [o for o in channel.overwrites if o.role_id in held and o.role_id != guild.id]
        for overwrite in rest:
            granted &= ~overwrite.deny
        for overwrite in rest:
            granted |= overwrite.allow
        if member.bot:
            granted &= ~self.places.denied.get(channel.id, 0)
        # Without these two, Discord grants nothing of what depends on them.
        if not granted & w.VIEW_CHANNEL:
            return 0
        return (
            granted if granted & w.SEND_MESSAGES else granted & ~(w.ATTACH_FILES | w.EMBED_LINKS | w.MENTION_EVERYONE)
        )

    def app_permissions(self, member: Member, channel: Channel) -> int:
        """What the application may do in answer to a member. As their guest it may do what they may, at most."""
        guild = self.guild_of(channel)
        if guild is not None and not guild.installed:
            return self.permissions(member, channel) & _AS_A_GUEST
        return self.permissions(w.BOT, channel)
