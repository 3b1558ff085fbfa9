"""What the page is told: the wire's objects, with what a Discord client would know besides."""

from __future__ import annotations

from typing import Any

from bot.rehearsal import world as w
from bot.rehearsal.hub import Hub
from bot.rehearsal.interactions import AUTOCOMPLETE, InteractionRecord
from bot.rehearsal.languages import translated
from bot.rehearsal.messages import Message
from bot.rehearsal.world import Channel, Guild, Member

Json = dict[str, Any]
SHOWN_MESSAGES = 200


class PageView:
    """The rehearsal as one member sees it."""

    def __init__(self, hub: Hub, viewer: Member) -> None:
        self._hub = hub
        self.viewer = viewer

    def state(self) -> Json:
        """Everything a page needs when it opens."""
        channels = self._visible()
        guilds = self._guilds()
        return {
            "kind": "state",
            "guilds": [self._guild(guild) for guild in guilds],
            "bot": person(w.BOT),
            "online": self._hub.gateway.online,
            "viewer": person(self.viewer),
            "people": [person(member) for member in self._hub.world.people],
            "channels": [self._channel(channel) for channel in channels],
            "roles": [
                {"id": str(role.id), "guild_id": str(guild.id), "name": role.name, "color": role.color}
                for guild in guilds
                for role in guild.roles
            ],
            "commands": self.commands(),
            "messages": [m for channel in channels for m in self._messages(channel)],
            "interactions": [
                self.interaction(record)
                for record in self._hub.records.values()
                if record.member == self.viewer and not record.answered and record.kind != AUTOCOMPLETE
            ],
        }

    def _guilds(self) -> list[Guild]:
        """The viewer's servers. One without the bot is worth a look only with commands that members bring along."""
        everything = self._hub.commands.all
        brings = self.viewer.brings_app and any(1 in command["integration_types"] for command in everything)
        return [g for g in self._hub.world.guilds if g.holds(self.viewer) and (g.installed or brings)]

    def _guild(self, guild: Guild) -> Json:
        return {
            "id": str(guild.id),
            "key": guild.key,
            "name": guild.name,
            "locale": guild.locale,
            "installed": guild.installed,
            "owner_id": str(guild.owner_id),
            "people": [str(member.id) for member in guild.everyone],
        }

    def _visible(self) -> list[Channel]:
        world, guilds = self._hub.world, {guild.id for guild in self._guilds()}
        return [c for c in world.channels if world.sees(self.viewer, c) and (not c.in_guild or c.guild_id in guilds)]

    def _messages(self, channel: Channel) -> list[Json]:
        shown = [m for m in self._hub.log.in_channel(channel.id) if m.visible_to(self.viewer)]
        return [self.message(message) for message in shown[-SHOWN_MESSAGES:]]

    def _channel(self, channel: Channel) -> Json:
        allowed = self._hub.world.permissions(self.viewer, channel)
        return {
            "id": str(channel.id),
            "name": channel.key,
            "topic": channel.topic,
            "guild_id": str(channel.guild_id) if channel.in_guild else None,
            "parent_id": str(channel.parent_id) if channel.parent_id else None,
            "nsfw": self._hub.world.is_age_restricted(channel),
            "direct": not channel.in_guild,
            "bot_sends": bool(self._hub.world.permissions(w.BOT, channel) & w.SEND_MESSAGES),
            "can_send": bool(allowed & w.SEND_MESSAGES),
            "can_manage": bool(allowed & w.MANAGE_MESSAGES),
        }

    def commands(self) -> list[Json]:
        """All commands, each with the channels where this member may use it."""
        world, channels = self._hub.world, self._visible()
        return [
            translated(command, self.viewer.locale)
            | {
                "usable_in": [
                    str(c.id) for c in channels if not self._hub.commands.why_not(command, self.viewer, c, world)
                ]
            }
            for command in self._hub.commands.all
        ]

    def message(self, message: Message) -> Json:
        fields = self._hub.wire.message(message)
        fields["loading"] = message.loading
        fields["ephemeral"] = message.ephemeral
        origin = message.provenance
        if origin is not None:
            fields["used"] = {
                "user_id": str(origin.user_id),
                "name": origin.name,
                "slash": origin.type == 2 and origin.target_message_id is None,
                "menu": origin.target_message_id is not None,
                "component": origin.type == 3,
            }
        return fields

    def interaction(self, record: InteractionRecord) -> Json:
        """How something this member did is going."""
        modal = record.modal
        return {
            "id": str(record.id),
            "type": record.kind,
            "name": record.name,
            "slash": record.command_kind == 1,
            "channel_id": str(record.channel.id),
            "created_at": record.created_at,
            "answered": record.answered,
            "error": record.error,
            "source_id": str(record.source.id) if record.source else None,
            "custom_id": record.data.get("custom_id"),
            "modal": {"title": modal.title, "custom_id": modal.custom_id, "components": modal.components}
            if modal
            else None,
        }


def person(member: Member) -> Json:
    return {
        "id": str(member.id),
        "key": member.key,
        "name": member.name,
        "color": member.color,
        "bot": member.bot,
        "about": member.about,
        "locale": member.locale,
        "adult": member.adult,
        "roles": [str(role) for role in member.roles],
    }
