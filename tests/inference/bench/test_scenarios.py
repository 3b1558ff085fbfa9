"""What is asked for follows from the seed, is what its name says, and can be drawn."""

import itertools
import statistics

import pytest

from inference.bench.scenarios import FULL, QUICK, SCENARIOS, Shapes, make_scenario

SHAPES = Shapes((64, 64), (48, 80), (80, 48))


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("size", [FULL, QUICK])
def test_the_same_seed_asks_the_same_and_another_round_something_else(name: str, size: object) -> None:
    first, again, other = (
        make_scenario(name, SHAPES, size, seed=1, part=part)  # type: ignore[arg-type]
        for part in ("round 0", "round 0", "round 1")
    )
    assert first == again
    assert first.name == name
    prompts = [{arrival.request.prompt for arrival in scenario.arrivals} for scenario in (first, other)]
    assert not prompts[0] & prompts[1]
    assert [arrival.at for arrival in first.arrivals] == sorted(arrival.at for arrival in first.arrivals)


@pytest.mark.parametrize(("name", "load"), [("poisson70", 0.7), ("poisson120", 1.2)])
def test_random_arrivals_come_at_the_load_that_the_name_says(name: str, load: float) -> None:
    gaps = []
    for nth in range(20):
        times = [0.0, *(one.at for one in make_scenario(name, SHAPES, FULL, seed=nth).arrivals)]
        gaps += [after - before for before, after in itertools.pairwise(times)]
    assert statistics.mean(gaps) == pytest.approx(1 / load, rel=0.05)
    # Exponential: as much spread as mean, which evenly spaced arrivals would not have.
    assert statistics.stdev(gaps) == pytest.approx(1 / load, rel=0.05)


def test_the_mix_is_a_mix() -> None:
    requests = [arrival.request for arrival in make_scenario("mixed", SHAPES, FULL, seed=1).arrivals]
    assert {request.steps for request in requests} == {8, 12, 20, 28, 40}
    assert {(request.width, request.height) for request in requests} == set(SHAPES.all)
    assert len({request.sampler for request in requests}) == 4


def test_a_tenth_gives_up_and_two_fifths_start_from_a_picture() -> None:
    arrivals = make_scenario("img2img_cancel", SHAPES, FULL, seed=1).arrivals
    assert sum(arrival.gives_up for arrival in arrivals) == len(arrivals) / 10
    with_image = [arrival.request for arrival in arrivals if arrival.request.image is not None]
    assert len(with_image) / len(arrivals) == pytest.approx(0.4, abs=0.15)
    assert any(request.mask is not None for request in with_image)
    assert any(arrival.gives_up for arrival in make_scenario("img2img_cancel", SHAPES, QUICK, seed=1).arrivals)
