"""A line as people type it into the page: `/imagine prompt:"a red circle" seed:7`."""

from __future__ import annotations

import re

from bot.rehearsal.errors import UnknownCommand

REST = ""
"""The key of words that belong to no named option; they go to the first required one."""

_PIECE = re.compile(r"""(?:^|\s)([-_'\w]+):\s*(?:"((?:[^"\\]|\\.)*)"|(\S*))""")


def parse_slash_line(line: str) -> tuple[str, dict[str, str]]:
    """The command's name (with subcommands, after spaces) and its options as text."""
    line = line.strip()
    if not re.match(r"/\S", line):
        raise UnknownCommand("A command starts with a slash, as in /imagine.")
    first = _PIECE.search(line)
    head = line[1 : first.start() if first else len(line)].strip()
    options: dict[str, str] = {}
    rest: list[str] = []
    end = first.start() if first else len(line)
    for match in _PIECE.finditer(line):
        rest.append(line[end : match.start()].strip())
        quoted = match[2]
        options[match[1]] = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match[3]
        end = match.end()
    rest.append(line[end:].strip())
    name, _, loose = head.partition(" ")
    words = " ".join(word for word in (loose, *rest[1:]) if word)
    if words:
        options[REST] = words
    return name, options
