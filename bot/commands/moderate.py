"""/moderate: what moderators do about members and pictures, and how they are told. /safety and /transparency: what
holds here, for everybody; managers change it."""

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.safety import Action, presets
from bot.services.moderation import MAX_REASON_CHARACTERS
from bot.services.safety_choices import Change
from bot.ui.language import described
from config import Settings
from db.phrases import PhraseKind

DURATIONS = ("10 minutes", "1 hour", "24 hours", "7 days", "30 days")
Reason = app_commands.Range[str, 1, MAX_REASON_CHARACTERS]
Member = discord.User | discord.Member


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, _settings: Settings) -> None:
    # Discord hides it from members who are no moderators; who may use it is decided by us, when it is used.
    moderate = app_commands.Group(
        name="moderate",
        description=described("command-moderate"),
        guild_only=True,
        default_permissions=discord.Permissions(manage_messages=True),
    )
    _members(moderate, desk)
    _pictures(moderate, desk)
    moderate.add_command(_phrases(desk))
    tree.add_command(moderate)
    tree.add_command(_safety(desk))

    @tree.command(name="transparency", description=described("command-transparency"))
    @app_commands.guild_only()
    async def transparency(interaction: discord.Interaction[Any]) -> None:
        await desk.safety.transparency(interaction)


def _members(moderate: app_commands.Group, desk: Desk) -> None:
    describe = {
        "member": described("option-moderated-member"),
        "reason": described("option-moderated-reason"),
        "everywhere": described("option-everywhere"),
    }

    @moderate.command(name="pause", description=described("command-moderate-pause"))
    @app_commands.describe(**describe, duration=described("option-duration"))
    @app_commands.choices(duration=[app_commands.Choice(name=name, value=name) for name in DURATIONS])
    async def pause(
        interaction: discord.Interaction[Any], member: Member, duration: str, reason: Reason, everywhere: bool = False
    ) -> None:
        await desk.moderation.pause(interaction, member.id, duration, reason, everywhere=everywhere)

    @moderate.command(name="ban", description=described("command-moderate-ban"))
    @app_commands.describe(**describe)
    async def ban(
        interaction: discord.Interaction[Any], member: Member, reason: Reason, everywhere: bool = False
    ) -> None:
        await desk.moderation.ban(interaction, member.id, reason, everywhere=everywhere)

    @moderate.command(name="unban", description=described("command-moderate-unban"))
    @app_commands.describe(**describe)
    async def unban(
        interaction: discord.Interaction[Any], member: Member, reason: Reason, everywhere: bool = False
    ) -> None:
        await desk.moderation.unban(interaction, member.id, reason, everywhere=everywhere)

    @moderate.command(name="note", description=described("command-moderate-note"))
    @app_commands.describe(member=describe["member"], text=described("option-note"))
    async def note(interaction: discord.Interaction[Any], member: Member, text: Reason) -> None:
        await desk.moderation.note(interaction, member.id, text)

    @moderate.command(name="history", description=described("command-moderate-history"))
    @app_commands.describe(member=describe["member"])
    async def history(interaction: discord.Interaction[Any], member: Member) -> None:
        await desk.moderation.history(interaction, member.id)

    @moderate.command(name="log", description=described("command-moderate-log"))
    async def log(interaction: discord.Interaction[Any]) -> None:
        await desk.moderation.log(interaction)


def _pictures(moderate: app_commands.Group, desk: Desk) -> None:
    @moderate.command(name="takedown", description=described("command-moderate-takedown"))
    @app_commands.describe(picture=described("option-picture-link"), reason=described("option-moderated-reason"))
    async def takedown(interaction: discord.Interaction[Any], picture: str, reason: Reason) -> None:
        await desk.moderation.take_down(interaction, picture, reason)


def _phrases(desk: Desk) -> app_commands.Group:
    group = app_commands.Group(name="phrase", description=described("command-moderate-phrase"))
    text_is = described("option-phrase")

    @group.command(name="allow", description=described("command-moderate-phrase-allow"))
    @app_commands.describe(text=text_is)
    async def allow(interaction: discord.Interaction[Any], text: str) -> None:
        await desk.moderation.phrase(interaction, text, PhraseKind.ALLOW)

    @group.command(name="refuse", description=described("command-moderate-phrase-refuse"))
    @app_commands.describe(text=text_is)
    async def refuse(interaction: discord.Interaction[Any], text: str) -> None:
        await desk.moderation.phrase(interaction, text, PhraseKind.DENY)

    @group.command(name="try", description=described("command-moderate-phrase-try"))
    @app_commands.describe(text=text_is)
    async def try_(interaction: discord.Interaction[Any], text: str) -> None:
        await desk.moderation.try_phrase(interaction, text)

    @group.command(name="remove", description=described("command-moderate-phrase-remove"))
    @app_commands.describe(text=text_is)
    async def remove(interaction: discord.Interaction[Any], text: str) -> None:
        await desk.moderation.remove_phrase(interaction, text)

    @group.command(name="list", description=described("command-moderate-phrase-list"))
    async def show(interaction: discord.Interaction[Any]) -> None:
        await desk.moderation.phrases(interaction)

    return group


def _safety(desk: Desk) -> app_commands.Group:
    safety = app_commands.Group(name="safety", description=described("command-safety"))
    channel_is = described("option-safety-channel")
    names = list(presets()["family"].actions)

    async def propose(
        interaction: discord.Interaction[Any], channel: discord.TextChannel | None, **chosen: str
    ) -> None:
        """For the channel, or without one for the whole server."""
        change = Change(channel.id if channel else 0, **chosen)
        await desk.safety.propose(interaction, change, in_adult_channel=channel is not None and channel.nsfw)

    @safety.command(name="show", description=described("command-safety-show"))
    async def show(interaction: discord.Interaction[Any]) -> None:
        await desk.safety.show(interaction)

    @safety.command(name="preset", description=described("command-safety-preset"))
    @app_commands.describe(preset=described("option-safety-preset"), channel=channel_is)
    @app_commands.choices(preset=[app_commands.Choice(name=name, value=name) for name in presets()])
    async def preset(
        interaction: discord.Interaction[Any], preset: str, channel: discord.TextChannel | None = None
    ) -> None:
        await propose(interaction, channel, preset=preset)

    @safety.command(name="category", description=described("command-safety-category"))
    @app_commands.describe(
        category=described("option-safety-category"), action=described("option-safety-action"), channel=channel_is
    )
    @app_commands.choices(
        category=[app_commands.Choice(name=described(f"category-{name}"), value=name) for name in names],
        action=[app_commands.Choice(name=described(f"policy-{action.value}"), value=action.value) for action in Action],
    )
    async def category(
        interaction: discord.Interaction[Any],
        category: str,
        action: str,
        channel: discord.TextChannel | None = None,
    ) -> None:
        await propose(interaction, channel, category=category, action=action)

    @safety.command(name="reset", description=described("command-safety-reset"))
    @app_commands.describe(channel=channel_is)
    async def reset(interaction: discord.Interaction[Any], channel: discord.TextChannel | None = None) -> None:
        await propose(interaction, channel)

    return safety
