"""A small bot for the tests: discord.py as it is, pointed at the rehearsal by the documented `connector` argument."""

from __future__ import annotations

import asyncio
import io
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import discord
from aiohttp.abc import AbstractResolver, ResolveResult
from discord import app_commands
from PIL import Image, ImageDraw

from bot.rehearsal import HOSTS, Credentials, Rehearsal


class LoopbackResolver(AbstractResolver):
    """Discord's names lead to this computer; every other name leads nowhere."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        if host not in HOSTS:
            raise OSError(f"{host} is not part of the rehearsal")
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=self._port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        pass


def connector(credentials: Credentials) -> aiohttp.TCPConnector:
    trust = ssl.create_default_context(cafile=str(credentials.ca_file))
    return aiohttp.TCPConnector(resolver=LoopbackResolver(credentials.port), ssl=trust, limit=0)


class RehearsedBot(discord.Client):
    """A client without any pause that only the real Discord needs."""

    def __init__(self, credentials: Credentials, intents: discord.Intents | None = None, **options: object) -> None:
        super().__init__(
            intents=intents or discord.Intents(guilds=True),
            connector=connector(credentials),
            guild_ready_timeout=0.05,
            **options,
        )
        self.credentials = credentials
        self.tree = app_commands.CommandTree(self)
        self.resumed = 0

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        pass

    async def on_resumed(self) -> None:
        self.resumed += 1


@asynccontextmanager
async def running(bot: RehearsedBot, rehearsal: Rehearsal) -> AsyncIterator[RehearsedBot]:
    task = asyncio.create_task(bot.start(bot.credentials.bot_token, reconnect=True))
    ready = asyncio.create_task(rehearsal.bot_ready())
    try:
        done, _ = await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
        for finished in done:
            finished.result()
        await bot.wait_until_ready()
        yield bot
    finally:
        ready.cancel()
        await bot.close()
        await asyncio.wait({task})


def picture(color: str = "red", side: int = 64) -> bytes:
    image = Image.new("RGB", (side, side), "white")
    ImageDraw.Draw(image).ellipse((side // 8, side // 8, side * 7 // 8, side * 7 // 8), fill=color)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def png(color: str = "red", name: str = "picture.png", description: str | None = None) -> discord.File:
    return discord.File(io.BytesIO(picture(color)), name, description=description)
