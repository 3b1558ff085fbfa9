"""The moderating services on a real database, with nobody to tell."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.operations.metrics import Metrics
from bot.safety import Gate, load_rules
from bot.services.admission import Admission
from bot.services.audit import Audit
from bot.services.blocking import Blocking
from bot.services.house import House
from bot.services.notices import Report
from bot.services.protection import Protection
from bot.services.retention import Retention
from bot.services.standing import Standing
from bot.services.takedown import Takedown
from config import Settings, load_settings
from db import Database
from db.audit import Entry
from db.images import ImageStore
from db.reviews import Review


class Told:
    """Notices that are kept."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.reviews: list[Review] = []
        self.reports: list[Report] = []
        self.whispers: list[tuple[int, str]] = []

    def logged(self, entry: Entry) -> None:
        self.entries.append(entry)

    async def ask(self, review: Review, channel_id: int) -> bool:
        self.reviews.append(review)
        return True

    async def report(self, report: Report, channel_id: int) -> bool:
        self.reports.append(report)
        return True

    async def whisper(self, user_id: int, locale: str | None, text_key: str, **values: str) -> None:
        self.whispers.append((user_id, text_key))


class Moderating:
    """Everything that moderates, as app.py puts it together."""

    def __init__(self, database: Database, folder: Path, now_ms: Callable[[], int], **safety: Any) -> None:
        self.database = database
        self.now_ms = now_ms
        self.settings: Settings = load_settings(env_file=Path("/nonexistent"), overrides={"safety": safety})
        self.images = ImageStore(folder / "images")
        self.told = Told()
        self.metrics = Metrics()
        self.gate = Gate(load_rules(None), is_image_check_required=False, timeout_seconds=30)
        self.audit = Audit(database, self.told)
        self.house = House(self.settings, database, ("en",), now_ms)
        self.protection = Protection(self.settings.safety, database)
        self.standing = Standing(self.settings.safety, database, now_ms)
        self.blocking = Blocking(database, self.audit, self.metrics, now_ms)
        self.takedown = Takedown(
            database,
            self.images,
            Retention(self.settings.retention, database, self.images, now_ms),
            self.audit,
            self.told,
            self._no_message,
            self.house,
            self.settings.safety.reports_to_hide,
            now_ms,
        )
        self.admission = Admission(
            database, self.gate, self.protection, self.standing, self.takedown, self.blocking, self._measure, now_ms
        )
        self.measured: dict[str, float] = {}

    async def _measure(self, _: object) -> dict[str, float]:
        return self.measured

    async def _no_message(self, generation: object) -> None:
        pass
