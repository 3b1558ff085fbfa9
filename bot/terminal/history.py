"""`lienzo history`: what the bot has drawn."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.opening import open_database
from bot.terminal.failures import CommandFailed
from config import Settings
from db import Generation, history
from db.history import Search
from db.images import ImageStore


async def show(settings: Settings, *, limit: int, user_id: int | None, as_json: bool) -> None:
    if not settings.storage.database_file.exists():
        raise CommandFailed(f"nothing was drawn here yet: there is no {settings.storage.database_file}")
    async with await open_database(settings) as database:
        found = await history.page(database, Search(user_id=user_id), limit=limit)
    images = ImageStore(settings.storage.images_folder)
    if as_json:
        for generation in found:
            print(json.dumps(_fields(generation, _file(images, generation)), ensure_ascii=False))
        return
    table = Table("when", "state", "member", "prompt", "seed", "size", "file", box=None)
    for generation in found:
        fields = _fields(generation, _file(images, generation))
        table.add_row(
            *(str(fields[name] or "") for name in ("when", "state", "user_id", "prompt", "seed", "size", "file"))
        )
    Console().print(table)


def _file(images: ImageStore, generation: Generation) -> Path | None:
    if generation.image_sha256 is None or generation.image_extension is None:
        return None
    return images.path(generation.image_sha256, generation.image_extension)


def _fields(generation: Generation, file: Path | None) -> dict[str, object]:
    asked = generation.parameters
    return {
        "id": str(generation.id),
        "when": datetime.fromtimestamp(generation.created_at_ms / 1000, UTC).isoformat(timespec="seconds"),
        "state": generation.state.value,
        "reason": generation.reason,
        "user_id": str(generation.origin.user_id),
        "prompt": asked.prompt,
        "negative_prompt": asked.negative_prompt,
        "seed": asked.seed,
        "size": f"{asked.width}x{asked.height}",
        "steps": asked.steps,
        "guidance": asked.guidance,
        "sampler": asked.sampler,
        "checkpoint": asked.checkpoint,
        "seconds": generation.draw_seconds,
        "file": None if file is None else str(file),
    }
