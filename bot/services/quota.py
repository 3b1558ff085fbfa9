"""What a picture costs, and what a member has left."""

from __future__ import annotations

import math

from bot.services.clock import NowMs
from bot.services.requester import Requester
from config import CheckpointSettings, QuotaSettings
from db import Balance, Database, quota
from db.quota import Allowance
from inference import ImageRequest

MILLICREDITS = 1000  # in a credit


def cost_millicredits(request: ImageRequest, checkpoint: CheckpointSettings) -> int:
    """1 credit for the checkpoint's native size and default steps; grows with pixels x steps, never below 0.1."""
    width, height = checkpoint.native_size
    share = request.pixel_steps / (width * height * checkpoint.default_steps)
    return max(MILLICREDITS // 10, math.ceil(MILLICREDITS * share))


class QuotaService:
    def __init__(self, settings: QuotaSettings, database: Database, now_ms: NowMs) -> None:
        self._database = database
        self._now_ms = now_ms
        self.allowance = Allowance(
            millicredits=math.floor(settings.credits_per_day * MILLICREDITS), max_waiting=settings.max_waiting
        )

    async def balance(self, requester: Requester) -> Balance:
        return await quota.balance(self._database, requester.user_id, self.allowance, now_ms=self._now_ms())
