"""Image bytes on disk: whole or not at all."""

import errno
import hashlib
import os
from pathlib import Path

import pytest

from db.images import ImageNotStored, ImageStore


def test_what_is_stored_is_found_by_its_hash(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    sha256 = store.store(b"picture", "png")
    assert sha256 == hashlib.sha256(b"picture").digest()
    assert store.load(sha256, "png") == b"picture"
    assert store.store(b"picture", "png") == sha256
    assert len([file for file in tmp_path.rglob("*") if file.is_file()]) == 1


def test_a_file_that_was_changed_or_is_gone_is_not_handed_out(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    sha256 = store.store(b"picture", "png")
    store.path(sha256, "png").write_bytes(b"other")
    assert store.load(sha256, "png") is None
    store.path(sha256, "png").unlink()
    assert store.load(sha256, "png") is None


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EIO, "Input/output error")])
def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ImageNotStored, match=words):
        ImageStore(tmp_path).store(b"picture", "png")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
