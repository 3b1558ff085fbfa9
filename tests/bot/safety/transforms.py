"""Ways to hide a word, each a function from the word to what is written."""

from __future__ import annotations

import base64
import codecs
import json
from collections.abc import Callable
from urllib.parse import quote

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def offset(start: int) -> Callable[[str], str]:
    return lambda word: "".join(chr(start + ord(c) - ord("a")) if c in LETTERS else c for c in word)


def mapped(letters: str, others: str) -> Callable[[str], str]:
    return lambda word: word.translate(str.maketrans(letters, others))


def between(mark: str) -> Callable[[str], str]:
    return lambda word: mark.join(word)


def after_each(marks: str) -> Callable[[str], str]:
    return lambda word: "".join(c + marks for c in word)


def halves(before: str, middle: str, after: str) -> Callable[[str], str]:
    return lambda word: f"{before}{word[: len(word) // 2]}{middle}{word[len(word) // 2 :]}{after}"


def starred_vowels(word: str) -> str:
    return word[0] + "".join("*" if c in "aeiou" else c for c in word[1:])


def repeated_vowels(word: str) -> str:
    return "".join(c * 4 if c in "aeiou" else c for c in word)


def morse(word: str) -> str:
    codes = (
        ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."
    )
    return " ".join(codes.split()[LETTERS.index(c)] for c in word)


def pig_latin(word: str) -> str:
    start = next((at for at, c in enumerate(word) if c in "aeiou"), 0)
    return f"{word[start:]}{word[:start]}ay" if start else f"{word}way"


UPSIDE_DOWN = str.maketrans(LETTERS, "ɐqɔpǝɟƃɥıɾʞlɯuodbɹsʇnʌʍxʎz")

# Every one of these hides a whole word of any letters.
TRANSFORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "capitals": str.upper,
    "mixed capitals": lambda word: "".join(c.upper() if at % 2 else c for at, c in enumerate(word)),
    "fullwidth": offset(0xFF41),
    "mathematical bold": offset(0x1D41A),
    "mathematical script": offset(0x1D4EA),
    "mathematical fraktur": offset(0x1D586),
    "mathematical monospace": offset(0x1D68A),
    "double struck": offset(0x1D552),
    "circled": offset(0x24D0),
    "parenthesized": offset(0x249C),
    "squared": offset(0x1F130),
    "negative squared": offset(0x1F170),
    "negative circled": offset(0x1F150),
    "regional indicators": offset(0x1F1E6),
    "tag characters": lambda word: "".join(chr(0xE0000 + ord(c)) for c in word),
    "Cyrillic look-alikes": mapped("aceopxyi", "асеорхуі"),
    "Greek look-alikes": mapped("abeikoptuvx", "αβεικορτυνχ"),
    "Armenian and Cherokee": mapped("oushgdbe", "օսսհց" + "Ꮷᏼ" + "Ꭼ"),
    "small capitals": mapped("abcdeghijklmnoprtuvwyz", "ᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢ"),
    "superscript": mapped("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"),
    "strokes and hooks": mapped("abdeiklotuz", "ⱥƀđɇɨꝁłøŧʉƶ"),
    "upside down": lambda word: word[::-1].translate(UPSIDE_DOWN),
    "Braille": mapped(LETTERS, "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵"),
    "accents": after_each("\u0301"),
    "zalgo": after_each("\u0301\u0336\u035b\u0489"),
    "zero width": between("\u200b"),
    "soft hyphens": between("\u00ad"),
    "word joiners": between("\u2060"),
    "variation selectors": between("\ufe0f"),
    "right-to-left override": lambda word: f"\u202e{word}\u202c",
    "bidi marks": between("\u200f"),
    "spaces": between(" "),
    "wide spaces": between("\u2003"),
    "double spaces": between("  "),
    "newlines": between("\n"),
    "dots": between("."),
    "hyphens": between("-"),
    "underscores": between("_"),
    "slashes": between("/"),
    "middle dots": between("·"),
    "emoji between": between("✨"),
    "split by a hyphen": halves("", "-", ""),
    "split by a backslash": halves("", "\\", ""),
    "split by a space": halves("", " ", ""),
    "markdown": halves("**", "**", ""),
    "strike-through": halves("~~", "~~", ""),
    "spoiler": halves("||", "", "||"),
    "brackets": halves("", "(", ")"),
    "weights": halves("(", ":1.2)(", ":1.1)"),
    "one weight": halves("((", "", ":1.3))"),
    "plus weights": halves("(", "", ")++"),
    "schedule": halves("[tree:", "", ":0.5]"),
    "alternative": halves("{tree|", "", "}"),
    "split alternative": halves("{", "|zz}", ""),
    "alternating": halves("[tree|", "", "]"),
    "wildcard": halves("__", "", "__"),
    "LoRA": halves("<lora:", "", ":0.8>"),
    "angle tags": halves("", "<b></b>", ""),
    "comment": halves("", "<!-- -->", ""),
    "entities": lambda word: "".join(f"&#{ord(c)};" for c in word),
    "hex entities": lambda word: "".join(f"&#x{ord(c):x};" for c in word),
    "URL encoding": lambda word: "".join(f"%{ord(c):02x}" for c in word),
    "double URL encoding": lambda word: quote("".join(f"%{ord(c):02x}" for c in word)),
    "escapes": lambda word: "".join(f"\\u{ord(c):04x}" for c in word),
    "base64": lambda word: base64.b64encode(f"a {word} here".encode()).decode(),
    "hex": lambda word: word.encode().hex(" "),
    "Morse": morse,
    "reversed": lambda word: word[::-1],
    "rot13": lambda word: codecs.encode(word, "rot13"),
    "pig Latin": pig_latin,
    "leet": mapped("aeiost", "431057"),
    "symbols": mapped("aist", "@!$+"),
    "repeats": lambda word: "".join(c * 3 for c in word),
    "doubled": lambda word: "".join(c * 2 for c in word),
    "long vowels": repeated_vowels,
    "starred vowels": starred_vowels,
    "two letters swapped": lambda word: word[:2] + word[3] + word[2] + word[4:],
    "a letter left out": lambda word: word[:3] + word[4:],
    "a letter too many": lambda word: word[:3] + "q" + word[3:],
    "a wrong letter": lambda word: word[:-2] + "q" + word[-1],
    "glued": lambda word: f"green{word}garden",
    "camel case": lambda word: f"Green{word.capitalize()}Garden",
    "each in brackets": lambda word: "".join(f"({c})" for c in word),
    "each in square brackets": lambda word: "".join(f"[{c}]" for c in word),
    "each weighted": lambda word: "".join(f"({c}:1.1)" for c in word),
    "BREAK inside": halves("", " BREAK ", ""),
    "AND inside": halves("", " AND ", ""),
    "blend": lambda word: f'("{word}", "tree").blend(1,1)',
    "schedule of halves": halves("[", ":", ":0.5]"),
    "escaped brackets": halves("\\(", "", "\\)"),
    "nested braces": halves("{{", "", "}}"),
    "backslashes": between("\\"),
    "pipes": between("|"),
    "asterisks": between("*"),
    "tildes": between("~"),
    "commas": between(","),
    "colons": between(":"),
    "quotes": between("'"),
    "plus signs": between("+"),
    "equals signs": between("="),
    "mixed marks": lambda word: "".join(c + ".-_~"[at % 4] for at, c in enumerate(word)),
    "dots and spaces": between(" . "),
    "tabs": between("\t"),
    "ideographic spaces": between("\u3000"),
    "Hangul fillers": between("\u3164"),
    "Mongolian separators": between("\u180e"),
    "combining dots below": after_each("\u0323"),
    "split by a newline": halves("", "\n", ""),
    "split by a hyphen and a newline": halves("", "-\n", ""),
    "split by a comma": halves("", ",", ""),
    "split by a dot": halves("", ".", ""),
    "split by an emoji": halves("", "🔥", ""),
    "split by a zero-width joiner": halves("", "\u200d", ""),
    "split in three": lambda word: f"{word[:3]} {word[3:6]} {word[6:]}",
    "capital half": lambda word: word[: len(word) // 2] + word[len(word) // 2 :].upper(),
    "CDATA": halves("<![CDATA[", "", "]]>"),
    "span": lambda word: "".join(f"<i>{c}</i>" for c in word),
    "JSON escapes": lambda word: json.dumps({"prompt": "".join(chr(0xFF41 + ord(c) - 97) for c in word)}),
    "UTF-8 escapes": lambda word: "".join(f"\\x{ord(c):02x}" for c in word),
    "octal escapes": lambda word: "".join(f"\\{ord(c):03o}" for c in word),
    "decimal codes": lambda word: " ".join(str(ord(c)) for c in word),
    "binary": lambda word: " ".join(f"{ord(c):08b}" for c in word),
    "base32": lambda word: base64.b32encode(f"a {word} here".encode()).decode(),
    "base64 of the word": lambda word: base64.b64encode(word.encode()).decode(),
    "quoted printable": lambda word: "".join(f"={ord(c):02X}" for c in word),
    "shifted by three": lambda word: "".join(chr((ord(c) - 97 + 3) % 26 + 97) for c in word),
    "mirrored alphabet": lambda word: "".join(chr(219 - ord(c)) for c in word),
    "heavy leet": mapped("abegiostz", "48361057" + "2"),
    "a digit after each": lambda word: "".join(f"{c}1" for c in word),
    "numbered": lambda word: f"{word}123",
    "plural": lambda word: f"{word}s",
    "-ing": lambda word: f"{word}ing",
    "-ed": lambda word: f"{word}ed",
    "un-": lambda word: f"un{word}",
    "possessive": lambda word: f"{word}'s",
    "in quotes": halves('"', "", '"'),
    "code fence": halves("`", "", "`"),
    "link": halves("[", "", "](https://example.org)"),
    "heading": halves("# ", "", ""),
    "last letter repeated": lambda word: word + word[-1] * 5,
    "a vowel left out": lambda word: word[:2] + "".join(c for c in word[2:] if c not in "aeiou" or word.count(c) > 1),
    "first and last swapped": lambda word: word[-1] + word[1:-1] + word[0],
    "dotted ends": lambda word: f"..{word}..",
    "twice": lambda word: f"{word}{word}",
    "upper tag": lambda word: f"<B>{word[:3]}</B>{word[3:]}",
    "hashtag": lambda word: f"#{word}",
    "digits around": lambda word: f"99{word}2024",
}
