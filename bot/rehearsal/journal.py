"""What happened, on disk: a rehearsal that was stopped, or killed, goes on where it was.

Each change is appended to `journal.jsonl` as one line at the moment it happens, so that even SIGKILL loses nothing but
a line cut short, which is skipped. Files lie beside it, written before anything names them. At the next start the lines
are replayed and rewritten without what no longer matters, into a new file that takes the old one's place at once.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from bot.rehearsal.attachments import Attachment
from bot.rehearsal.changes import Change
from bot.rehearsal.hub import Hub
from bot.rehearsal.interactions import AUTOCOMPLETE, TOKEN_LIFE_SECONDS, InteractionRecord
from bot.rehearsal.messages import Message
from bot.rehearsal.world import Channel

Json = dict[str, Any]
REMEMBERED_VERSIONS = 10


class Journal:
    def __init__(self, folder: Path, hub: Hub) -> None:
        self._path = folder / "journal.jsonl"
        self._hub = hub
        self._file: IO[str] | None = None

    def open(self) -> None:
        """Brings the hub to where the last rehearsal stopped, and goes on writing."""
        lines = _read(self._path)
        for line in lines:
            self._replay(line)
        draft = self._path.with_suffix(".new")
        draft.write_text("".join(json.dumps(line) + "\n" for line in self._condensed(lines)))
        draft.replace(self._path)
        used = {a.id for message in self._hub.log.everything() for a in message.attachments}
        used |= {line["attachment"]["id"] for line in lines if "attachment" in line}
        self._hub.files.forget_all_but(used)
        self._file = self._path.open("a")
        self._hub.changes.listen(self._note)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _note(self, change: Change) -> None:
        if self._file is None:
            return
        line = self._line(change)
        if line is not None:
            self._file.write(json.dumps({"at": self._hub.clock(), **line}) + "\n")
            # To the operating system, which keeps it even if this process is killed.
            self._file.flush()

    def _line(self, change: Change) -> Json | None:
        subject = change.subject
        if isinstance(subject, Message):
            return {"message": subject.as_json()}
        if isinstance(subject, Attachment):
            return {"attachment": subject.as_json()}
        if isinstance(subject, InteractionRecord) and subject.kind != AUTOCOMPLETE:
            return {"interaction": subject.as_json()}
        if change.kind == "places" and isinstance(subject, Channel) and subject.id in self._hub.world.places.started:
            return {"thread": asdict(subject)}
        if change.kind == "commands":
            return {"commands": self._hub.commands.as_json()}
        return None

    def _condensed(self, lines: list[Json]) -> list[Json]:
        """The last few states of each message, the last state of everything else; no interactions that are over."""
        now = self._hub.clock()
        kept: list[Json] = []
        counts: dict[tuple[str, object], int] = {}
        for line in reversed(lines):
            kind = next(key for key in line if key != "at")
            subject = line[kind]
            if kind == "interaction" and now - subject["created_at"] > TOKEN_LIFE_SECONDS:
                continue
            key = (kind, subject.get("id"))
            counts[key] = counts.get(key, 0) + 1
            if counts[key] <= (REMEMBERED_VERSIONS if kind == "message" else 1):
                kept.append(line)
        return kept[::-1]

    def _replay(self, line: Json) -> None:
        hub = self._hub
        if "message" in line:
            fields = line["message"]
            message = hub.log.get(fields["id"])
            if message is None:
                author = hub.world.member(fields["author"])
                message = Message(fields["id"], fields["channel_id"], author, fields["created_at"])
                hub.log.add(message)
            message.restore(fields, line["at"], hub.world, hub.files)
            hub.ids.skip_to(message.id)
        elif "attachment" in line:
            hub.files.from_json(line["attachment"])
        elif "thread" in line:
            thread = Channel(**{**line["thread"], "overwrites": ()})
            hub.world.places.started[thread.id] = thread
        elif "commands" in line:
            hub.commands.restore(line["commands"])
        elif "interaction" in line:
            record = InteractionRecord.from_json(line["interaction"], hub.world, hub.log, hub.records)
            hub.keep(record)
            hub.ids.skip_to(record.id)


def _read(path: Path) -> list[Json]:
    lines: list[Json] = []
    if not path.exists():
        return lines
    for text in path.read_text(errors="replace").splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            continue  # cut short when the process was killed
    return lines
