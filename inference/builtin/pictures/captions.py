"""Six ways in which people ask for a picture: sentences, fragments, tags, orders.

Every caption is true of its scene, but not every caption tells everything: who types "red circle" leaves the
background to the model, and the model has to learn that too.
"""

from __future__ import annotations

import random
from typing import Final

from inference.builtin.pictures import palette
from inference.builtin.pictures.scenes import RELATIONS, Landscape, Scene, Thing

WAYS: Final = 6
NUMBERS: Final = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
NOUNS: Final[dict[str, tuple[str, ...]]] = {
    "circle": ("circle", "circle", "disc", "dot"),
    "ring": ("ring", "ring", "donut"),
    "crescent": ("crescent", "crescent moon", "moon"),
    "oval": ("oval", "oval", "ellipse"),
    "cross": ("cross", "cross", "plus sign"),
    "boat": ("boat", "sailboat"),
    "cat": ("cat", "cat", "kitty"),
}
PLURALS: Final = {"fish": "fish", "cross": "crosses", "plus sign": "plus signs", "kitty": "kitties"}
ORDERS: Final = ("draw me ", "draw ", "please draw ", "a picture of ", "an image of ", "show me ", "i want ", "paint ")
PRAISE: Final = ("simple", "flat design", "minimalist", "clean", "high quality", "vector art", "centered")
SIZE_WORDS: Final = {"small": ("small", "tiny", "little"), "large": ("large", "big", "huge")}
BESIDE: Final[dict[str, tuple[str, ...]]] = {
    "left": ("to the left of", "left of", "on the left of"),
    "right": ("to the right of", "right of", "on the right of"),
    "above": ("above", "over", "on top of"),
    "below": ("below", "under", "beneath"),
}
GROUND_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "meadow": ("a meadow", "green hills", "a green field"),
    "sea": ("the sea", "the ocean", "a calm sea"),
    "desert": ("a desert", "the desert", "sand dunes"),
    "snow": ("a snowy landscape", "snow", "snowy hills"),
    "mountains": ("mountains", "a mountain landscape", "mountains with snowy peaks"),
}
TIME_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "day": ("on a sunny day", "in daylight", "under a blue sky"),
    "sunset": ("at sunset", "in the evening"),
    "night": ("at night", "under the stars", "by moonlight"),
    "dawn": ("at dawn", "at sunrise", "in the early morning"),
}


def captions(scene: Scene) -> list[str]:
    """WAYS captions, from the most complete to the shortest; the same for the same scene."""
    lot = random.Random(scene.seed ^ 0xCA9710)
    if scene.landscape is not None:
        return _landscape(scene.landscape, lot)
    if scene.kind == "two":
        return _two(scene, lot)
    if scene.kind == "count":
        return _count(scene, lot)
    return _one(scene, lot)


def article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def colour_word(colour: str, lot: random.Random) -> str:
    others = palette.SYNONYMS.get(colour, ())
    return lot.choice(others) if others and lot.random() < 0.3 else colour


def _noun(shape: str, lot: random.Random) -> str:
    return lot.choice(NOUNS.get(shape, (shape,)))


def _plural(noun: str) -> str:
    return PLURALS.get(noun, f"{noun}s")


def _thing(thing: Thing, lot: random.Random) -> str:
    return f"{colour_word(thing.colour, lot)} {_noun(thing.shape, lot)}"


def _ground(scene: Scene, lot: random.Random) -> str:
    back = scene.background
    first = colour_word(back.colour, lot)
    if back.pattern == "plain" or back.second is None:
        return f"{first} background"
    second = colour_word(back.second, lot)
    if back.pattern == "gradient":
        return lot.choice([f"{first} to {second} gradient background", f"background fading from {first} to {second}"])
    return f"{first} and {second} {back.pattern} background"


def _one(scene: Scene, lot: random.Random) -> list[str]:
    def what() -> str:
        size = f"{lot.choice(SIZE_WORDS[scene.size])} " if scene.size in SIZE_WORDS else ""
        return size + _thing(scene.things[0], lot)

    def where() -> str:
        if scene.place is None:
            return lot.choice(["", "", " in the middle", " in the center"])
        corner = " corner" if " " in scene.place and lot.random() < 0.5 else ""
        return lot.choice([f" in the {scene.place}{corner}", f" at the {scene.place}"])

    manner = {
        "flat": "",
        "outline": "outline of ",
        "pixel art": "pixel art of ",
        "black and white": "black and white drawing of ",
    }
    tag = "" if scene.style == "flat" else f", {scene.style}"
    if not scene.things:
        ground = _ground(scene, lot)
        short = ground.removesuffix(" background")
        return [f"a {ground}", ground, f"{lot.choice(ORDERS)}a {ground}", short, f"{short} pattern", f"just {ground}"]

    def on() -> str:
        ground = _ground(scene, lot)
        return f"on {article(ground)}" if not ground.startswith("background") else f"on a {ground}"

    bare = _noun(scene.things[0].shape, lot)
    style = manner[scene.style]
    subject = f"{article(style)}" if style else ""
    full = f"{subject}{article(what())}{where()} {on()}"
    return [
        full,
        f"{what()}{where()} {on()}{tag}",
        f"{lot.choice(ORDERS)}{article(what())}{where()} {on()}{tag}",
        f"{what()}, {_ground(scene, lot)}{where().replace(' ', ', ', 1)}{tag}, {lot.choice(PRAISE)}",
        f"{style}{article(what())}{where()}" if style else f"{article(what())}{where()}, {_ground(scene, lot)}",
        lot.choice(
            [
                f"{what()}{where()}{tag}",
                f"{bare}, {scene.things[0].colour}{where()}, {_ground(scene, lot)}{tag}",
                f"{article(bare)}{where()}{tag}",
                f"{bare}{where()} {on()}{tag}",
            ]
        ),
    ]


def _two(scene: Scene, lot: random.Random) -> list[str]:
    a, b = scene.things
    relation = scene.relation or "left"

    def told(swapped: bool, articles: bool = True) -> str:
        first, second, word = (b, a, RELATIONS[relation]) if swapped else (a, b, relation)
        one, two = _thing(first, lot), _thing(second, lot)
        if articles:
            one, two = article(one), article(two)
        return f"{one} {lot.choice(BESIDE[word])} {two}"

    def sides() -> str:
        if relation in ("left", "right"):
            places = {"left": "on the left", "right": "on the right"}
        else:
            places = {"above": "at the top", "below": "at the bottom"}
        one, two = article(_thing(a, lot)), article(_thing(b, lot))
        return f"{one} {places[relation]} and {two} {places[RELATIONS[relation]]}"

    def on() -> str:
        return f"on {article(_ground(scene, lot))}"

    pair = f"{article(_thing(a, lot))} and {article(_thing(b, lot))}"
    beside = "next to" if relation in ("left", "right") else "and"
    return [
        f"{told(False)} {on()}",
        f"{told(False)} {on()}",
        f"{told(True)} {on()}",
        f"{sides()}, {_ground(scene, lot)}",
        f"{lot.choice(ORDERS)}{told(lot.random() < 0.3)}, {_ground(scene, lot)}",
        lot.choice(
            [
                told(False, articles=False),
                f"{pair} {on()}",
                f"{_thing(a, lot)} {beside} {_thing(b, lot)}, {_ground(scene, lot)}",
                f"{article(_noun(a.shape, lot))} and {article(_noun(b.shape, lot))}",
            ]
        ),
    ]


def _count(scene: Scene, lot: random.Random) -> list[str]:
    thing, number = scene.things[0], len(scene.things)

    def many() -> str:
        amount = str(number) if lot.random() < 0.25 else NUMBERS[number]
        return f"{amount} {colour_word(thing.colour, lot)} {_plural(_noun(thing.shape, lot))}"

    ground = _ground(scene, lot)
    return [
        f"{many()} on {article(ground)}",
        f"{many()}, {ground}",
        f"{lot.choice(ORDERS)}{many()} on {article(ground)}",
        f"{many()} on {article(ground)}, {lot.choice(PRAISE)}",
        f"{article(ground)} with {many()}",
        many(),
    ]


def _landscape(land: Landscape, lot: random.Random) -> list[str]:
    def ground() -> str:
        return lot.choice(GROUND_WORDS[land.ground])

    def time() -> str:
        return lot.choice(TIME_WORDS[land.time])

    coloured = f"{land.feature_colour} {land.feature}" if land.feature_colour else land.feature or ""
    feature = coloured if land.feature == "trees" else article(coloured) if coloured else ""
    cloudy = " and clouds" if land.clouds and land.time != "night" and lot.random() < 0.5 else ""
    having = f" with {feature}{cloudy}" if feature else (" with clouds" if cloudy else "")
    inside = "on" if land.ground in ("sea", "meadow") else "in"
    told = f"{feature} {inside} {ground()} {time()}" if feature else f"{ground()} {time()}"
    return [
        f"{ground()} {time()}{having}",
        f"{told}",
        f"{lot.choice(ORDERS)}{ground()} {time()}{having}",
        f"{land.ground}, {land.time}{', ' + coloured if coloured else ''}, landscape, {lot.choice(PRAISE)}",
        f"landscape, {ground()} {time()}{having}",
        f"{land.ground} {lot.choice(TIME_WORDS[land.time])}{having}",
    ]
