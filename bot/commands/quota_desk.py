"""The desk for credits. Answers are private; only that somebody was given credits is said in the channel."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands

from bot.commands.offers import MOST_OFFERED
from bot.commands.requesters import requester_of, role_ids_of
from bot.errors import NotAManager, SettingRefused
from bot.services.house import House
from bot.services.member_defaults import MemberDefaults
from bot.services.options import ImagineOptions
from bot.services.quota import QuotaService
from bot.ui import quota_wording
from bot.ui.language import say, speaking
from bot.ui.replies import whisper
from bot.ui.sanitise import plain
from config import Settings
from db.grants import Grant
from db.limits import DAY_SECONDS, Source
from db.policies import Policy, Who

WINDOWS = {
    "10 minutes": 600,
    "1 hour": 3600,
    "24 hours": DAY_SECONDS,
    "7 days": 7 * DAY_SECONDS,
    "30 days": 30 * DAY_SECONDS,
}
_WINDOW = re.compile(r"\s*(\d{1,7})\s*([smhd])\w*\s*", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": DAY_SECONDS}


def window_seconds(text: str, option: str = "window") -> int:
    """ "10 minutes", "24h" or "7 d" in seconds. Raises SettingRefused, naming the option."""
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise SettingRefused(option, "not-a-window")
    return int(found[1]) * _SECONDS[found[2].lower()]


def _name(policy: Policy) -> str:
    """What stands for it in a menu: scope, role and window."""
    seconds = 0 if policy.millicredits is None else policy.window_seconds
    return f"{policy.scope.value}:{policy.role_id or 0}:{seconds}"


class QuotaDesk:
    """What is not allowed is raised, and answered by the command tree's one handler."""

    def __init__(self, quota: QuotaService, house: House, defaults: MemberDefaults, settings: Settings) -> None:
        self._quota = quota
        self._defaults = defaults
        self._house = house
        self._settings = settings

    async def show(self, interaction: discord.Interaction[Any]) -> None:
        await whisper(interaction, quota_wording.balance(await self._quota.balance(requester_of(interaction))))

    async def cost(self, interaction: discord.Interaction[Any], options: ImagineOptions) -> None:
        requester = requester_of(interaction)
        rules = self._house.rules(requester.place)
        options = self._defaults.filled(options, requester)
        preview = await self._quota.preview(requester, options, self._settings, rules)
        await whisper(interaction, quota_wording.preview(preview))

    async def of(self, interaction: discord.Interaction[Any], member: discord.User | discord.Member) -> None:
        who = Who(member.id, interaction.guild_id, role_ids_of(member))
        balance = await self._quota.balance_for_manager(requester_of(interaction), who)
        await whisper(interaction, quota_wording.balance(balance, member.mention))

    async def grant(
        self,
        interaction: discord.Interaction[Any],
        member: discord.User | discord.Member,
        credits_: float,
        days: int,
        reason: str,
    ) -> None:
        grant = await self._quota.grant(
            requester_of(interaction),
            interaction.id,
            user_id=member.id,
            credits_=credits_,
            days=days,
            reason=plain(reason),
        )
        await whisper(interaction, quota_wording.granted(grant))
        await self._announce(interaction, grant, is_gift=False)

    async def give_away(
        self, interaction: discord.Interaction[Any], member: discord.User | discord.Member, credits_: float
    ) -> None:
        if not isinstance(member, discord.Member) or member.bot:
            raise SettingRefused("member", "gift-in-server")
        requester = requester_of(interaction)
        gift = await self._quota.give_away(requester, interaction.id, user_id=member.id, credits_=credits_)
        await whisper(interaction, quota_wording.granted(gift))
        await self._announce(interaction, gift, is_gift=True)

    async def _announce(self, interaction: discord.Interaction[Any], grant: Grant, *, is_gift: bool) -> None:
        language = self._house.rules(requester_of(interaction).place).language
        with speaking(language or str(interaction.guild_locale)):
            text = quota_wording.announced(grant, is_gift=is_gift)
        await interaction.followup.send(text)

    async def show_policies(self, interaction: discord.Interaction[Any]) -> None:
        found = await self._quota.policies(requester_of(interaction))
        await whisper(interaction, quota_wording.policies(found, self._quota.allowance))

    async def set_policy(
        self,
        interaction: discord.Interaction[Any],
        scope: Source,
        *,
        credits_: float | None,
        unlimited: bool = False,
        window: str = "",
        role_id: int | None = None,
        waiting: int | None = None,
    ) -> None:
        if (credits_ is None) is not unlimited:
            raise SettingRefused("credits", "credits-or-unlimited")
        policy = await self._quota.set_policy(
            requester_of(interaction),
            scope,
            credits_=credits_,
            window_seconds=window_seconds(window) if window else DAY_SECONDS,
            role_id=role_id,
            max_waiting=waiting,
        )
        await whisper(interaction, quota_wording.policy_set(policy))

    async def remove_policy(self, interaction: discord.Interaction[Any], which: str) -> None:
        requester = requester_of(interaction)
        chosen = [policy for policy in await self._quota.policies(requester) if _name(policy) == which]
        if not chosen or not await self._quota.remove_policy(requester, chosen[0]):
            raise SettingRefused("which", "policy-not-set")
        await whisper(interaction, say("policy-removed"))

    async def windows(self, _: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        """For the menu while somebody types."""
        names = {window: quota_wording.span(seconds) for window, seconds in WINDOWS.items()}
        looked_for = typed.strip().lower()
        return [
            app_commands.Choice(name=name, value=window)
            for window, name in names.items()
            if window.startswith(looked_for) or name.startswith(looked_for)
        ]

    async def removable(self, interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        try:
            found = await self._quota.policies(requester_of(interaction))
        except NotAManager:
            return []
        names = await self._role_names(interaction) if any(one.role_id for one in found) else {}
        choices = [
            app_commands.Choice(name=quota_wording.policy(one, names.get(one.role_id or 0))[:100], value=_name(one))
            for one in found
        ]
        return [choice for choice in choices if typed.lower() in choice.name.lower()][:MOST_OFFERED]

    async def _role_names(self, interaction: discord.Interaction[Any]) -> dict[int, str]:
        """Asked for when somebody needs them: without the server's events we do not know them."""
        if interaction.guild is None:
            return {}
        try:
            return {role.id: f"@{plain(role.name)}" for role in await interaction.guild.fetch_roles()}
        except discord.HTTPException:
            return {}  # their ids will do
