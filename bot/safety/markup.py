"""The prompt languages of Stable Diffusion programs, read both ways.

"(nu:1.2)(de:1.1)" is one word to the model, "{red|nude} hat" is one of two, "[a:nude:0.5]" is both in turn. A text is
therefore read with its markup removed, with a gap in its place, and once for each alternative.
"""

from __future__ import annotations

import re

MAX_EXPANSIONS = 6  # of one text: every alternative is in one of them, not every combination

_LORA = re.compile(r"<(?:lora|lyco|hypernet|embedding)\s*:([^:<>]{1,80})(?::[^<>]{0,40})?>", re.IGNORECASE)
_WILDCARD = re.compile(r"__([\w/\- ]{1,60}?)__")
_BLEND = re.compile(r"\.(?:blend|and|swap)\s*\([^()]{0,80}\)")
_KEYWORD = re.compile(r"\b(?:BREAK|AND|ADDCOMM|ADDBASE|ADDCOL|ADDROW|TOPP|BOTTOM)\b")
_WEIGHT = re.compile(
    r":{1,2}\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)\s*(?=$|[)\]}>,;\s|])|(?<=[\w)\]])(?:\+{1,4}|-{2,4})(?=\W|$)"
)
_CHOICE = re.compile(r"\{(?:\d+\$\$)?([^{}]{1,400})\}|\[([^\[\]]{1,400})\]")
_MARKS = re.compile(r"[()\[\]{}]+")
_SCHEDULE_NUMBER = re.compile(r"^\s*\d*\.?\d+\s*$")


def spellings(text: str) -> list[str]:
    """The text as the model may come to read it: without markup in two ways, and once for each alternative."""
    plain = _KEYWORD.sub(" ", text)
    if "__" in plain:
        plain = _WILDCARD.sub(r" \1 ", plain)
    if "<" in plain:
        plain = _LORA.sub(lambda match: f" {re.sub(r'[_-]+', ' ', match[1])} ", plain)
    if ".b" in plain or ".a" in plain or ".s" in plain:
        plain = _BLEND.sub(" ", plain)
    found = [plain]
    if ":" in plain or "++" in plain or "--" in plain:
        found.append(_WEIGHT.sub("", plain))
    if "|" in plain or "{" in plain or "[" in plain:
        found += _alternatives(found[-1] if "|" in plain else plain)
    if any(mark in plain for mark in "([{"):
        found += [_MARKS.sub("", spelling) for spelling in tuple(found[:3])]
    return list(dict.fromkeys(found))


def _alternatives(text: str) -> list[str]:
    """One spelling for the first choice everywhere, one for the second, and so on; "(a|b)" outside braces too."""
    groups = [[choice for choice in _split(match) if choice is not None] for match in _CHOICE.finditer(text)]
    most = min(MAX_EXPANSIONS, max((len(group) for group in groups), default=0))
    if most < 2:
        return []
    found = []
    for nth in range(most):
        chosen = iter(group[nth % len(group)] if group else "" for group in groups)
        found.append(_CHOICE.sub(lambda _match, chosen=chosen: next(chosen), text))  # type: ignore[misc]
    return found


def _split(match: re.Match[str]) -> list[str]:
    inside = match[1] if match[1] is not None else match[2]
    if "|" in inside:
        return [re.sub(r"^\s*[\d.]+::", "", choice) for choice in inside.split("|")]
    if match[2] is not None and ":" in inside:
        return [part for part in inside.split(":") if not _SCHEDULE_NUMBER.match(part)]
    return [inside]
