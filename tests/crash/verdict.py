"""What must hold after a storm, judged from the files that the bot left and from what the members see.

lost     something acknowledged that no Generation stands for; a done one whose message does not carry the stored bytes
double   a picture in two messages, twice in one, or shown although its Generation is not done
stuck    a Generation that is not over; a message that still waits for one that is
wrong    a Generation's ledger is not one reservation of its cost and the one closing that fits its end
others   an early look that outlived its end, files that nothing names, rows whose file is gone, a damaged database
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.rehearsal import InteractionRecord, Message, Rehearsal
from bot.rehearsal.messages import Version
from bot.services.clock import now_ms
from bot.services.retention import Retention
from bot.ui.board import PREVIEW_NAME
from config import load_settings
from db import Database
from db.images import ImageStore
from tests.lookout import can_be_cancelled

ACTIVE = ("queued", "running", "posting")


@dataclass
class Verdict:
    kills: int
    acknowledged: int = 0
    done: int = 0
    looked_at_early: int = 0
    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    wrong_charges: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    ends: dict[str, int] = field(default_factory=dict)

    @property
    def problems(self) -> list[str]:
        return [*self.lost, *self.double, *self.stuck, *self.wrong_charges, *self.others]

    def __str__(self) -> str:
        return (
            f"kills {self.kills}, acknowledged {self.acknowledged}, done {self.done}, looked at early "
            f"{self.looked_at_early}, lost {len(self.lost)}, "
            f"double {len(self.double)}, stuck {len(self.stuck)}, wrong charges {len(self.wrong_charges)}"
        )


def query(folder: Path, sql: str) -> list[dict[str, Any]]:
    """From the database as another process sees it; nothing if there is none yet."""
    file = folder / "lienzo.sqlite3"
    if not file.exists():
        return []
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(sql)]
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise


def active(folder: Path) -> dict[str, int]:
    rows = query(folder, f"SELECT state, count(*) AS n FROM generations WHERE state IN {ACTIVE} GROUP BY state")
    return {row["state"]: row["n"] for row in rows}


def has_look(shown: Message | Version) -> bool:
    return any(file.filename == PREVIEW_NAME for file in shown.attachments)


async def judge(discord: Rehearsal, folder: Path, log_file: Path, kills: int) -> Verdict:
    verdict = Verdict(kills)
    rows = {row["id"]: row for row in query(folder, "SELECT * FROM generations")}
    shown = _pictures_by_generation(discord)
    for record in discord.interactions:
        if record.name == "imagine" and _is_acknowledged(record):
            verdict.acknowledged += 1
            if record.id not in rows:
                verdict.lost.append(f"[{record.id}] was acknowledged, and nothing knows of it")
    for row in rows.values():
        end = f"{row['state']} ({row['reason']})" if row["state"] == "failed" else row["state"]
        verdict.ends[end] = verdict.ends.get(end, 0) + 1
        _judge_end(verdict, row, shown.get(row["id"], []), discord.hub.records.get(row["id"]))
    _judge_charges(verdict, folder, rows)
    await _judge_files(verdict, folder, rows)
    for message in discord.hub.log.everything():
        verdict.looked_at_early += any(has_look(version) for version in message.versions)
        if not message.deleted and has_look(message):
            verdict.others.append(f"[{message.interaction_id}] its message still shows an early look")
    if query(folder, "PRAGMA integrity_check") != [{"integrity_check": "ok"}]:
        verdict.others.append("the database is damaged")
    if verdict.problems:
        _tell_stories(verdict, discord, rows, folder, log_file)
    return verdict


def _is_acknowledged(record: InteractionRecord) -> bool:
    """A refusal is private; "thinking" promises nothing yet."""
    message = record.message
    return record.answered and not record.ephemeral and message is not None and not message.loading


def _pictures_by_generation(discord: Rehearsal) -> dict[int, list[Message]]:
    found: dict[int, list[Message]] = {}
    for message in discord.hub.log.everything():
        for attachment in message.attachments:
            if not message.deleted and attachment.filename != PREVIEW_NAME:
                found.setdefault(int(attachment.filename.split("-")[1].split(".")[0]), []).append(message)
    return found


def _judge_end(verdict: Verdict, row: dict[str, Any], shown: list[Message], record: InteractionRecord | None) -> None:
    who, state = f"[{row['id']}] {row['state']}", row["state"]
    if state in ACTIVE:
        verdict.stuck.append(f"{who}: not over")
        return
    if state == "done":
        verdict.done += 1
        if not shown:
            verdict.lost.append(f"{who}: no message carries its picture")
        elif len(shown) > 1:
            verdict.double.append(f"{who}: its picture is in {len(shown)} places")
        elif hashlib.sha256(shown[0].attachments[0].data).digest() != row["image_sha256"]:
            verdict.lost.append(f"{who}: what is shown is not what is stored")
        elif shown[0].id != row["message_id"]:
            verdict.lost.append(f"{who}: its picture is in another message than its row says")
    elif shown:
        verdict.double.append(f"{who}: its picture is shown all the same")
    message = record.message if record is not None else None
    if message is not None and not message.deleted and (can_be_cancelled(message) or message.loading):
        verdict.stuck.append(f"{who}: its message still waits: {message.content!r}")


def _judge_charges(verdict: Verdict, folder: Path, rows: dict[int, dict[str, Any]]) -> None:
    ledgers: dict[int, dict[str, int]] = {key: {} for key in rows}
    for entry in query(folder, "SELECT * FROM ledger"):
        ledgers[entry["generation_id"]][entry["kind"]] = entry["millicredits"]
    for key, row in rows.items():
        cost, state = row["cost_millicredits"], row["state"]
        # What was drawn is paid for, posted or not; everything else that ended here cost nothing.
        closing_row = {"settle": 0} if row["image_sha256"] is not None else {"release": -cost}
        expected = {"reserve": cost} | ({} if state in ("queued", "running") else closing_row)
        if ledgers[key] != expected:
            verdict.wrong_charges.append(f"[{key}] {state}: {ledgers[key]} instead of {expected}")


async def _judge_files(verdict: Verdict, folder: Path, rows: dict[int, dict[str, Any]]) -> None:
    settings = load_settings(env_file=Path("/nonexistent"), overrides={"storage": {"folder": str(folder)}})
    images = ImageStore(settings.storage.images_folder)
    async with Database(settings.storage.database_file, "FULL") as database:
        await Retention(settings.retention, database, images, now_ms).tidy(orphans_older_than_seconds=0)
    named = {images.path(row["image_sha256"], row["image_extension"]) for row in rows.values() if row["image_sha256"]}
    there = {file for file in settings.storage.images_folder.rglob("*") if file.is_file()}
    verdict.others += [f"{file} is named by nothing" for file in sorted(there - named)]
    verdict.others += [f"{file} is named and not there" for file in sorted(named - there)]
    verdict.others += [f"{file} is not what its name says" for file in sorted(named & there) if not _is_whole(file)]


def _is_whole(file: Path) -> bool:
    return hashlib.sha256(file.read_bytes()).hexdigest() == file.stem


def _tell_stories(
    verdict: Verdict, discord: Rehearsal, rows: dict[int, dict[str, Any]], folder: Path, log_file: Path
) -> None:
    """Everything that is known about each generation that went wrong, in one file beside the log."""
    log = log_file.read_text(encoding="utf-8", errors="replace").splitlines()
    ledger = query(folder, "SELECT * FROM ledger")
    with (log_file.parent / "wrong.txt").open("w", encoding="utf-8") as story:
        for problem in verdict.problems:
            story.write(f"\n=== {problem}\n")
            if not problem.startswith("["):
                continue
            key = int(problem[1:].split("]")[0])
            story.write(json.dumps(rows.get(key), default=str, indent=1) + "\n")
            story.writelines(f"{entry}\n" for entry in ledger if entry["generation_id"] == key)
            record = discord.hub.records.get(key)
            story.write(f"{record}\n")
            for message in discord.hub.log.everything():
                named = any(str(key) in file.filename for version in message.versions for file in version.attachments)
                if named or (record is not None and message is record.message):
                    gone = " (deleted)" if message.deleted else ""
                    story.write(f"message {message.id}{gone} in {message.channel_id}, nonce {message.nonce}\n")
                    story.writelines(
                        f"  {version.at:.3f} {version.content!r} {[file.filename for file in version.attachments]}\n"
                        for version in message.versions
                    )
            story.writelines(f"{line}\n" for line in log if f"[{key}]" in line or " STORM " in line or str(key) in line)
