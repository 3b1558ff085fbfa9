"""The discord.py client: no privileged intents, nothing cached, one handler for what goes wrong."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from typing import Any

import aiohttp
import discord
from discord import app_commands

from bot.commands import COMMANDS
from bot.commands.desk import Desk
from bot.ui.buttons import DYNAMIC_ITEMS
from bot.ui.language import CommandTranslator, speak
from bot.ui.replies import answer_error
from config import Settings
from db import Database, command_sync

log = logging.getLogger(__name__)

LAST_EVENTS_SECONDS = 2.0

# What the bot needs in a channel: see it, write, attach, and read back its own messages to find a picture again. The
# last two are for threads: to draw in them, and to start one below a picture where a server wants that.
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    attach_files=True,
    embed_links=True,
    read_message_history=True,
    send_messages_in_threads=True,
    create_public_threads=True,
)


def invite_address(application_id: int) -> str:
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))


class LienzoClient(discord.Client):
    """Made inside the event loop; ``furnish`` it with a desk before it logs in."""

    def __init__(self, connector: aiohttp.BaseConnector | None = None) -> None:
        super().__init__(
            intents=discord.Intents.none(),
            connector=connector,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.5,  # seconds; without guild events there is nothing to wait for
        )
        self.desk: Desk
        self._database: Database
        self.tree = _Tree(self)

    def furnish(self, desk: Desk, settings: Settings, database: Database) -> None:
        self.desk = desk
        self._database = database
        for add_to in COMMANDS:
            add_to(self.tree, desk, settings)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(*DYNAMIC_ITEMS)
        await self._sync_commands_if_changed()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        # discord.py may find itself ready just after it was closed, and has no loop then to run the handler in.
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def close(self) -> None:
        await super().close()
        # discord.py leaves the handlers of its last events running; they end before the event loop does.
        last = [task for task in asyncio.all_tasks() if task.get_name().startswith("discord.py: on_")]
        if last:
            await asyncio.wait(last, timeout=LAST_EVENTS_SECONDS)

    async def on_ready(self) -> None:
        assert self.user is not None  # it is ready
        log.info("logged in as %s", self.user)

    async def on_app_command_completion(self, interaction: discord.Interaction[Any], _command: object) -> None:
        try:
            await self.desk.house.greet(interaction)
        except (discord.HTTPException, OSError, aiohttp.ClientError) as error:
            log.info("the guide could not be shown: %s", error)  # /settings guide shows it

    async def _sync_commands_if_changed(self) -> None:
        """Discord allows few command updates a day, so it is told only what is new to it."""
        assert self.application_id is not None  # set by the login
        await self.tree.set_translator(CommandTranslator())
        translator = self.tree.translator
        assert translator is not None  # just set
        payload = [await command.get_translated_payload(self.tree, translator) for command in self.tree.get_commands()]
        sha256 = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).digest()
        if await command_sync.known_payload(self._database, self.application_id) == sha256:
            there = {command.name for command in await self.tree.fetch_commands()}
            if there == {command.name for command in self.tree.get_commands()}:
                return
        await self.tree.sync()
        await command_sync.remember_payload(self._database, self.application_id, sha256)
        log.info("told Discord about %s commands", len(payload))


class _Tree(app_commands.CommandTree[LienzoClient]):
    async def interaction_check(self, interaction: discord.Interaction[Any]) -> bool:
        speak(str(interaction.locale))  # every command passes here first
        return True

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError) -> None:
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        await answer_error(interaction, cause)
