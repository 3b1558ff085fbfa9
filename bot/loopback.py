"""The way to a Discord-shaped server on this computer: the connector that discord.py takes as an argument.

URLs, Host headers and TLS stay those of the real Discord; only the names lead elsewhere. Every other name is refused,
so that nothing of a rehearsal can leave this computer.
"""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

DISCORD_NAMES = frozenset({"discord.com", "gateway.discord.gg", "cdn.discordapp.com", "media.discordapp.net"})


class LoopbackResolver(AbstractResolver):
    """Discord's names lead to 127.0.0.1:``port``, whatever port was asked for."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self,
        host: str,
        port: int = 0,  # noqa: ARG002 - aiohttp's interface
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002
    ) -> list[ResolveResult]:
        if host not in DISCORD_NAMES:
            raise OSError(f"{host} is not a part of the rehearsal")
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
        return


def loopback_connector(port: int, ca_file: Path) -> aiohttp.TCPConnector:
    """To be made inside the running event loop. Raises OSError or ssl.SSLError if the CA file cannot be used."""
    return aiohttp.TCPConnector(
        resolver=LoopbackResolver(port), ssl=ssl.create_default_context(cafile=str(ca_file)), limit=0
    )
