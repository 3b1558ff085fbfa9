"""The connector of a rehearsal leads Discord's names to this computer, and nothing anywhere else."""

import pytest

from bot.loopback import DISCORD_NAMES, LoopbackResolver
from bot.rehearsal import HOSTS


async def test_only_discords_names_are_known_and_they_lead_here() -> None:
    resolver = LoopbackResolver(8443)
    for name in DISCORD_NAMES:
        [found] = await resolver.resolve(name, 443)
        assert (found["host"], found["port"]) == ("127.0.0.1", 8443)
    for name in ("example.org", "discord.com.example.org", "discordapp.com", "localhost", "10.0.0.1"):
        with pytest.raises(OSError, match="not a part of the rehearsal"):
            await resolver.resolve(name, 443)


def test_bot_and_rehearsal_mean_the_same_names() -> None:
    assert set(HOSTS) == DISCORD_NAMES
