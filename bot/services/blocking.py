"""What the gate stopped is written down here, whoever asked it."""

from __future__ import annotations

from bot.safety import PromptTexts, Verdict
from bot.services.clock import NowMs
from db import Database, Incident, Origin, incidents


async def record_block(
    database: Database,
    verdict: Verdict,
    texts: PromptTexts,
    origin: Origin,
    *,
    generation_id: int | None = None,
    now_ms: NowMs,
) -> None:
    """The text itself is not kept, only its fingerprint. ``generation_id``: None if none was made of it."""
    await incidents.record(
        database,
        Incident(
            at_ms=now_ms(),
            origin=origin,
            generation_id=generation_id,
            stage=verdict.stage,
            category=verdict.category,
            rule=verdict.rule,
            fingerprint=texts.fingerprint(),
        ),
    )
