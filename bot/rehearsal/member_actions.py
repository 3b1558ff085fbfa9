"""Everything a member can do, with the checks that their Discord client makes before anything is sent."""

from __future__ import annotations

from typing import Any

from bot.rehearsal import command_rules as r
from bot.rehearsal import interactions as i
from bot.rehearsal import world as w
from bot.rehearsal.attachments import Attachment, Upload
from bot.rehearsal.commands import installations
from bot.rehearsal.components import BUTTON, LINK_STYLE, SELECTS, STRING_SELECT
from bot.rehearsal.errors import InvalidOptions, NoSuchTarget, NotAllowed, UnknownCommand
from bot.rehearsal.hub import Hub
from bot.rehearsal.interactions import InteractionRecord
from bot.rehearsal.member_options import OptionReader, choose
from bot.rehearsal.message_rules import Draft, NewFile
from bot.rehearsal.messages import TYPE_REPLY, Message
from bot.rehearsal.modal_answers import fill_in
from bot.rehearsal.world import Channel, Member

Json = dict[str, Any]


class MemberActions:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    # Commands

    def slash(self, name: str, options: dict[str, Any], member: Member, channel: Channel) -> InteractionRecord:
        self._check_sees(member, channel)
        given = dict(options)
        # Among all commands: one that exists, but not for this member or place, deserves to be told why.
        chosen = choose(self._hub.commands.all, name, given)
        problem = self._hub.commands.why_not(chosen.command, member, channel, self._hub.world)
        if problem is not None:
            raise NotAllowed(problem)
        reader = OptionReader(self._hub, member, channel)
        filled = reader.read(chosen.options, given)
        data = chosen.data(filled, reader.resolved)
        owners = installations(chosen.command, member, channel, self._hub.world)
        return self._hub.start(i.COMMAND, chosen.full_name, data, member, channel, owners=owners)

    def ask_for_choices(
        self, name: str, options: dict[str, Any], focused: str, member: Member, channel: Channel
    ) -> InteractionRecord:
        """Asks the bot what could stand in the focused option."""
        self._check_sees(member, channel)
        given = dict(options)
        chosen = choose(self._hub.commands.offered(member, channel, self._hub.world), name, given)
        option = next((o for o in chosen.options if o["name"] == focused), None)
        if option is None or not option.get("autocomplete"):
            raise NoSuchTarget(f"/{chosen.full_name} suggests nothing for {focused!r}.")
        reader = OptionReader(self._hub, member, channel)
        filled = reader.read(chosen.options, given, focused=focused)
        self._hub.forget_autocompletes()
        data = chosen.data(filled, reader.resolved)
        owners = installations(chosen.command, member, channel, self._hub.world)
        return self._hub.start(i.AUTOCOMPLETE, chosen.full_name, data, member, channel, owners=owners)

    def context_menu(
        self, name: str, member: Member, channel: Channel, *, message: Message | None, user: Member | None
    ) -> InteractionRecord:
        kind = r.MESSAGE_MENU if message is not None else r.USER_MENU
        command = next((c for c in self._hub.commands.all if c["name"] == name and c["type"] == kind), None)
        if command is None:
            known = ", ".join(c["name"] for c in self._hub.commands.all if c["type"] == kind)
            raise UnknownCommand(f"There is no menu entry {name!r}. There are: {known or 'none'}.")
        problem = self._hub.commands.why_not(command, member, channel, self._hub.world)
        if problem is not None:
            raise NotAllowed(problem)
        reader = OptionReader(self._hub, member, channel)
        if message is not None:
            if message.ephemeral:
                raise NotAllowed("Messages that only you can see have no apps menu.")
            target_id = message.id
            # The target of a menu is shown to the bot in full, whatever its intents.
            reader.resolved.add("messages", message.id, self._hub.wire.message(message))
        else:
            assert user is not None
            target_id = user.id
            reader.resolve(r.USER, user)
        data: Json = {
            "id": command["id"],
            "name": name,
            "type": kind,
            "target_id": str(target_id),
            "resolved": reader.resolved.parts,
        }
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        links = {
            "target_message_id": message.id if message else None,
            "command_kind": kind,
            "owners": installations(command, member, channel, self._hub.world),
        }
        return self._hub.start(i.COMMAND, name, data, member, channel, **links)

    # Components and forms

    def press(self, message: Message, custom_id: str, member: Member) -> InteractionRecord:
        part = self._component(message, custom_id)
        if part["type"] != BUTTON or part["style"] == LINK_STYLE:
            raise NoSuchTarget(f"{custom_id!r} is not a button that can be pressed.")
        data = {"custom_id": custom_id, "component_type": BUTTON, "id": part["id"]}
        return self._use(message, custom_id, data, member)

    def select(self, message: Message, custom_id: str, values: list[Any], member: Member) -> InteractionRecord:
        part = self._component(message, custom_id)
        if part["type"] not in SELECTS:
            raise NoSuchTarget(f"{custom_id!r} is not a menu.")
        reader = OptionReader(self._hub, member, self._channel(message))
        chosen = pick(part, values, reader)
        data: Json = {"custom_id": custom_id, "component_type": part["type"], "id": part["id"], "values": chosen}
        if reader.resolved.parts:
            data["resolved"] = reader.resolved.parts
        return self._use(message, custom_id, data, member)

    def _use(self, message: Message, custom_id: str, data: Json, member: Member) -> InteractionRecord:
        channel = self._channel(message)
        # Whoever presses it, the application is there by the installation that put the message there.
        owners = message.provenance.owners if message.provenance else ()
        owners = owners or installations(None, member, channel, self._hub.world)
        links = {"source": message, "command_kind": 0, "owners": owners}
        return self._hub.start(i.COMPONENT, custom_id, data, member, channel, **links)

    def submit_modal(self, record: InteractionRecord, fields: dict[str, Any], member: Member) -> InteractionRecord:
        if record.modal is None:
            raise NoSuchTarget("The bot has not opened a form.")
        if member != record.member:
            raise NotAllowed("Only the person who sees the form can send it.")
        reader = OptionReader(self._hub, member, record.channel)
        components = fill_in(record.modal, fields, reader, pick)
        data: Json = {"custom_id": record.modal.custom_id, "components": components}
        if reader.resolved.parts:
            data["resolved"] = reader.resolved.parts
        return self._hub.start(
            i.MODAL_SUBMIT,
            record.name,
            data,
            member,
            record.channel,
            source=record.source,
            triggered_by=record,
            command_kind=record.command_kind,
            owners=record.owners,
        )

    # Talking

    def say(
        self, content: str, member: Member, channel: Channel, files: list[Upload], reply_to: Message | None
    ) -> Message:
        self._check_sees(member, channel)
        if not self._hub.world.permissions(member, channel) & w.SEND_MESSAGES:
            raise NotAllowed("You do not have permission to send messages in this channel.")
        content = content.strip()
        if not content and not files:
            raise InvalidOptions({"": "Write something first."})
        if len(content) > 2000:
            raise InvalidOptions({"": "Your message is too long. The limit is 2000 characters."})
        new = tuple(NewFile(file, None, False) for file in files)
        draft = Draft(content, (), (), 0, (), {}, new, None, False)
        type_ = TYPE_REPLY if reply_to else 0
        return self._hub.publish(draft, channel, member, type_=type_, reply_to=reply_to.id if reply_to else None)

    def delete(self, message: Message, member: Member) -> None:
        """Takes a message away, or dismisses one that only this member sees."""
        channel = self._channel(message)
        mine = message.viewer_id == member.id or message.author == member
        if not mine and not self._hub.world.permissions(member, channel) & w.MANAGE_MESSAGES:
            raise NotAllowed("You do not have permission to delete this message.")
        self._hub.remove(message)

    def upload(self, file: Upload, member: Member, channel: Channel) -> Attachment:
        """A file for an option, before the command is sent."""
        return OptionReader(self._hub, member, channel).upload(file)

    # Finding things

    def _check_sees(self, member: Member, channel: Channel) -> None:
        if not self._hub.world.sees(member, channel):
            raise NotAllowed("You do not have access to this channel.")

    def _channel(self, message: Message) -> Channel:
        return self._hub.world.channel(message.channel_id)

    def find_message(self, id_: Message | int | str, member: Member) -> Message:
        message = id_ if isinstance(id_, Message) else self._hub.log.get(int(id_))
        if message is None or not message.visible_to(member):
            raise NoSuchTarget(f"{member.name} sees no message {getattr(id_, 'id', id_)}.")
        self._check_sees(member, self._channel(message))
        return message

    def _component(self, message: Message, custom_id: str) -> Json:
        part = message.component(custom_id)
        if part is None:
            known = ", ".join(repr(p["custom_id"]) for p in message.every_component() if "custom_id" in p)
            raise NoSuchTarget(f"The message has no component {custom_id!r}. It has: {known or 'none'}.")
        if part.get("disabled"):
            raise NotAllowed(f"{part.get('label') or custom_id} is disabled.")
        return part


def pick(part: Json, values: list[Any], reader: OptionReader) -> list[str]:
    """The values of a select, checked against what it offers."""
    low, high = part.get("min_values", 1), part.get("max_values", 1)
    if not low <= len(values) <= high:
        raise InvalidOptions({part["custom_id"]: f"Choose between {low} and {high}." if high > 1 else "Choose one."})
    if part["type"] == STRING_SELECT:
        offered = {option["value"] for option in part["options"]}
        wrong = [value for value in values if value not in offered]
        if wrong:
            raise InvalidOptions({part["custom_id"]: f"{wrong[0]!r} is not one of {', '.join(sorted(offered))}."})
        return [str(value) for value in values]
    kinds = {5: r.USER, 6: r.ROLE, 7: r.MENTIONABLE, 8: r.CHANNEL}
    return [reader.resolve(kinds[part["type"]], value) for value in values]
