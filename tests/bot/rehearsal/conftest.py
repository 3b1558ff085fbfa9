"""A rehearsal, a small bot made of unpatched discord.py, and a bare HTTP client for what discord.py would never send."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands
from PIL import Image, ImageDraw

from bot.loopback import loopback_connector
from bot.rehearsal import Credentials, Rehearsal


def connector(credentials: Credentials) -> aiohttp.TCPConnector:
    return loopback_connector(credentials.port, credentials.ca_file)


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


def png(color: str = "red", name: str = "picture.png", description: str | None = None) -> discord.File:
    image = Image.new("RGB", (64, 48), "white")
    ImageDraw.Draw(image).ellipse((8, 8, 40, 40), fill=color)
    out = io.BytesIO()
    image.save(out, "PNG")
    out.seek(0)
    return discord.File(out, name, description=description)


class Api:
    """Plain requests to the loopback Discord, with the bot's token or without."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        self.session = aiohttp.ClientSession(connector=connector(rehearsal.credentials))
        self.headers: dict[str, str] = {}

    async def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        files: dict[int, bytes] | None = None,
        token: bool = True,
        **headers: str,
    ) -> tuple[int, Any]:
        sent = {"User-Agent": "DiscordBot (a test, 1)"}
        if token:
            sent["Authorization"] = f"Bot {self.rehearsal.credentials.bot_token}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data: Any = None
        if files is not None:
            data = aiohttp.FormData(quote_fields=False)
            data.add_field("payload_json", json.dumps(body))
            for number, content in files.items():
                data.add_field(f"files[{number}]", content, filename=f"{number}.png")
        elif body is not None:
            data = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        url = path if path.startswith("http") else f"https://discord.com/api/v10{path}"
        async with self.session.request(method, url, data=data, headers=sent) as response:
            self.headers = dict(response.headers)
            if response.content_type == "application/json":
                return response.status, await response.json()
            return response.status, await response.read()

    async def declare(self, *commands: dict[str, Any]) -> None:
        status, body = await self(
            "PUT", f"/applications/{self.rehearsal.credentials.application_id}/commands", commands
        )
        assert status == 200, body


@pytest.fixture
async def rehearsal() -> AsyncIterator[Rehearsal]:
    async with Rehearsal() as rehearsal:
        yield rehearsal


@pytest.fixture
async def api(rehearsal: Rehearsal) -> AsyncIterator[Api]:
    api = Api(rehearsal)
    yield api
    await api.session.close()


@pytest.fixture
async def bot(rehearsal: Rehearsal) -> RehearsedBot:
    """Not started: a test adds its commands first, then says `async with online(bot)`."""
    return RehearsedBot(rehearsal.credentials)


@pytest.fixture
def online(rehearsal: Rehearsal) -> Any:
    return lambda bot: running(bot, rehearsal)


@pytest.fixture
def draw() -> Any:
    return png


@pytest.fixture
def new_bot() -> Any:
    """For a second bot, or one on another rehearsal."""
    return RehearsedBot


@pytest.fixture
def run_on() -> Any:
    return running


@pytest.fixture
def new_api() -> Any:
    return Api
