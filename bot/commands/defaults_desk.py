"""The desk for a member's own defaults. Answers are private."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord

from bot.commands.requesters import origin_of, requester_of
from bot.services.member_defaults import Default, MemberDefaults
from bot.services.options import ImagineOptions
from bot.services.requester import Requester
from bot.ui import defaults_wording
from bot.ui.replies import whisper


class DefaultsDesk:
    """What is not allowed is raised, and answered by the command tree's one handler."""

    def __init__(self, defaults: MemberDefaults) -> None:
        self._defaults = defaults

    def filled(self, options: ImagineOptions, requester: Requester) -> ImagineOptions:
        return self._defaults.filled(options, requester)

    def checkpoint(self, interaction: discord.Interaction[Any]) -> str | None:
        """The member's own, if it counts in this place."""
        return self._defaults.possible(requester_of(interaction)).get(Default.CHECKPOINT)

    async def show(self, interaction: discord.Interaction[Any]) -> None:
        await whisper(interaction, self._screen(requester_of(interaction)))

    async def set(self, interaction: discord.Interaction[Any], values: Mapping[Default, Any]) -> None:
        requester = requester_of(interaction)
        await self._defaults.set(requester, origin_of(interaction), values)
        await whisper(interaction, self._screen(requester))

    async def reset(self, interaction: discord.Interaction[Any], default: Default | None) -> None:
        requester = requester_of(interaction)
        await self._defaults.reset(requester.user_id, default)
        await whisper(interaction, self._screen(requester))

    def _screen(self, requester: Requester) -> str:
        return defaults_wording.defaults(self._defaults.of(requester.user_id), self._defaults.possible(requester))
