"""/settings: how Lienzo works in a server, for those who may manage it."""

# No postponed annotations here: discord.py reads the bounds below from the evaluated ones.

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.ui.language import described
from config import Settings
from db.limits import Source

MAX_CREDITS = 1_000_000.0
MAX_POOL_CREDITS = 1_000_000_000.0
MAX_WAITING = 1000


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, _settings: Settings) -> None:
    # Discord hides it from members who do not manage the server; who may use it is decided by us, when it is used.
    settings = app_commands.Group(
        name="settings",
        description=described("command-settings"),
        guild_only=True,
        default_permissions=discord.Permissions(manage_guild=True),
    )
    settings.add_command(_quota(desk))

    @settings.command(name="show", description=described("command-settings-show"))
    @app_commands.describe(channel=described("option-setting-channel"))
    async def show(
        interaction: discord.Interaction[Any], channel: app_commands.AppCommandChannel | None = None
    ) -> None:
        await desk.house.show(interaction, channel.id if channel else None)

    @settings.command(name="guide", description=described("command-settings-guide"))
    async def guide(interaction: discord.Interaction[Any]) -> None:
        await desk.house.guide(interaction)

    tree.add_command(settings)


def _quota(desk: Desk) -> app_commands.Group:
    quota = app_commands.Group(name="quota", description=described("command-settings-quota"))
    describe = {
        "role": described("option-setting-role"),
        "credits_": described("option-setting-credits"),
        "unlimited": described("option-setting-unlimited"),
        "window": described("option-setting-window"),
        "waiting": described("option-setting-waiting"),
    }

    @quota.command(name="show", description=described("command-settings-quota-show"))
    async def show(interaction: discord.Interaction[Any]) -> None:
        await desk.quota.show_policies(interaction)

    @quota.command(name="members", description=described("command-settings-quota-members"))
    @app_commands.describe(**{name: describe[name] for name in ("credits_", "unlimited", "window", "waiting")})
    @app_commands.rename(credits_="credits")
    @app_commands.autocomplete(window=desk.quota.windows)
    async def members(
        interaction: discord.Interaction[Any],
        credits_: app_commands.Range[float, 0.0, MAX_CREDITS] | None = None,
        unlimited: bool = False,
        window: str = "",
        waiting: app_commands.Range[int, 1, MAX_WAITING] | None = None,
    ) -> None:
        await desk.quota.set_policy(
            interaction, Source.MEMBER, credits_=credits_, unlimited=unlimited, window=window, waiting=waiting
        )

    @quota.command(name="role", description=described("command-settings-quota-role"))
    @app_commands.describe(**describe)
    @app_commands.rename(credits_="credits")
    @app_commands.autocomplete(window=desk.quota.windows)
    async def role(
        interaction: discord.Interaction[Any],
        role: discord.Role,
        credits_: app_commands.Range[float, 0.0, MAX_CREDITS] | None = None,
        unlimited: bool = False,
        window: str = "",
        waiting: app_commands.Range[int, 1, MAX_WAITING] | None = None,
    ) -> None:
        await desk.quota.set_policy(
            interaction,
            Source.ROLE,
            credits_=credits_,
            unlimited=unlimited,
            window=window,
            role_id=role.id,
            waiting=waiting,
        )

    @quota.command(name="server", description=described("command-settings-quota-server"))
    @app_commands.describe(credits_=describe["credits_"], window=describe["window"])
    @app_commands.rename(credits_="credits")
    @app_commands.autocomplete(window=desk.quota.windows)
    async def server(
        interaction: discord.Interaction[Any],
        credits_: app_commands.Range[float, 0.0, MAX_POOL_CREDITS],
        window: str = "",
    ) -> None:
        await desk.quota.set_policy(interaction, Source.POOL, credits_=credits_, window=window)

    @quota.command(name="remove", description=described("command-settings-quota-remove"))
    @app_commands.describe(which=described("option-setting-which"))
    @app_commands.autocomplete(which=desk.quota.removable)
    async def remove(interaction: discord.Interaction[Any], which: str) -> None:
        await desk.quota.remove_policy(interaction, which)

    return quota
