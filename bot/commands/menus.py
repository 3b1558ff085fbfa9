"""The menus of a message: what can be done with a picture that is there."""

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.ui.language import described
from config import Settings


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:  # noqa: ARG001
    @tree.context_menu(name=described("menu-remix"))
    async def remix(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await desk.pictures.remix(interaction, message)

    @tree.context_menu(name=described("menu-upscale"))
    async def upscale(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await desk.pictures.upscale(interaction, message)

    @tree.context_menu(name=described("menu-send"))
    async def send_to_me(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await desk.pictures.send_to_me(interaction, message)

    @tree.context_menu(name=described("menu-report"))
    @app_commands.guild_only()
    async def report(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await desk.moderation.report(interaction, message)

    @tree.context_menu(name=described("menu-info"))
    async def image_info(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await desk.pictures.image_info(interaction, message)
