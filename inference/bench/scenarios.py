"""What is asked for, and when: pure data that follows from a seed.

Times are in units: one unit is how long the lock-and-executor baseline takes for one job of the scenario, measured in
the same run. So a load of 0.7 is the same strain on every machine. Every round has other prompts and seeds, so that a
cache of encoded prompts helps nobody more than it would in a real channel.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from inference.request import ImageRequest
from inference.sources import SourceImage

CHECKPOINT = "bench"
GUIDANCE = 7.0
SAMPLER = "dpm++2m"
MIXED_STEPS = (0.4, 0.6, 1.0, 1.4, 2.0)  # of the usual number
MIXED_SAMPLERS = ("dpm++2m", "euler", "euler-a", "ddim")
MIXED_GUIDANCE = (1.0, 4.0, 7.0, 7.0, 12.0)
IMAGE_SHARE = 0.4
CANCELLED_SHARE = 0.1

_KINDS = ("red", "old", "quiet", "golden", "tiny", "wild", "blue", "broken", "bright", "mossy")
_THINGS = ("fox", "harbour", "lantern", "mountain", "violin", "garden", "train", "owl", "bridge", "market")
_PLACES = ("in the snow", "at dusk", "by the sea", "in the rain", "under stars", "in a wood", "at noon", "in fog")


@dataclass(frozen=True, slots=True)
class Shapes:
    """Width and height in pixels: what the checkpoint is good at, and a tall and a wide one of the same cost."""

    native: tuple[int, int]
    portrait: tuple[int, int]
    landscape: tuple[int, int]

    @property
    def all(self) -> tuple[tuple[int, int], ...]:
        return (self.native, self.portrait, self.landscape)


@dataclass(frozen=True, slots=True)
class Arrival:
    """``at``: in units from the scenario's start. gives_up: cancels once half of the steps are done."""

    at: float
    request: ImageRequest
    lane: str
    gives_up: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """one_by_one: each asks when the one before has its picture; ``at`` then means nothing. more_rounds: how many there
    are for each that was asked for, where a few short jobs would only measure the noise.
    """

    name: str
    title: str
    arrivals: tuple[Arrival, ...] = field(repr=False)
    one_by_one: bool = False
    more_rounds: int = 1
    lanes_matter: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """How much is asked in each scenario. steps: of a usual picture."""

    steps: int
    single: int
    burst: int
    poisson: int
    mixed: int
    fewstep: int
    images: int


FULL = Size(steps=20, single=2, burst=16, poisson=200, mixed=100, fewstep=32, images=60)
QUICK = Size(steps=10, single=2, burst=16, poisson=6, mixed=6, fewstep=32, images=6)


def make_scenario(name: str, shapes: Shapes, size: Size, *, seed: int, part: str = "round 0") -> Scenario:
    """``part`` names the round: other parts of one seed have other prompts and the same kind of traffic."""
    return _MAKERS[name](_Asker(shapes, size.steps, random.Random(f"{name} {seed} {part}")), size)


class _Asker:
    """Makes requests that differ in prompt and seed, and in nothing else unless told."""

    def __init__(self, shapes: Shapes, steps: int, chance: random.Random) -> None:
        self.shapes = shapes
        self.steps = steps
        self.chance = chance
        self._numbers = itertools.count(1)

    def prompt(self) -> str:
        choice = self.chance.choice
        return f"a {choice(_KINDS)} {choice(_THINGS)} {choice(_PLACES)}, {self.chance.randrange(10**6)}"

    def ask(self, **fields: Any) -> ImageRequest:
        width, height = self.shapes.native
        plain: dict[str, Any] = {
            "prompt": self.prompt(),
            "seed": self.chance.randrange(2**32),
            "width": width,
            "height": height,
            "steps": self.steps,
            "guidance": GUIDANCE,
            "sampler": SAMPLER,
            "checkpoint": CHECKPOINT,
        }
        return ImageRequest(**(plain | fields))

    def times(self, load: float) -> Iterator[float]:
        """Poisson arrivals: exponential gaps with a mean of 1 / load units."""
        return itertools.accumulate(iter(lambda: self.chance.expovariate(load), None))

    def lane(self) -> str:
        """One member asks for half of everything, seven share the rest."""
        return "member 0" if self.chance.random() < 0.5 else f"member {self.chance.randrange(1, 8)}"


def _single(asker: _Asker, size: Size) -> Scenario:
    arrivals = tuple(Arrival(0, asker.ask(), "member 0") for _ in range(size.single))
    return Scenario("single", "one job on an idle engine", arrivals, one_by_one=True, more_rounds=4)


def _burst(asker: _Asker, size: Size) -> Scenario:
    # Half of the members leave the guidance alone, the others each turn it their own way.
    guidance = [GUIDANCE if nth % 2 else 4.0 + nth / 2 for nth in range(size.burst)]
    arrivals = (Arrival(0, asker.ask(guidance=guidance[nth]), f"member {nth}") for nth in range(size.burst))
    return Scenario("burst16", "16 members at once", tuple(arrivals), lanes_matter=True)


def _poisson(name: str, load: float) -> Callable[[_Asker, Size], Scenario]:
    def make(asker: _Asker, size: Size) -> Scenario:
        times = itertools.islice(asker.times(load), size.poisson)
        arrivals = tuple(Arrival(at, asker.ask(), asker.lane()) for at in times)
        return Scenario(name, f"random arrivals at {load:.0%} of what B0 can do", arrivals)

    return make


def _mixed(asker: _Asker, size: Size) -> Scenario:
    arrivals = []
    for at in itertools.islice(asker.times(0.9), size.mixed):
        width, height = asker.chance.choice(asker.shapes.all)
        request = asker.ask(
            width=width,
            height=height,
            steps=round(size.steps * asker.chance.choice(MIXED_STEPS)),
            sampler=asker.chance.choice(MIXED_SAMPLERS),
            guidance=asker.chance.choice(MIXED_GUIDANCE),
        )
        arrivals.append(Arrival(at, request, asker.lane()))
    return Scenario("mixed", "steps, sizes, samplers, guidance of all kinds, 90%", tuple(arrivals), lanes_matter=True)


def _fewstep(asker: _Asker, size: Size) -> Scenario:
    # Four pictures a prompt, as a member presses "again"; one to four steps, no guidance.
    prompts = [asker.prompt() for _ in range(max(1, size.fewstep // 4))]
    arrivals = tuple(
        Arrival(0, asker.ask(prompt=prompts[nth // 4], steps=1 + nth % 4, guidance=1.0, sampler="lcm"), f"member {nth}")
        for nth in range(size.fewstep)
    )
    return Scenario("fewstep32", "32 at once, LCM with 1 to 4 steps, no guidance", arrivals)


def _img2img_cancel(asker: _Asker, size: Size) -> Scenario:
    arrivals = []
    for nth, at in enumerate(itertools.islice(asker.times(0.9), size.images)):
        fields: dict[str, Any] = {}
        if asker.chance.random() < IMAGE_SHARE:
            # Strengths of one decimal, so that the window baseline finds something to put together.
            fields = {"image": _source(asker), "strength": asker.chance.choice((0.3, 0.5, 0.6, 0.8))}
            if asker.chance.random() < 0.25:
                fields["mask"] = _mask(asker)
        gives_up = nth % round(1 / CANCELLED_SHARE) == 3
        arrivals.append(Arrival(at, asker.ask(**fields), asker.lane(), gives_up))
    return Scenario("img2img_cancel", "40% from a picture or with a mask, 10% cancelled half-way", tuple(arrivals))


def _source(asker: _Asker) -> SourceImage:
    """Soft clouds of colour: something that a picture could have been."""
    width, height = asker.shapes.native
    noise = np.random.default_rng(asker.chance.randrange(2**32)).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return SourceImage.of(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC))


def _mask(asker: _Asker) -> SourceImage:
    width, height = asker.shapes.native
    mask = Image.new("L", (width, height), 0)
    mask.paste(255, (width // 4, height // 4, width * 3 // 4, height * 3 // 4))
    return SourceImage.of(mask)


_MAKERS: Mapping[str, Callable[[_Asker, Size], Scenario]] = {
    "single": _single,
    "burst16": _burst,
    "poisson70": _poisson("poisson70", 0.7),
    "poisson120": _poisson("poisson120", 1.2),
    "mixed": _mixed,
    "fewstep32": _fewstep,
    "img2img_cancel": _img2img_cancel,
}
SCENARIOS = tuple(_MAKERS)
