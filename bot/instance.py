"""One Lienzo for each data folder and for each bot: two on either would draw and post everything twice.

A lock of the operating system's, so that whatever ends the process ends the lock. Where several machines share a token,
nothing here can see it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import StartupError
from config import DiscordSettings, StorageSettings


@contextmanager
def only_instance(storage: StorageSettings, discord: DiscordSettings) -> Iterator[None]:
    """Raises StartupError if another Lienzo of this user works on the folder or with the token."""
    runtime = runtime_folder()
    # Every rehearsal has the same token: there it is the address that tells bots apart.
    bot = hashlib.sha256(f"{discord.token.get_secret_value().strip()} {discord.loopback}".encode()).hexdigest()[:24]
    _make(storage.folder, "data", "Give Lienzo a folder of its own with [storage] folder or LIENZO_STORAGE__FOLDER")
    _make(runtime, "runtime", "Set XDG_RUNTIME_DIR to a folder of the user who runs Lienzo")
    with (
        _locked(storage.lock_file, f"another Lienzo is using the data folder {storage.folder}"),
        _locked(runtime / f"{bot}.lock", "another Lienzo is running with the same Discord token", is_left=False),
    ):
        yield


def runtime_folder() -> Path:
    """This user's own, and gone with the next start of the computer: what locks need."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    return Path(base) / "lienzo" if base else Path(tempfile.gettempdir()) / f"lienzo-{os.getuid()}"


def _make(folder: Path, kind: str, hint: str) -> None:
    try:
        folder.mkdir(mode=0o777 if kind == "data" else 0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(None, "Permission denied")
    except OSError as error:
        raise StartupError(f"the {kind} folder {folder} cannot be written to ({error.strerror})", hint) from error


@contextmanager
def _locked(file: Path, taken: str, *, is_left: bool = True) -> Iterator[None]:
    while True:
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise StartupError(f"{file} cannot be written to ({error.strerror})") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise StartupError(taken, "Stop it first, or give this one its own") from None
        if _is_still(file, descriptor):
            break
        os.close(descriptor)  # it was removed in between, by one that stopped
    try:
        yield
    finally:
        if not is_left:
            file.unlink(missing_ok=True)  # while it is locked: afterwards it might be another's
        os.close(descriptor)


def _is_still(file: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(file.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
