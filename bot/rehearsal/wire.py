"""How things look on the wire: the JSON objects that Discord sends for users, guilds, channels and messages."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from bot.rehearsal import world as w
from bot.rehearsal.atlas import Atlas
from bot.rehearsal.attachments import CDN, MEDIA_PROXY, Attachment, AttachmentStore
from bot.rehearsal.messages import FLAG_HAS_THREAD, Message, MessageLog, Provenance
from bot.rehearsal.world import Channel, Guild, Member, Role

Json = dict[str, Any]
INSTALLED_IN_GUILD, INSTALLED_BY_USER = "0", "1"
_FEATURES: list[str] = []


def timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def user(member: Member) -> Json:
    fields: Json = {
        "id": str(member.id),
        "username": member.username,
        "discriminator": "0000" if member.bot else "0",
        "global_name": None if member.bot else member.name,
        "avatar": None,
        "banner": None,
        "accent_color": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
    }
    if member.bot:
        fields |= {"bot": True, "username": member.name}
    return fields


def bot_account() -> Json:
    """The bot's own user, as only it sees it."""
    return user(w.BOT) | {"verified": True, "mfa_enabled": True, "email": None, "locale": "en-US"}


def guild_member(member: Member, guild: Guild, *, with_user: bool = True) -> Json:
    here = {role.id for role in guild.roles}
    fields: Json = {
        "roles": [str(role) for role in member.roles if role in here],
        "nick": None,
        "avatar": None,
        "banner": None,
        "joined_at": timestamp(w.FOUNDED),
        "premium_since": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
    return fields | {"user": user(member)} if with_user else fields


def role(one: Role) -> Json:
    return {
        "id": str(one.id),
        "name": one.name,
        "permissions": str(one.permissions),
        "position": one.position,
        "color": one.color,
        "colors": {"primary_color": one.color, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": one.managed,
        "mentionable": False,
        "flags": 0,
        "icon": None,
        "unicode_emoji": None,
        "tags": {"bot_id": str(w.APPLICATION_ID)} if one.managed else {},
    }


def emoji(given: Json) -> Json:
    """An emoji inside a component. A standard one has no id, not even a null."""
    return {key: value for key, value in given.items() if not (key == "id" and value is None)}


class Wire:
    def __init__(self, world: Atlas, log: MessageLog, files: AttachmentStore) -> None:
        self._world = world
        self._log = log
        self._files = files

    def channel(self, channel: Channel) -> Json:
        last = next((m for m in reversed(self._log.in_channel(channel.id)) if not m.deleted and not m.viewer_id), None)
        fields: Json = {
            "id": str(channel.id),
            "type": channel.type,
            "last_message_id": str(last.id) if last else None,
            "flags": 0,
        }
        if not channel.in_guild:
            recipient = self._world.member(channel.recipient_id or 0)
            return fields | {"recipients": [user(recipient)]}
        if channel.is_thread:
            return fields | self._thread(channel)
        return fields | {
            "guild_id": str(channel.guild_id),
            "name": channel.key,
            "topic": channel.topic or None,
            "position": channel.position,
            "nsfw": channel.nsfw,
            "parent_id": None,
            "rate_limit_per_user": 0,
            "permission_overwrites": self._overwrites(channel),
        }

    def _overwrites(self, channel: Channel) -> list[Json]:
        shown: list[Json] = [
            {"id": str(o.role_id), "type": 0, "allow": str(o.allow), "deny": str(o.deny)} for o in channel.overwrites
        ]
        if denied := self._world.places.denied.get(channel.id):
            shown.append({"id": str(w.BOT.id), "type": 1, "allow": "0", "deny": str(denied)})
        return shown

    def _thread(self, channel: Channel) -> Json:
        places = self._world.places
        return {
            "guild_id": str(channel.guild_id),
            "name": channel.key,
            "parent_id": str(channel.parent_id),
            "owner_id": str(channel.owner_id or w.OWNER.id),
            "rate_limit_per_user": 0,
            "message_count": len(self._log.in_channel(channel.id)),
            "member_count": 1,
            "total_message_sent": len(self._log.in_channel(channel.id)),
            "thread_metadata": {
                "archived": channel.id in places.archived,
                "locked": channel.id in places.locked,
                "auto_archive_duration": channel.archives_after_minutes,
                "archive_timestamp": timestamp(channel.created_at),
                "create_timestamp": timestamp(channel.created_at),
            },
        }

    def partial_channel(self, channel: Channel, member: Member) -> Json:
        """The channel inside an interaction: it says what the member may do there."""
        fields = self.channel(channel)
        if channel.in_guild:
            fields["permissions"] = str(self._world.permissions(member, channel))
        return fields

    def guild(self, guild: Guild) -> Json:
        welcomes = self._world.places.welcomes.get(guild.id)
        return {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "description": None,
            "home_header": None,
            "splash": None,
            "discovery_splash": None,
            "banner": None,
            "features": list(_FEATURES),
            "owner_id": str(guild.owner_id),
            "application_id": None,
            "region": "deprecated",
            "afk_channel_id": None,
            "afk_timeout": 300,
            "system_channel_id": None if welcomes is None else str(welcomes),
            "system_channel_flags": 0,
            "widget_enabled": False,
            "widget_channel_id": None,
            "verification_level": 0,
            "default_message_notifications": 1,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "max_presences": None,
            "max_members": 500000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "vanity_url_code": None,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "premium_progress_bar_enabled": False,
            "preferred_locale": guild.locale,
            "rules_channel_id": None,
            "safety_alerts_channel_id": None,
            "public_updates_channel_id": None,
            "hub_type": None,
            "incidents_data": None,
            "nsfw": False,
            "nsfw_level": 0,
            "roles": [role(one) for one in guild.roles],
            "emojis": [],
            "stickers": [],
        }

    def guild_create(self, guild: Guild, *, with_members: bool) -> Json:
        """What the gateway says about a guild. Without the members intent only the bot itself is listed."""
        members = guild.everyone if with_members else (w.BOT,)
        return self.guild(guild) | {
            "joined_at": timestamp(w.FOUNDED),
            "large": False,
            "unavailable": False,
            "member_count": len(guild.everyone),
            "members": [guild_member(member, guild) for member in members],
            "channels": [self.channel(channel) for channel in self._world.channels_of(guild)],
            "threads": [self.channel(thread) for thread in self._world.threads_of(guild)],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def application(self) -> Json:
        return {
            "id": str(w.APPLICATION_ID),
            "name": w.BOT_NAME,
            "icon": None,
            "description": "A bot in rehearsal",
            "summary": "",
            "type": None,
            "bot": user(w.BOT),
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "flags_new": "0",
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": user(w.OWNER),
            "team": None,
            "approximate_guild_count": len(self._world.installed),
            "approximate_user_install_count": sum(member.brings_app for member in self._world.people),
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "eligible_oauth2_scopes": [],
            "integration_types_config": {INSTALLED_IN_GUILD: {}, INSTALLED_BY_USER: {}},
        }

    def attachment(self, attachment: Attachment) -> Json:
        link = self._files.link(attachment)
        fields: Json = {
            "id": str(attachment.id),
            "filename": attachment.filename,
            "size": attachment.size,
            "url": CDN + link,
            "proxy_url": MEDIA_PROXY + link,
            "content_type": attachment.content_type,
            "flags": 8 if attachment.spoiler else 0,
        }
        if attachment.width:
            fields |= {"width": attachment.width, "height": attachment.height}
        if attachment.description is not None:
            fields["description"] = attachment.description
        if attachment.ephemeral:
            fields["ephemeral"] = True
        return fields

    def message(self, message: Message, *, nested: bool = False, hide_content: bool = False) -> Json:
        fields: Json = {
            "id": str(message.id),
            "type": message.type,
            "channel_id": str(message.channel_id),
            "author": user(message.author),
            "content": message.content,
            "timestamp": timestamp(message.created_at),
            "edited_timestamp": timestamp(message.edited_at) if message.edited_at else None,
            "tts": False,
            "pinned": False,
            "flags": message.flags,
            "mention_everyone": False,
            "mentions": [user(m) for m in self._mentioned(message.content)],
            "mention_roles": [],
            "attachments": [self.attachment(a) for a in message.attachments],
            "embeds": [self._with_links(embed, message) for embed in message.embeds],
            "components": [self._with_links(part, message) for part in message.components],
        }
        if message.flags & FLAG_HAS_THREAD and (thread := self._world.find_channel(message.id)):
            fields["thread"] = self.channel(thread)
        if message.nonce is not None:
            fields["nonce"] = message.nonce
        if message.provenance is not None:
            fields |= {
                "webhook_id": str(w.APPLICATION_ID),
                "application_id": str(w.APPLICATION_ID),
                "interaction_metadata": self._metadata(message.provenance),
            }
            if message.provenance.type == 2:
                fields["interaction"] = {
                    "id": str(message.provenance.interaction_id),
                    "type": 2,
                    "name": message.provenance.name,
                    "user": user(self._world.member(message.provenance.user_id)),
                }
        if message.reply_to is not None:
            fields["message_reference"] = {
                "type": 0,
                "channel_id": str(message.channel_id),
                "message_id": str(message.reply_to),
            }
            if not nested:
                origin = self._log.get(message.reply_to)
                shown = origin is not None and not origin.deleted
                fields["referenced_message"] = self.message(origin, nested=True) if origin and shown else None
        if hide_content:
            fields |= {"content": "", "embeds": [], "attachments": [], "components": []}
        return fields

    def _mentioned(self, content: str) -> list[Member]:
        found = (self._world.find_member(int(id_)) for id_ in dict.fromkeys(re.findall(r"<@!?(\d+)>", content)))
        return [member for member in found if member is not None]

    def _metadata(self, origin: Provenance) -> Json:
        fields: Json = {
            "id": str(origin.interaction_id),
            "type": origin.type,
            "user": user(self._world.member(origin.user_id)),
            "authorizing_integration_owners": dict(origin.owners),
        }
        for name in ("original_response_message_id", "interacted_message_id", "target_message_id"):
            value = getattr(origin, name.replace("response_message_id", "response_id"))
            if value is not None:
                fields[name] = str(value)
        if origin.triggered_by is not None:
            fields["triggering_interaction_metadata"] = self._metadata(origin.triggered_by)
        return fields

    def _with_links(self, part: Json, message: Message) -> Json:
        """Embeds and components with `attachment://name` resolved, and the media fields Discord fills in."""
        if not any(isinstance(value, dict | list) for value in part.values()):
            return part
        out: Json = {}
        if part.get("type") == 13:
            file = next((a for a in message.attachments if part["file"]["url"] == f"attachment://{a.filename}"), None)
            part = part | ({"name": file.filename, "size": file.size} if file else {})
        for key, value in part.items():
            if isinstance(value, list):
                out[key] = [self._with_links(item, message) if isinstance(item, dict) else item for item in value]
            elif isinstance(value, dict) and key != "emoji" and "url" in value:
                out[key] = self._media(value, message)
            elif isinstance(value, dict):
                out[key] = emoji(value) if key == "emoji" else self._with_links(value, message)
            else:
                out[key] = value
        return out

    def _media(self, media: Json, message: Message) -> Json:
        name = media["url"].removeprefix("attachment://")
        file = next((a for a in message.attachments if a.filename == name), None)
        if file is None or name == media["url"]:
            return {"proxy_url": media["url"], **media} | ({} if "id" in media else {"id": str(message.id)})
        sent = self.attachment(file)
        return media | {
            "id": str(file.id),
            "url": sent["url"],
            "proxy_url": sent["proxy_url"],
            "width": file.width,
            "height": file.height,
            "content_type": file.content_type,
            "attachment_id": str(file.id),
        }
