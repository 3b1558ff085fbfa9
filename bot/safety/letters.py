"""Letters as a reader sees them: what each character of any script may stand for in a Latin word.

Look-alikes go by shape first ("р" is p to the eye), by sound second ("р" is r in Russian): whoever hides a word uses
either. One character may have several readings; which is meant is decided by the word it makes (bot/safety/reading.py).
Most characters need no table: their Unicode name says which letter they are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# One table a script, "letter readings": the first reading is the likelier.
_CYRILLIC = """
а a|б b 6|в b v|г r g|ґ r g|д d g|е e|ё e|ж x z|з 3 e z|и u i n|й u i y|к k|л n l|м m|н h n|о o|п n p|р p r|с c s|т t m
у y u|ф o f|х x h|ц u c|ч y ch|ш w sh|щ w sh|ъ b|ы bl y|ь b|э e 3|ю io u|я r a ya|і i|ї i|ј j|ѕ s|ԁ d|ԛ q|ԝ w|ҽ e|һ h|ӏ l i
ѵ v|ѡ w|є e|ђ h|ћ h|ќ k|љ lj|њ nj|џ u dz|ү y u|ұ y|қ k|ң h n|ө o|ә e a|ғ f r|ҳ x|ҷ y|ӊ h n|ӕ ae|ԍ g|ԏ t|ԃ d|ԡ l|ꙅ s|ᴦ r|ᴨ n|ᴧ l a
"""  # noqa: E501
_CYRILLIC_CAPITALS = "В b v|Н h n|М m|Т t|И n i|П n p|Л n l|Я r a|З 3 e z|Г r g|У y u|Д a d|Б b 6|Ф o f"
_GREEK = """
α a|β b|γ y g|δ d|ε e|ζ z|η n h|θ o th|ι i|κ k|λ l a|μ u m|ν v n|ξ e x|ο o|π n p|ρ p r|σ o s|ς c s|τ t|υ u y|φ o f|χ x h|ψ w y
ω w o|ϲ c|ϳ j|ϱ p r|ϕ o f|ϵ e|ϐ b|ϑ o|ϰ k|ϖ w|ͻ c o|ϻ m|ϸ p|ϝ f|ϛ c s
"""  # noqa: E501
_GREEK_CAPITALS = "Η h|Ν n|Ρ p r|Υ y|Χ x|Σ e s|Λ a l|Δ a d|Ξ e x|Π n p|Θ o th|Ω o w|Φ o f|Γ r g|Ψ y w|Μ m|Β b"
_OTHERS = """
ա w a|բ p b|գ q g|դ n d|ե t e|զ q z|է t e|ը n e|թ p t|ժ d|ի h i|լ l|խ fu x|ծ o|կ u k|հ h|ձ d|ղ n|ճ d|մ u m|յ j y|ն u n|շ 2 sh
ո n o|չ z|պ w p|ջ g|ռ n r|ս u s|վ d v|տ m t|ր n r|ց g c|ւ i v|փ p|ք p q|օ o|ֆ f
Ꭰ d|Ꭱ e r|Ꭲ t i|Ꭺ a|Ꭻ j|Ꭼ e|Ꮃ w|Ꮇ m|Ꮋ h|Ꮍ y|Ꮐ g|Ꮑ n|Ꮒ h|Ꮓ z|Ꮖ l i|Ꮞ 4|Ꮟ b|Ꮢ r|Ꮥ s|Ꮩ v|Ꮪ s|Ꮮ l|Ꮯ c|Ꮲ p|Ꮶ k|Ꮷ d|Ꮾ 6 b|Ᏼ b|Ꭵ i|Ꮜ u|Ꮻ o
Ꮼ o|Ꭷ o|Ꮕ n|Ꮎ o|Ꭴ o|Ꮆ g|Ꭶ s|Ꮳ c|Ᏻ g|Ᏸ b|Ꮏ t|Ꮿ b|Ꮛ e|Ꮭ l|Ꮝ u
ꓐ b|ꓑ p|ꓒ d|ꓓ d|ꓔ t|ꓖ g|ꓗ k|ꓙ j|ꓚ c|ꓜ z|ꓝ f|ꓟ m|ꓠ n|ꓡ l|ꓢ s|ꓣ r|ꓦ v|ꓧ h|ꓪ w|ꓫ x|ꓬ y|ꓮ a|ꓯ a|ꓰ e|ꓱ e|ꓲ i l|ꓳ o|ꓴ u|ꓵ n
ⲁ a|ⲃ b|ⲅ r|ⲇ d|ⲉ e|ⲍ z|ⲏ h|ⲑ o|ⲓ i|ⲕ k|ⲗ l|ⲙ m|ⲛ n|ⲝ x|ⲟ o|ⲡ n p|ⲣ p|ⲥ c s|ⲧ t|ⲩ y u|ⲫ o|ⲭ x|ⲯ w|ⲱ w
ა o a|ბ b|გ g|დ d|ე e|ვ v|ი o i|კ k|ლ l|მ m|ნ n|ო m o|პ p|რ r|ს b s|ტ t|უ y u|ყ y|შ sh|ხ b h
ᐁ v|ᐃ a|ᑌ u|ᑎ n|ᑕ c|ᑐ d|ᑭ p|ᑯ d|ᑫ q|ᒍ j|ᒪ l|ᒥ r|ᓚ s|ᔕ s|ᕼ h|ᖇ r|ᗅ a|ᗪ d|ᗩ a|ᗴ e|ᗷ b|ᗰ m|ᗯ w|ᘔ z|ᘿ e|ᙢ m|᙭ x|ᙡ w|ᐯ v|ᑢ c|ᖴ f|ᖻ y|ᛕ k|ᛖ m
ᚱ r|ᚠ f|ᛒ b|ᛁ i|ᛏ t|ᚢ n u|ᚺ h|ᛗ m|ᛚ l|ᛟ o|ᛊ s|ᚨ a|ᚲ c k|ᛞ d|ᚷ x g|ᚹ p w|ᚾ n|ᛃ j|ᛈ p|ᛉ y z|ᚦ th
ט u t|ס o s|ח n h|ר r|ו i v|ן l n|ם o m|ת n t|א x a|ש w sh|ק p k|ק k|ע y|ץ y|ⵏ l n|ⵔ o r|ⵝ x|ⴹ e d|ⵟ t|ⵍ n l
ک k|ه o h|ο o|០ o|౦ o|੦ o|൦ o|๐ o|ด a d|ค a k|є e|ท n t|ร s r|ย u y|ц u c|ฬ w|ภ n|ς c|ղ n|Ⴝ s|Ⴄ n|Ⴇ o
∂ d|∈ e|∑ e s|∏ n p|√ v|∩ n|∪ u|⊂ c|∅ o|ø o|ƒ f|∫ s|† t|₿ b|₤ l|₳ a|₱ p|₦ n|₩ w|₭ k|₮ t|₴ s|₡ c|฿ b|¢ c|€ e|£ l e|¥ y|§ s|ß b ss|ı i|ł l
ð d|þ p th|æ ae|œ oe|ĸ k|ŋ n|ə e|ɛ e|ɜ e|ɔ o c|ɑ a|ɒ a|ʌ a v|ɐ a|ɪ i|ʊ u o|ʃ s|ʒ z|ɣ y g|ɩ i|ʋ v|ɯ w m|ɥ h y|ǝ e|ɹ r|ʎ y|ʇ t|ʞ k|ɟ f j|ɾ r|ƨ s|ƽ s
⒜ a|ⓞ o|◯ o|○ o|● o|◎ o|⭕ o|❌ x|✖ x|✗ x|❎ x|⊗ x|☓ x|♥ o|★ a|☆ a|♀ o|ℹ i|❗ i|❕ i|➕ t|✝ t|☠ x|🅰 a|🅱 b|🅾 o|🅿 p|🆎 ab|Ⓜ m
"""  # noqa: E501
# Real Chinese and Japanese characters that pass for letters, so only where a text has no other of their kind.
_EAST_ASIAN = """
丨 l i|丅 t|乙 z|乃 b|匚 c|卂 a|千 f|卄 h|几 n|口 o d|尺 r|山 w|爪 m|丂 s|㇄ l|ㄖ o|ㄩ u|卩 p|乇 e|刀 d|ム a|ノ i|メ x|ﾘ y|ﾌ z
"""  # noqa: E501
_BY_NAME = re.compile(
    r"(?:LATIN|MODIFIER LETTER|REGIONAL INDICATOR|NEGATIVE|SQUARED|CIRCLED|PARENTHESIZED|FULLWIDTH|TAG)"
    r"[A-Z ]*?(?:LETTER|SYMBOL|LATIN|CAPITAL|SMALL|TURNED|REVERSED|BARRED|SCRIPT|OPEN|SIDEWAYS|STRETCHED|INVERTED)"
    r" ([A-Z]|[A-Z]{2}|ESH|EZH|ENG|ALPHA|IOTA|UPSILON|GAMMA|SCHWA|ETH|THORN)(?: WITH [A-Z -]+| BAR| DIGRAPH)?$"
)
_SPELLED_NAMES = {
    "ESH": "s", "EZH": "z", "ENG": "n", "ALPHA": "a", "IOTA": "i", "UPSILON": "u", "GAMMA": "y", "SCHWA": "e",
    "ETH": "d", "THORN": "p",
}  # fmt: skip
_TURNED = dict(
    zip(
        "ɐqɔpǝɟƃɓɥıᴉɾʞlʅɯuodbɹsʇnʌʍxʎz∀ꓭƆᗡƎℲ⅁HIſꓘ⅂ꟽNOԀꓤS⊥∩ɅMX⅄Z",
        "abcdefgghiijkllmnopqrstuvwxyzabcdefghijklmnoprstuvwxyz",
        strict=True,
    )
)
# Lying on their heads; without one of these a text is not upside down.
_ONLY_TURNED = frozenset("ɐɔǝɟƃɓɥıᴉɾʞʅɯɹʇʌʍʎ∀ꓭƆᗡƎℲ⅁ſꓘ⅂ꟽԀꓤ⊥Ʌ⅄")
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")  # letters of Hangul that nobody sees
_BRAILLE = dict(zip("⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵", "abcdefghijklmnopqrstuvwxyz", strict=True))


def _table(*rows: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for entry in "|".join(" ".join(row.strip().replace("\n", "|").split()) for row in rows).split("|"):
        letter, *readings = entry.split()
        found.setdefault(letter, tuple(readings))
    return found


# Capitals differ in shape from their small letters in Cyrillic and Greek ("Η" is H, "η" is n).
_SHAPES = _table(_CYRILLIC, _CYRILLIC_CAPITALS, _GREEK, _GREEK_CAPITALS, _OTHERS)
_EAST_ASIAN_SHAPES = _table(_EAST_ASIAN)
LEET: dict[str, tuple[str, ...]] = {
    "0": ("o",), "1": ("i", "l"), "2": ("z",), "3": ("e",), "4": ("a",), "5": ("s",), "6": ("g", "b"), "7": ("t",),
    "8": ("b",), "9": ("g",), "@": ("a",), "$": ("s",), "!": ("i", "l"), "|": ("l", "i"), "+": ("t",), "(": ("c",),
    "<": ("c",), "^": ("a",), "}": ("d",),
}  # fmt: skip


def is_east_asian(character: str) -> bool:
    if character in _FILLERS:
        return False
    return "\u2e80" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff"


def without_east_asian_shapes(text: str) -> str:
    """Latin letters in the place of East Asian characters that imitate them; real Chinese and Japanese stay."""
    if text.isascii():
        return text
    used = {character for character in text if is_east_asian(character)}
    if not used or not used <= _EAST_ASIAN_SHAPES.keys():
        return text
    return "".join(_EAST_ASIAN_SHAPES[character][0] if character in used else character for character in text)


@lru_cache(maxsize=8192)
def readings(character: str) -> tuple[str, ...]:
    """What a character may stand for, likeliest first; itself if nothing else, nothing if it cannot be seen."""
    if character.isascii():
        return (character.lower(),)
    if "\U000e0020" <= character <= "\U000e007e":  # the invisible twins of ASCII
        return (chr(ord(character) - 0xE0000).lower(),)
    if character in _FILLERS:
        return ("",)
    if character in _BRAILLE:
        return (_BRAILLE[character],)
    found = _SHAPES.get(character) or _SHAPES.get(character.lower())
    if found:
        return found
    if named := _BY_NAME.match(unicodedata.name(character, "")):
        return (_SPELLED_NAMES.get(named[1], named[1].lower()),)
    if unicodedata.category(character) in ("Cf", "Cc", "Co", "Cs", "Cn", "Mn", "Me"):
        return ("",)
    plain = unicodedata.normalize("NFKD", character)
    if plain != character:
        # At most two letters of readings: compatibility forms are one letter, rarely a ligature of three.
        return ("".join(readings(part)[0] for part in plain),)
    return (character.casefold(),)


def upside_down(text: str) -> str | None:
    """A text that stands on its head, read; None if it stands on its feet."""
    if sum(character in _ONLY_TURNED for character in text) < 2:
        return None
    return "".join(_TURNED.get(character, character) for character in reversed(text))
