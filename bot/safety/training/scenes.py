"""Our own texts for training: words by themselves, and the scenes of scenes.toml."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.safety.lexicons import Lexicon
from bot.safety.sets import CLEAN_SETS, Prompt

# Entries of these lexicons are examples of a category; the "mild" ones are not.
EXAMPLES = {
    "sexual": "sexual",
    "nudity": "sexual",
    "suggestive": "sexual",
    "gore": "violence_gore",
    "disturbing": "disturbing",
    "hate": "hate",
    "illegal": "illegal",
}
SCENES = Path(__file__).with_name("scenes.toml")
SCENE_COPIES = 16  # of each scene: some alone, the others between pieces of harmless prompts
SCENES_ALONE = 4
ALONE = "scenes_alone"  # the set these are in; the others are in "scenes"
SCRAMBLED = "scrambled"
SCRAMBLED_SET = "diffusiondb_benign"
HARMLESS = "harmless"
HARMLESS_ALONE = ("minor", "minor_wide", "person", "body_or_person", "propaganda", "identity", "insult")
MOST_ALONE = 4000
SEED = 20
ALTERNATIVES = re.compile(r"\{([^{}]*)\}")


def examples(lexicons: Iterable[Lexicon], ordinary: Sequence[str]) -> list[Prompt]:
    """Words by themselves: what a lexicon has to say about them, and that any other word alone is harmless."""
    harmless = [
        word.replace("*", "")
        for lexicon in lexicons
        if (lexicon.name.endswith("_mild") or lexicon.name in HARMLESS_ALONE) and not lexicon.language
        for word in lexicon.words
        if word.isascii() and not word.startswith("emoji")
    ]
    texts = [*harmless, *(f"a {word}" for word in harmless), *(f"a {word}" for word in ordinary[:MOST_ALONE])]
    found = [Prompt("words", text, "benign", frozenset(), (0.0, 0.0)) for text in dict.fromkeys(texts)]
    return found + [
        Prompt("lexicons", word.replace("*", ""), "example", frozenset({EXAMPLES[lexicon.name]}), (0.0, 0.0))
        for lexicon in lexicons
        if lexicon.name in EXAMPLES and not lexicon.language
        for word in lexicon.words
        if word.isascii()
    ]


def scenes(prompts: Sequence[Prompt]) -> list[tuple[Prompt, str]]:
    """Our own descriptions, alone and between harmless pieces of training prompts, each with the text it was made of.
    Of "{a|b}" each takes one."""
    rng = random.Random(SEED)
    around = [prompt.text.split() for prompt in prompts if prompt.set in CLEAN_SETS and not prompt.is_held_out]
    found = []
    for category, texts in scene_texts().items():
        for text in texts:
            for number in range(SCENE_COPIES):
                is_alone = number < SCENES_ALONE
                before, after = ([], []) if is_alone else (_piece(rng, around), _piece(rng, around))
                scene = ALTERNATIVES.sub(lambda match: rng.choice(match[1].split("|")), text)
                label, categories = ("benign", ()) if category == HARMLESS else ("example", (category,))
                prompt = Prompt(
                    ALONE if is_alone else "scenes",
                    " ".join([*before, scene, *after]),
                    label,
                    frozenset(categories),
                    (0.0, 0.0),
                )
                found.append((prompt, text))
    return found


def scrambled(prompts: Sequence[Prompt]) -> list[tuple[Prompt, str]]:
    """Harmless training prompts with their words in any order, each with the text it was made of: words that meet by
    chance should be no sign."""
    rng = random.Random(SEED)
    found = []
    for prompt in prompts:
        if prompt.set == SCRAMBLED_SET and not prompt.is_held_out:
            words = prompt.text.split()
            rng.shuffle(words)
            found.append((Prompt(SCRAMBLED, " ".join(words), "benign", frozenset(), (0.0, 0.0)), prompt.text))
    return found


def scene_texts() -> dict[str, list[str]]:
    """By category, "harmless" among them."""
    texts: dict[str, list[str]] = tomllib.loads(SCENES.read_text(encoding="utf-8"))["scenes"]
    return texts


def _piece(rng: random.Random, texts: Sequence[list[str]]) -> list[str]:
    words = rng.choice(texts)
    start = rng.randrange(max(1, len(words) - 4))
    return words[start : start + rng.randrange(5)]
