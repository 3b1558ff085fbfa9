"""A request that may be drawn if the model is led away from something: the model is told, and nobody else."""

from pathlib import Path

from bot.safety import Action, Gate, Policy, load_rules
from bot.safety.policy import presets
from bot.services.drawing import Drawing
from inference import LocalEngine
from inference.pictures import read_parameters
from inference.runners.fake_runner import FakeRunner
from tests.inference.builders import TINY, a_request, an_engine

STAND_IN = """
version = 1
[lexicons.stand_in]
words = ["zorbexil"]
[[rules]]
name = "stand-in"
category = "violence_gore"
any_of = ["stand_in"]
"""


def drawing_with(engine: LocalEngine, folder: Path, action: Action) -> Drawing:
    (folder / "stand_ins.toml").write_text(STAND_IN)
    policy = Policy("mild", presets()["family"].actions | {"violence_gore": action})
    gate = Gate(load_rules(folder), is_image_check_required=True, timeout_seconds=5.0, policy=policy)
    return Drawing(engine, gate, {"tiny": TINY})


async def test_only_the_model_is_told_what_to_stay_away_from(tmp_path: Path) -> None:
    request = a_request(prompt="a zorbexil", negative_prompt="blurry")
    async with an_engine(FakeRunner()) as engine:
        steered = await drawing_with(engine, tmp_path, Action.STEER).draw(request, "a")
        plain = await drawing_with(engine, tmp_path, Action.ALLOW).draw(request, "a")
    assert steered.request == request
    text = read_parameters(steered.cleared.value.data)
    assert text is not None
    assert "Negative prompt: blurry\n" in text
    assert steered.cleared.value.data != plain.cleared.value.data, "the model drew something else"
    assert not steered.cleared.conditions.is_spoiler


async def test_several_pictures_are_hidden_together(tmp_path: Path) -> None:
    async with an_engine(FakeRunner()) as engine:
        drawing = drawing_with(engine, tmp_path, Action.SPOILER)
        drawn = await drawing.draw_several([a_request(prompt="a zorbexil", seed=seed) for seed in (1, 2)], "a")
        shown = await drawing.draw_several([a_request(prompt="a tree", seed=seed) for seed in (1, 2)], "a")
    assert drawn.cleared.conditions.is_spoiler
    assert not shown.cleared.conditions.is_spoiler
