"""What the page is told: the wire's objects, with what a Discord client would know besides."""

from __future__ import annotations

from typing import Any

from bot.rehearsal import world as w
from bot.rehearsal.commands import why_not
from bot.rehearsal.hub import Hub
from bot.rehearsal.interactions import AUTOCOMPLETE, InteractionRecord
from bot.rehearsal.messages import Message
from bot.rehearsal.world import Channel, Member

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
        return {
            "kind": "state",
            "guild": {"id": str(w.GUILD_ID), "name": w.GUILD_NAME},
            "bot": person(w.BOT),
            "online": self._hub.gateway.online,
            "viewer": person(self.viewer),
            "people": [person(member) for member in self._hub.world.people],
            "channels": [self._channel(channel) for channel in channels],
            "roles": [{"id": str(role.id), "name": role.name, "color": role.color} for role in self._hub.world.roles],
            "commands": self.commands(),
            "messages": [m for channel in channels for m in self._messages(channel)],
            "interactions": [
                self.interaction(record)
                for record in self._hub.records.values()
                if record.member == self.viewer and not record.answered and record.kind != AUTOCOMPLETE
            ],
        }

    def _visible(self) -> list[Channel]:
        world = self._hub.world
        return [c for c in world.channels if not c.is_thread and world.sees(self.viewer, c)]

    def _messages(self, channel: Channel) -> list[Json]:
        shown = [m for m in self._hub.log.in_channel(channel.id) if m.visible_to(self.viewer)]
        return [self.message(message) for message in shown[-SHOWN_MESSAGES:]]

    def _channel(self, channel: Channel) -> Json:
        allowed = self._hub.world.permissions(self.viewer, channel)
        return {
            "id": str(channel.id),
            "name": channel.key,
            "topic": channel.topic,
            "nsfw": channel.nsfw,
            "direct": not channel.in_guild,
            "can_send": bool(allowed & w.SEND_MESSAGES),
            "can_manage": bool(allowed & w.MANAGE_MESSAGES),
        }

    def commands(self) -> list[Json]:
        """All commands, each with the channels where this member may use it."""
        world, channels = self._hub.world, self._visible()
        return [
            command | {"usable_in": [str(c.id) for c in channels if not why_not(command, self.viewer, c, world)]}
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
    }
