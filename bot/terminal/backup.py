"""`lienzo backup` and `lienzo restore`: copies of the database, and back again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from bot.terminal.failures import CommandFailed
from config import Settings
from db.backup import Backup, BackupUnusable, back_up, restore


async def make(settings: Settings, folder: Path | None) -> None:
    storage = settings.storage
    folder = folder or settings.backup.folder or storage.folder / "backups"
    try:
        made = await asyncio.to_thread(
            back_up, storage.database_file, storage.images_folder, folder, keep=settings.backup.keep
        )
    except BackupUnusable as error:
        raise CommandFailed(str(error)) from error
    console = Console(soft_wrap=True)
    console.print(f"[green]ok[/] {escape(str(made.file))}")
    console.print(
        f"   It names {made.images} pictures{_missing(made)}; they are in {escape(str(storage.images_folder))}."
    )
    console.print("   Copy that folder too: the list beside the backup says what has to be there.")


async def put_back(settings: Settings, backup: Path) -> None:
    storage = settings.storage
    try:
        found = await asyncio.to_thread(
            restore, backup, storage.database_file, storage.images_folder, lock=storage.lock_file
        )
    except (BackupUnusable, OSError) as error:
        raise CommandFailed(f"nothing was restored: {error}") from error
    Console(soft_wrap=True).print(
        f"[green]ok[/] {escape(str(backup))} is the database now; the old one is kept beside it. "
        f"{found.images} pictures belong to it{_missing(found)}."
    )


def _missing(backup: Backup) -> str:
    return f", [yellow]{backup.missing} of them are not on this disk[/]" if backup.missing else ""
