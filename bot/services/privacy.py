"""Privacy: what is kept of a member, all of it as a file, and its deletion."""

from __future__ import annotations

import asyncio
import json
import tempfile
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import AlreadyOver
from bot.services.clock import DAY_MS, NowMs
from bot.services.gallery import Gallery
from bot.services.member_defaults import MemberDefaults
from bot.services.requester import Requester
from bot.services.retention import COUNTS_DAYS, Retention
from bot.services.studio import Studio
from db import Database, GenerationState, forgetting, generations
from db.forgetting import Holdings, ImageName
from db.images import ImageStore

CANCEL_LOOKS, CANCEL_LOOK_SECONDS = 50, 0.1

# A secret of the bot, and who of the moderators did something.
_NOT_EXPORTED = ("interaction_token", "actor_id", "made_by", "decided_by")
EXPORT_README = (
    "What Lienzo keeps of you. data.json: your generations (what you asked for and what became of it), the ledger of "
    "your credits, grants (credits that you were given) and what of them you used, incidents (times the safety gate "
    "stopped something, without the text), files (pictures that you handed in, and each of several), favourites, "
    "presets, member_defaults (what you set with /defaults), reviews (what you asked moderators about), reports "
    "(pictures that you reported), restrictions and audit (what moderators did, without who). pictures/: your "
    "pictures, named by the hash that data.json gives. "
    "Times are milliseconds since 1970 UTC. A Discord interaction's token is a secret of the bot and is left out.\n"
)


@dataclass(frozen=True, slots=True)
class Export:
    """Files of at most the size that was asked for. ``left_out``: pictures that had no place in them."""

    files: tuple[Path, ...]
    left_out: int


class Privacy:
    def __init__(
        self,
        database: Database,
        images: ImageStore,
        retention: Retention,
        studio: Studio,
        gallery: Gallery,
        defaults: MemberDefaults,
        now_ms: NowMs,
    ) -> None:
        self._database = database
        self._images = images
        self._retention = retention
        self._studio = studio
        self._gallery = gallery
        self._defaults = defaults
        self._now_ms = now_ms

    async def holdings(self, requester: Requester) -> Holdings:
        return await forgetting.holdings(self._database, requester.user_id)

    @asynccontextmanager
    async def export(self, requester: Requester, *, most_bytes: int, most_files: int) -> AsyncIterator[Export]:
        """Zip files with everything, the data first and then the newest pictures; gone when the block ends."""
        with tempfile.TemporaryDirectory(prefix="lienzo-export-") as folder:
            data: dict[str, list[dict[str, Any]]] = {
                table: []
                for table in (
                    "generations",
                    "ledger",
                    "grants",
                    "grant_uses",
                    "incidents",
                    "files",
                    "favourites",
                    "presets",
                    "member_defaults",
                    "reviews",
                    "reports",
                    "restrictions",
                    "audit",
                )
            }
            async for table, row in forgetting.everything_of(self._database, requester.user_id):
                for hidden in _NOT_EXPORTED:
                    row.pop(hidden, None)
                data[table].append({name: _plain(value) for name, value in row.items()})
            names = [
                (bytes.fromhex(row["image_sha256"]), row["image_extension"])
                for row in reversed(data["generations"])
                if row["image_sha256"] is not None
            ]
            names += [(bytes.fromhex(row["sha256"]), row["extension"]) for row in data["files"]]
            yield await asyncio.to_thread(
                _pack, Path(folder), data, list(dict.fromkeys(names)), self._images, most_bytes, most_files
            )

    async def delete(self, requester: Requester) -> int:
        """All of it but what moderation and quotas must keep; returns how many generations went.

        What waits or is being drawn is cancelled first. What cannot be posted for long stays until it is: ask again.
        """
        await self._cancel_all(requester)
        await self._gallery.remove_all_of(requester.user_id)
        await self._defaults.reset(requester.user_id)
        await forgetting.forget_traces(self._database, requester.user_id)
        gone = 0
        counts_since = self._now_ms() - COUNTS_DAYS * DAY_MS
        while True:
            batch = await forgetting.forget_member(self._database, requester.user_id, counts_since_ms=counts_since)
            await self._retention.remove_files(batch.free)
            if not batch.rows:
                return gone
            gone += batch.rows
            await asyncio.sleep(0)

    async def _cancel_all(self, requester: Requester) -> None:
        """A cancel of what is being drawn is honoured at its next step, and what is being posted has its end to come:
        both are waited for a while."""
        for _ in range(CANCEL_LOOKS):
            active = await generations.active_of(self._database, requester.user_id)
            if not active:
                return
            for generation in active:
                if generation.state is not GenerationState.POSTING:
                    with suppress(AlreadyOver):
                        await self._studio.cancel(requester, generation.id)
            await asyncio.sleep(CANCEL_LOOK_SECONDS)


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


def _pack(
    folder: Path,
    data: dict[str, list[dict[str, Any]]],
    names: list[ImageName],
    images: ImageStore,
    most_bytes: int,
    most_files: int,
) -> Export:
    files: list[Path] = []
    left = list(names)
    while len(files) < most_files and (left or not files):
        file = folder / f"lienzo-{len(files) + 1}.zip"
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            if not files:
                archive.writestr("README.txt", EXPORT_README)
                archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1))
            written = 0
            while left:
                picture = images.load(*left[0])
                # Pictures do not shrink further; an entry's own bookkeeping takes less than a kilobyte.
                size = 0 if picture is None else len(picture) + 1024
                if file.stat().st_size + size > most_bytes and (written or not files):
                    break
                sha256, extension = left.pop(0)
                if picture is not None and size <= most_bytes:
                    archive.writestr(f"pictures/{sha256.hex()}.{extension}", picture, zipfile.ZIP_STORED)
                    written += 1
        files.append(file)
    return Export(tuple(files), len(left))
