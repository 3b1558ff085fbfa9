"""Text -> the views in which a hidden word becomes visible.

People hide words from filters with look-alike letters, invisible characters, spacing, punctuation, digits and repeats;
text encoders, and more so their pre-processing, often read straight through it. One canonical form cannot undo all of
that at once (undoing "n.u.d.e" would glue harmless sentences together), so the rules look at a few views side by side.
"""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import unquote

MAX_CHARACTERS = 4000  # of one text; ImageRequest allows fewer, this bounds the work whatever comes in

_LOOK_ALIKES = str.maketrans(
    # Cyrillic, Greek, Armenian and others by shape, not by sound (Unicode TR 39, confusables, the letters that matter).
    "абвгдеёзиіјкӏмнорстухѕѵԁԛԝҽһ" + "αβγδεηικνορτυχωϲϳ" + "աեգհոսցք" + "ıłøđħŧʀɢɪʟɴʏᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜱ",
    "abbrdee3uijklmhopctyxsvdqweh" + "abydenikvoptuxwcj" + "wtghnugp" + "ilodhtrgilnyacdejkmoptuvwzs",
)
_NEGATIVE_SQUARED = {0x1F170 + index: chr(ord("a") + index) for index in range(26)}
_NEGATIVE_CIRCLED = {0x1F150 + index: chr(ord("a") + index) for index in range(26)}
_REGIONAL = {0x1F1E6 + index: chr(ord("a") + index) for index in range(26)}
_TAGS = {0xE0000 + code: chr(code) for code in range(0x20, 0x7F)}
_BOXED = _NEGATIVE_SQUARED | _NEGATIVE_CIRCLED | _REGIONAL | _TAGS
_LEET = str.maketrans("013457@$!|€8", "oieastasiieb")
_INVISIBLE = frozenset({"Cf", "Cc", "Co", "Cs", "Cn", "Mn", "Me"})
_TAG = re.compile(r"<[^<>]{0,200}>")
_WEIGHT = re.compile(r":\s*[+-]?\d+(?:\.\d+)?\s*(?=[)\]>])")
_SPACED_LETTERS = re.compile(r"(?<![^\W_])(?:[^\W_][\W_]{1,3}){2,}[^\W_](?![^\W_])")
_NOT_WORD = re.compile(r"[\W_]+")
_RUNS = re.compile(r"(.)\1{2,}")
_DOUBLES = re.compile(r"(.)\1+")


def canonical(text: str) -> str:
    """Small letters, look-alikes resolved, nothing invisible, single spaces; punctuation stays."""
    text = html.unescape(unquote(text[:MAX_CHARACTERS]))
    text = text.translate(_BOXED)
    text = unicodedata.normalize("NFKD", text).casefold()
    kept = (
        " " if character in "\t\n\r" else character
        for character in text
        if character in "\t\n\r" or unicodedata.category(character) not in _INVISIBLE
    )
    return " ".join("".join(kept).translate(_LOOK_ALIKES).split())


def views(text: str) -> frozenset[str]:
    """The canonical text and what it may be hiding: words separated by single spaces, no punctuation."""
    plain = canonical(text)
    found = set()
    for written in {plain, _WEIGHT.sub("", plain), _TAG.sub("", plain)}:
        for spelled in (written, written.translate(_LEET)):
            joined = _SPACED_LETTERS.sub(lambda match: _NOT_WORD.sub("", match[0]), spelled)
            found |= {_words(spelled), _words(joined), _glued(spelled)}
    for view in tuple(found):
        if _RUNS.search(view):
            found |= {_RUNS.sub(r"\1", view), _RUNS.sub(r"\1\1", view), _DOUBLES.sub(r"\1", view)}
    return frozenset(view for view in found if view)


def _words(text: str) -> str:
    """Every mark is a gap between words."""
    return _NOT_WORD.sub(" ", text).strip()


def _glued(text: str) -> str:
    """Marks inside a word ("n.u.d.e", "nu(de)") vanish; spaces between words stay."""
    return " ".join(filter(None, (_NOT_WORD.sub("", word) for word in text.split())))
