"""Which combinations training never sees, so that the check asks for something new.

A combination is held out when the CRC-32 of its name falls into a fixed share: stable across machines, runs and
versions, and without a list to keep.
"""

from __future__ import annotations

from zlib import crc32

from inference.builtin.pictures.scenes import Scene


def _share(name: str) -> float:
    return crc32(name.encode()) / 2**32


def is_held_out(scene: Scene) -> bool:
    """True for 5 % of the (shape, colour) pairs, 8 % of the (shape, colour, background) triples, 8 % of the pairs of
    objects with their relation, and 8 % of the landscapes."""
    land = scene.landscape
    if land is not None:
        return _share(f"landscape {land.time} {land.ground} {land.feature} {land.feature_colour}") < 0.08
    if any(_share(f"pair {thing.shape} {thing.colour}") < 0.05 for thing in scene.things):
        return True
    if scene.kind == "two":
        a, b = sorted((thing.shape, thing.colour) for thing in scene.things)
        return _share(f"two {a} {b} {scene.relation} {scene.background.colour}") < 0.08
    return any(_share(f"triple {t.shape} {t.colour} {scene.background.colour}") < 0.08 for t in scene.things)


def is_new_pair(scene: Scene) -> bool:
    """True when an object has a colour that training never showed on it at all: the harder of the two kinds."""
    return any(_share(f"pair {thing.shape} {thing.colour}") < 0.05 for thing in scene.things)
