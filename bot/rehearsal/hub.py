"""The hub: everything that is going on in the rehearsal, and the only place where messages come and go.

The bot's HTTP requests (`api/`) and the members' actions (`member_actions.py`) both end here; from here the gateway,
the page and the journal hear what changed.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

from bot.rehearsal import wire
from bot.rehearsal import world as w
from bot.rehearsal.atlas import Atlas
from bot.rehearsal.attachments import Attachment, AttachmentStore, Upload
from bot.rehearsal.changes import Changes
from bot.rehearsal.commands import CommandBook
from bot.rehearsal.faults import Faults, GatewayControls
from bot.rehearsal.gateway import DIRECT_MESSAGES, GUILD_MESSAGES, GUILDS, MESSAGE_CONTENT, Gateway, Session
from bot.rehearsal.interactions import AUTOCOMPLETE, COMMAND, FIRST_RESPONSE_SECONDS, InteractionRecord
from bot.rehearsal.message_rules import Draft, check
from bot.rehearsal.messages import FLAG_EPHEMERAL, FLAG_HAS_THREAD, TYPE_DEFAULT, Message, MessageLog, Provenance
from bot.rehearsal.snowflake import Clock, Snowflakes
from bot.rehearsal.wire import Wire
from bot.rehearsal.world import Channel, Member

Json = dict[str, Any]
NONCE_MEMORY_SECONDS = 5 * 60


class Hub:
    def __init__(self, clock: Clock, *, files_folder: Path | None, privileged_intents: int) -> None:
        self.clock = clock
        self.world = Atlas()
        self.ids = Snowflakes(clock)
        self.changes = Changes()
        self.faults = Faults()
        self.log = MessageLog()
        self.files = AttachmentStore(clock, self.ids, files_folder)
        self.commands = CommandBook(clock, self.ids)
        self.wire = Wire(self.world, self.log, self.files)
        self.gateway = Gateway(self.world, self.wire, self.faults, self.changes, privileged_intents)
        self.records: dict[int, InteractionRecord] = {}
        self.by_token: dict[str, InteractionRecord] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        gateway = self.gateway
        controls = GatewayControls(
            gateway.drop, gateway.ask_to_reconnect, gateway.ask_for_heartbeat, gateway.invalidate
        )
        self.faults.connect(controls, self._expire_token, self._expire_links)

    @property
    def reads_content(self) -> bool:
        """May the application read what members write?"""
        return bool(self.gateway.privileged_intents & MESSAGE_CONTENT)

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()

    # Messages

    def check(self, body: Json, files: dict[int, Upload], *, before: Message | None = None) -> Draft:
        """What Discord's rules say to a message body, at the file limit of the hour."""
        return check(body, files, before=before, file_limit=self.world.places.file_limit_bytes)

    def publish(
        self,
        draft: Draft,
        channel: Channel,
        author: Member,
        *,
        type_: int = TYPE_DEFAULT,
        reply_to: int | None = None,
        provenance: Provenance | None = None,
        viewer: Member | None = None,
        extra_flags: int = 0,
    ) -> Message:
        flags = draft.flags | extra_flags
        message = Message(
            self.ids.next(),
            channel.id,
            author,
            self.clock(),
            type_,
            draft.content,
            draft.embeds,
            draft.components,
            flags=flags,
            nonce=draft.nonce,
            reply_to=reply_to,
            provenance=provenance,
            viewer_id=viewer.id if viewer and flags & FLAG_EPHEMERAL else None,
        )
        message.attachments = self._store(draft, channel.id, message.ephemeral)
        message.mark_version(message.created_at)
        self.log.add(message)
        self.changes.announce("message", message)
        self._tell("MESSAGE_CREATE", message)
        return message

    def revise(self, message: Message, draft: Draft, *, edited: bool = True) -> Message:
        """Gives a message the state of a draft. Filling in a deferred reply is no edit that people are told of."""
        kept = tuple(
            self.files.describe(a, *draft.described[a.id]) if a.id in draft.described else a for a in draft.kept
        )
        message.content, message.embeds, message.components = draft.content, draft.embeds, draft.components
        message.attachments = kept + self._store(draft, message.channel_id, message.ephemeral)
        message.flags = draft.flags | message.flags & FLAG_HAS_THREAD
        if edited:
            message.edited_at = self.clock()
        message.mark_version(self.clock())
        self.changes.announce("message", message)
        self._tell("MESSAGE_UPDATE", message)
        return message

    def start_thread(self, message: Message, name: str, author: Member, *, archives_after_minutes: int) -> Channel:
        """Below the message's channel. The thread's id is the message's, which says from now on that it has one."""
        above = self.world.channel(message.channel_id)
        thread = Channel(
            message.id,
            name,
            above.guild_id,
            w.PUBLIC_THREAD,
            topic=f"A thread below #{above.key}",
            parent_id=above.id,
            created_at=self.clock(),
            owner_id=author.id,
            archives_after_minutes=archives_after_minutes,
        )
        self.world.places.started[thread.id] = thread
        message.flags |= FLAG_HAS_THREAD
        message.mark_version(self.clock())
        self.tell_thread("THREAD_CREATE", thread, newly_created=True)
        self.changes.announce("message", message)
        self._tell("MESSAGE_UPDATE", message)
        return thread

    def tell_thread(self, event: str, thread: Channel, **more: bool) -> None:
        if self.world.sees(w.BOT, thread):
            fields = self.wire.channel(thread) | more
            self.gateway.dispatch(event, lambda _: fields, thread.guild_id, intent=GUILDS)
        self.changes.announce("places", thread)

    def remove(self, message: Message) -> None:
        message.deleted = True
        self.changes.announce("message", message)
        channel = self.world.channel(message.channel_id)
        if not self.world.sees(w.BOT, channel):
            return
        fields = {"id": str(message.id), "channel_id": str(channel.id)}
        if channel.in_guild:
            fields["guild_id"] = str(channel.guild_id)
        intent = GUILD_MESSAGES if channel.in_guild else DIRECT_MESSAGES
        self.gateway.dispatch("MESSAGE_DELETE", lambda _: fields, channel.guild_id, intent=intent)

    def repeated(self, channel: Channel, author: Member, nonce: str) -> Message | None:
        """The message that was sent with the same nonce a short while ago."""
        since = self.clock() - NONCE_MEMORY_SECONDS
        for message in reversed(self.log.in_channel(channel.id)):
            if message.created_at < since:
                break
            if message.nonce == nonce and message.author == author:
                return message
        return None

    def _store(self, draft: Draft, channel_id: int, ephemeral: bool) -> tuple[Attachment, ...]:
        return tuple(
            self.files.add(
                channel_id, file.upload, description=file.description, spoiler=file.spoiler, ephemeral=ephemeral
            )
            for file in draft.new_files
        )

    def hides_content(self, message: Message) -> bool:
        """Without the message content intent a bot reads only its own words, direct messages and mentions of it."""
        channel = self.world.channel(message.channel_id)
        mine = message.author == w.BOT or not channel.in_guild or f"<@{w.BOT.id}>" in message.content
        return not (mine or self.reads_content)

    def _tell(self, event: str, message: Message) -> None:
        channel = self.world.channel(message.channel_id)
        guild = self.world.guild_of(channel)

        def shape(session: Session) -> Json:
            hidden = self.hides_content(message)
            if message.author != w.BOT and channel.in_guild and not session.intents & MESSAGE_CONTENT:
                hidden = hidden or f"<@{w.BOT.id}>" not in message.content
            fields = self.wire.message(message, hide_content=hidden)
            if guild is not None:
                fields["guild_id"] = str(guild.id)
                fields["member"] = wire.guild_member(message.author, guild, with_user=False)
            return fields

        if not self.world.sees(w.BOT, channel):
            return
        intent = GUILD_MESSAGES if channel.in_guild else DIRECT_MESSAGES
        self.gateway.dispatch(event, shape, channel.guild_id, intent=intent)

    # Interactions

    def start(
        self, kind: int, name: str, data: Json, member: Member, channel: Channel, **links: Any
    ) -> InteractionRecord:
        """A member did something: tells the bot, and waits for its first answer for as long as Discord would."""
        id_ = self.ids.next()
        token = secrets.token_urlsafe(96)
        record = InteractionRecord(id_, token, kind, name, member, channel, self.clock(), data, **links)
        self.keep(record)
        self.changes.announce("interaction", record)
        payload = self._payload(record)
        if self.faults.take_malformed():
            payload = {key: value for key, value in payload.items() if key != "attachment_size_limit"}
        if kind == COMMAND and self.faults.take_unknown_command():
            payload["data"] = {**data, "name": f"{data['name']}-renamed", "id": str(self.ids.next())}
        for _ in range(2 if self.faults.take_duplicate() else 1):
            self.gateway.dispatch("INTERACTION_CREATE", lambda _: payload, channel.guild_id)
        self._watch(record, FIRST_RESPONSE_SECONDS)
        return record

    def keep(self, record: InteractionRecord) -> None:
        self.records[record.id] = record
        self.by_token[record.token] = record

    def _watch(self, record: InteractionRecord, delay: float) -> None:
        def look() -> None:
            self._timers.discard(timer)
            if record.settled:
                return
            if record.too_late(self.clock()):
                self.give_up(record)
            else:
                # The clock is not the event loop's: it may have been set back, or stand still in a test.
                left = record.created_at + FIRST_RESPONSE_SECONDS - self.clock()
                self._watch(record, max(left, 0.05))

        timer = asyncio.get_running_loop().call_later(delay + 0.02, look)
        self._timers.add(timer)

    def give_up(self, record: InteractionRecord) -> None:
        record.give_up()
        self.changes.announce("interaction", record)

    def _payload(self, record: InteractionRecord) -> Json:
        channel, member = record.channel, record.member
        guild = self.world.guild_of(channel)
        fields: Json = {
            "id": str(record.id),
            "application_id": str(w.APPLICATION_ID),
            "type": record.kind,
            "token": record.token,
            "version": 1,
            "data": record.data,
            "channel": self.wire.partial_channel(channel, member),
            "channel_id": str(channel.id),
            "app_permissions": str(self.world.app_permissions(member, channel)),
            "locale": member.locale,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": dict(record.owners),
            "context": 0 if channel.in_guild else 1,
            "attachment_size_limit": self.world.places.file_limit_bytes,
        }
        if guild is not None:
            permissions = {"permissions": str(self.world.permissions(member, channel))}
            fields |= {
                "guild_id": str(guild.id),
                "guild_locale": guild.locale,
                "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
                "member": wire.guild_member(member, guild) | permissions,
            }
        else:
            fields["user"] = wire.user(member)
        if record.source is not None:
            fields["message"] = self.wire.message(record.source)
        return fields

    def _expire_token(self, interaction_id: int | None) -> None:
        for record in [self.records[interaction_id]] if interaction_id is not None else list(self.records.values()):
            record.token_expired = True
            self.changes.announce("interaction", record)

    def _expire_links(self) -> None:
        # Links are dated in whole seconds, so those of this very second must count as old too.
        self.files.expired_before = int(self.clock()) + 1

    def forget_autocompletes(self) -> None:
        """Suggestions are asked for at every keystroke and never looked at again."""
        for record in [r for r in self.records.values() if r.kind == AUTOCOMPLETE and r.settled]:
            del self.records[record.id], self.by_token[record.token]
