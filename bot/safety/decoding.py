"""Encodings a text may arrive in, undone: HTML, URL and backslash escapes, base64 and 32, numbers, Morse.

Newer pipelines decode for the attacker: what is harmless to the eye here becomes plain text after the gate, because
their clean-up runs an HTML parser and a URL decoder over the prompt. So the gate decodes first, twice at most.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable
from urllib.parse import unquote_plus

_TAG = re.compile(r"<!--.{0,200}?-->|</?[a-zA-Z][^<>]{0,200}>", re.DOTALL)
_MENTION = re.compile(r"<(?:@[!&]?|#)\d{5,25}>")
_ESCAPE = re.compile(r"\\+u\{?([0-9a-fA-F]{4,6})\}?|\\+x([0-9a-fA-F]{2})|%u([0-9a-fA-F]{4})|=([0-9A-F]{2})")
_BASE64 = re.compile(r"(?<![\w+/-])[A-Za-z0-9+/_-]{8,}={0,2}(?![\w+/-])")
_HEX = re.compile(r"(?<!\w)(?:0x)?(?:[0-9a-fA-F]{2}[\s,:-]?(?:0x)?){3,}(?!\w)")
_OCTAL = re.compile(r"(?:\\+[0-7]{3}){3,}")
_DECIMAL = re.compile(r"(?<!\w)(?:(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6])(?:[\s,;]+|$)){4,}")
_BASE32 = re.compile(r"(?<!\w)[A-Z2-7]{12,}={0,6}(?!\w)")
_BINARY = re.compile(r"(?<!\w)(?:[01]{8}\s?){3,}(?!\w)")
_MORSE = re.compile(r"(?<!\S)(?:[.\-·−–•_]{1,5}(?:\s+/?\s*|/)){2,}[.\-·−–•_]{1,5}(?!\S)")
_MORSE_LETTERS = {
    code: letter
    for letter, code in zip(
        "abcdefghijklmnopqrstuvwxyz",
        [
            ".-",
            "-...",
            "-.-.",
            "-..",
            ".",
            "..-.",
            "--.",
            "....",
            "..",
            ".---",
            "-.-",
            ".-..",
            "--",
            "-.",
            "---",
            ".--.",
            "--.-",
            ".-.",
            "...",
            "-",
            "..-",
            "...-",
            ".--",
            "-..-",
            "-.--",
            "--..",
        ],
        strict=True,
    )
}
_TO_MORSE = str.maketrans("·•−–_", "..---")


def unescape(text: str) -> str:
    """HTML entities, URL and backslash escapes, twice at most: "%2526" hides what "%26" hides."""
    for _ in range(2):
        plain = text
        if "&" in plain:
            plain = html.unescape(plain)
        if "%" in plain:
            plain = unquote_plus(plain) if "+" in plain and " " not in plain else _unquote(plain)
        if "\\" in plain or "%" in plain or "=" in plain:
            plain = _ESCAPE.sub(_escaped, plain)
        if plain == text:
            break
        text = plain
    return text


def without_tags(text: str) -> str:
    return _TAG.sub("", text) if "<" in text else text


def mentions_somebody(text: str) -> bool:
    """A Discord mention: whoever is meant, it is somebody real."""
    return bool(_MENTION.search(text))


def decoded(text: str) -> list[str]:
    """What the text says in a code, in place of the code; empty if it says nothing so."""
    found = []
    for pattern, decode in _CODES:
        plain = pattern.sub(lambda match, decode=decode: decode(match[0]), text)  # type: ignore[misc]
        if plain != text:
            found.append(plain)
    return found


def _unquote(text: str) -> str:
    return unquote_plus(text.replace("+", "%2B"))


def _escaped(match: re.Match[str]) -> str:
    code = int(next(group for group in match.groups() if group), 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]


def _from_base64(code: str) -> str:
    standard = code.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return code
    return _text(data) or code


def _from_hex(code: str) -> str:
    digits = re.sub(r"0x|[^0-9a-fA-F]", "", code)
    return (_text(bytes.fromhex(digits)) if len(digits) % 2 == 0 else None) or code


def _from_binary(code: str) -> str:
    bits = re.sub(r"\s", "", code)
    return _text(bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))) or code


def _from_octal(code: str) -> str:
    numbers = [int(number, 8) for number in code.split("\\") if number]
    return (_text(bytes(numbers)) if max(numbers) < 256 else None) or code


def _from_decimal(code: str) -> str:
    return f" {_text(bytes(int(number) for number in re.findall(r'[0-9]+', code))) or code} "


def _from_base32(code: str) -> str:
    padded = code.rstrip("=")
    try:
        data = base64.b32decode(padded + "=" * (-len(padded) % 8))
    except binascii.Error:
        return code
    return _text(data) or code


def _from_morse(code: str) -> str:
    words = re.split(r"\s*/\s*|\s{3,}", code.translate(_TO_MORSE).strip())
    spelled = ["".join(_MORSE_LETTERS.get(letter, "") for letter in word.split()) for word in words]
    return " ".join(filter(None, spelled)) or code


def _text(data: bytes) -> str | None:
    """Printable text, or None: most words that look like base64 decode to noise."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    letters = sum(character.isalpha() or character == " " for character in text)
    return text if text.isprintable() and letters >= 0.8 * len(text) >= 2 else None


_CODES: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (_BASE64, _from_base64),
    (_BASE32, _from_base32),
    (_HEX, _from_hex),
    (_OCTAL, _from_octal),
    (_DECIMAL, _from_decimal),
    (_BINARY, _from_binary),
    (_MORSE, _from_morse),
)
