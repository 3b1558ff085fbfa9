"""`lienzo health` beside a real `lienzo run`: at work, stopped in its tracks, ended."""

import asyncio
import os
import signal
import time
from pathlib import Path

from bot.services.heartbeat import heartbeat_file
from tests.e2e.conftest import Stage
from tests.e2e.test_process import environment, failing, lienzo


async def test_health_follows_the_life_of_the_process(stage: Stage, tmp_path: Path) -> None:
    env = environment(stage)
    async with lienzo("run", env=env, cwd=tmp_path) as process:
        await stage.discord.bot_ready()
        async with lienzo("health", env=env, cwd=tmp_path) as health:
            out, err = await asyncio.wait_for(health.communicate(), 60)
            assert health.returncode == 0, err
            assert out.startswith(b"alive ")
        process.send_signal(signal.SIGSTOP)
        minutes_ago = time.time() - 120  # as if it had hung since then
        os.utime(heartbeat_file(stage.folder), (minutes_ago, minutes_ago))
        assert "was killed, or hangs" in await failing("health", env=env, cwd=tmp_path)
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0
    assert "no sign of life" in await failing("health", env=env, cwd=tmp_path)
