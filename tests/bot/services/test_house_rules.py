"""What holds in a place: the nearest choice counts, and none reaches beyond the operator's."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InvalidRequest, NotAManager, SettingRefused
from bot.services.house import House
from bot.services.house_rules import MAX_COUNT, OF_SERVER_ONLY, HouseSetting, Place, Source, resolve
from bot.services.options import ImagineOptions, fill_in
from bot.services.requester import Requester
from bot.services.usage import Usage
from config import Settings, load_settings
from db import Database, generations
from db.parameters import LoraUse, Parameters, PresetUse
from db.quota import Allowance
from tests.db.builders import a_new_generation

GUILD, ART, THREAD = 7, 70, 700
NOBODY_IN_PARTICULAR = frozenset[int]()


def operator(**sections: Any) -> Settings:
    checkpoints = {
        "builtin": {"builtin": "tiny", "sizes": ["64x64", "96x64"], "max_pixels": 128 * 128},
        "wide": {"builtin": "tiny", "sizes": ["128x64"], "max_pixels": 128 * 128, "default_steps": 30},
    }
    overrides = {"checkpoints": checkpoints, "loras": {"ink": {"path": "a"}, "oil": {"path": "b"}}, **sections}
    return load_settings(env_file=Path("/nonexistent"), overrides=overrides)


OPERATOR = operator(safety={"uploads": "unchecked"})
names = st.lists(st.sampled_from(["builtin", "wide", "gone"]), min_size=1, unique=True)
chosen = st.fixed_dictionaries(
    {},
    optional={
        HouseSetting.CHANNELS: st.lists(st.integers(1, 5), min_size=1),
        HouseSetting.CHECKPOINTS: names,
        HouseSetting.LORAS: st.lists(st.sampled_from(["ink", "oil", "gone"]), min_size=1, unique=True),
        HouseSetting.SIZES: st.lists(st.sampled_from(["64x64", "128x64", "32x32"]), min_size=1, unique=True),
        HouseSetting.MOST_PICTURES: st.integers(1, 9),
        HouseSetting.MOST_STEPS: st.integers(1, 99),
        HouseSetting.CHECKPOINT: st.sampled_from(["builtin", "wide", "gone"]),
        HouseSetting.SIZE: st.sampled_from(["64x64", "128x128", "4096x4096"]),
        HouseSetting.NEGATIVE_PROMPT: st.text(max_size=5),
        HouseSetting.UPLOADS: st.sampled_from(["everyone", "nobody", 5]),
        HouseSetting.CONFIRM_ABOVE: st.floats(0, 9),
        HouseSetting.LANGUAGE: st.sampled_from(["en", "es"]),
        HouseSetting.GALLERY: st.integers(1, 5),
        HouseSetting.STARS: st.integers(1, 9),
    },
)


@given(chosen, chosen)
def test_the_nearest_choice_counts_within_what_the_operator_has(server: Any, channel: Any) -> None:
    rules = resolve(OPERATOR, server, channel)
    assert rules.sources.keys() == set(HouseSetting)
    for setting in HouseSetting:
        nearest = Source.OPERATOR
        if setting in server:
            nearest = Source.SERVER
        if setting in channel and setting not in OF_SERVER_ONLY:
            nearest = Source.CHANNEL
        if setting is not HouseSetting.CHECKPOINT:  # which falls back where it is not among the allowed ones
            assert rules.sources[setting] is nearest
    assert set(rules.checkpoints) <= set(OPERATOR.checkpoints)
    assert set(rules.loras) <= set(OPERATOR.loras)
    assert 1 <= rules.most_pictures <= MAX_COUNT
    assert not rules.checkpoints or rules.checkpoint in rules.checkpoints
    closed = resolve(operator(), server, channel)
    assert (closed.uploads, closed.sources[HouseSetting.UPLOADS]) == ("nobody", Source.OPERATOR)


@given(chosen, chosen)
def test_what_is_left_out_is_filled_in_with_what_is_allowed(server: Any, channel: Any) -> None:
    rules = resolve(OPERATOR, server, channel)
    if not rules.checkpoints or not rules.sizes_for(OPERATOR.checkpoints[rules.checkpoint]):
        return  # nothing at all may be drawn
    request = fill_in(ImagineOptions(prompt="a fox"), OPERATOR, rules)
    channel_id = next(iter(rules.channels)) if rules.channels else None
    rules.check([request], Place(GUILD, channel_id), NOBODY_IN_PARTICULAR)


@pytest.mark.parametrize(
    ("server", "options", "count", "field"),
    [
        ({HouseSetting.CHECKPOINTS: ["wide"]}, {"checkpoint": "builtin"}, 1, "checkpoint"),
        ({HouseSetting.LORAS: ["ink"]}, {"loras": {"oil": 1.0}}, 1, "lora"),
        ({HouseSetting.SIZES: ["64x64"]}, {"size": "96x64"}, 1, "size"),
        ({HouseSetting.MOST_PICTURES: 2}, {}, 3, "count"),
        ({HouseSetting.MOST_STEPS: 10}, {"steps": 11}, 1, "steps"),
        ({HouseSetting.CHANNELS: [1]}, {}, 1, "channel"),
    ],
)
def test_what_is_not_allowed_is_refused_by_its_name(server: Any, options: Any, count: int, field: str) -> None:
    rules = resolve(OPERATOR, server)
    request = fill_in(ImagineOptions(prompt="a fox", **options), OPERATOR, rules)
    with pytest.raises(InvalidRequest) as caught:
        rules.check([request] * count, Place(GUILD, ART), NOBODY_IN_PARTICULAR)
    assert caught.value.field == field
    resolve(OPERATOR).check([request] * count, Place(GUILD, ART), NOBODY_IN_PARTICULAR)


@pytest.fixture
async def database(tmp_path: Path) -> Any:
    async with await Database.open(tmp_path / "lienzo.sqlite3", synchronous="NORMAL") as opened:
        yield opened


def manager(**changed: Any) -> Requester:
    return Requester(**{"user_id": 1, "guild_id": GUILD, "channel_id": ART, "may_manage_server": True, **changed})


async def a_house(database: Database) -> House:
    house = House(OPERATOR, database, ("en", "es"), lambda: 5)
    await house.open()
    return house


async def test_choices_are_kept_and_reset_and_stay_in_their_server(database: Database) -> None:
    house = await a_house(database)
    assert house.is_new(GUILD)
    await house.choose(manager(), HouseSetting.CHECKPOINTS, None, ["wide"])
    await house.choose(manager(), HouseSetting.MOST_STEPS, ART, ["12"])
    for one in (house, await a_house(database)):
        assert not one.is_new(GUILD)
        rules = one.rules(Place(GUILD, ART))
        assert (rules.checkpoints, rules.most_steps) == (("wide",), 12)
        assert one.rules(Place(GUILD, THREAD, ART)).most_steps == 12, "a thread is of its channel"
        assert one.rules(Place(GUILD, 71)).most_steps is None
        assert one.rules(Place(GUILD, None)).sources[HouseSetting.CHECKPOINTS] is Source.SERVER
        assert one.channels_of(GUILD) == [ART]
        for place in (Place(8, ART), Place(None, ART)):
            assert one.rules(place) == resolve(OPERATOR)
    await house.choose(manager(), HouseSetting.MOST_STEPS, ART, [" "])
    assert await house.reset(manager(), HouseSetting.CHECKPOINTS, None)
    assert not await house.reset(manager(), HouseSetting.CHECKPOINTS, None)
    for one in (house, await a_house(database)):
        assert one.rules(Place(GUILD, ART)) == resolve(OPERATOR)
        assert one.channels_of(GUILD) == []


@pytest.mark.parametrize(
    ("setting", "typed"),
    [
        (HouseSetting.CHECKPOINTS, "nothing"),
        (HouseSetting.LORAS, "ink, none"),
        (HouseSetting.SIZES, "64x64, 65x64"),
        (HouseSetting.SIZES, "0x0"),
        (HouseSetting.SIZE, "4096x4096"),
        (HouseSetting.SIZE, "big"),
        (HouseSetting.MOST_PICTURES, "5"),
        (HouseSetting.MOST_STEPS, "61"),
        (HouseSetting.MOST_STEPS, "many"),
        (HouseSetting.NEGATIVE_PROMPT, "x" * 1001),
        (HouseSetting.UPLOADS, "some"),
        (HouseSetting.CONFIRM_ABOVE, "nan"),
        (HouseSetting.CONFIRM_ABOVE, "-1"),
        (HouseSetting.LANGUAGE, "xx"),
        (HouseSetting.STARS, "0"),
    ],
)
async def test_what_cannot_be_set_is_refused_and_changes_nothing(
    database: Database, setting: HouseSetting, typed: str
) -> None:
    house = await a_house(database)
    with pytest.raises(SettingRefused):
        await house.choose(manager(), setting, None, [typed])
    assert house.rules(Place(GUILD, ART)) == resolve(OPERATOR)


async def test_only_managers_choose_and_only_in_a_server(database: Database) -> None:
    house = await a_house(database)
    for requester in (manager(may_manage_server=False), manager(guild_id=None)):
        with pytest.raises(NotAManager):
            await house.choose(requester, HouseSetting.STARS, None, ["3"])
        with pytest.raises(NotAManager):
            await house.reset(requester, HouseSetting.STARS, None)
    with pytest.raises(SettingRefused):
        await house.choose(manager(), HouseSetting.STARS, ART, ["3"])


async def test_what_is_used_most_is_offered_first_also_after_a_restart(database: Database) -> None:
    usage = Usage(database, lambda: 1_420_070_400_000)
    wide = Parameters(
        prompt="x", negative_prompt="", seed=1, width=128, height=64, steps=1, guidance=1, sampler="euler",
        checkpoint="wide", loras=(LoraUse("oil", 1.0),),
        preset=PresetUse("Night", "", "dark", "x", ""),
    )  # fmt: skip
    usage.count(GUILD, wide)
    assert usage.ranked(GUILD, ["builtin", "wide"]) == ["wide", "builtin"]
    assert usage.ranked(GUILD, ["ink", "oil"]) == ["oil", "ink"]
    assert usage.ranked(GUILD, ["Day", "Night"]) == ["Night", "Day"]
    assert usage.ranked(8, ["builtin", "wide"]) == ["builtin", "wide"]
    new = replace(a_new_generation(9), parameters=wide)
    kept = await generations.accept(database, new, Allowance(50_000, 4), now_ms=5)
    again = Usage(database, lambda: 1_420_070_400_000)
    await again.open()
    assert again.ranked(kept.origin.guild_id, ["builtin", "wide"]) == ["wide", "builtin"]
    assert again.ranked(kept.origin.guild_id, ["ink", "oil"]) == ["oil", "ink"]
    assert again.ranked(kept.origin.guild_id, ["Day", "Night"]) == ["Night", "Day"]


async def test_what_was_made_for_adults_is_there_only_among_adults(database: Database) -> None:
    checkpoints = {"mature": {"builtin": "tiny", "sizes": ["64x64"], "max_pixels": 128 * 128, "adult": True}}
    settings = operator(checkpoints=OPERATOR.model_dump(mode="json")["checkpoints"] | checkpoints)
    house = House(settings, database, ("en", "es"), lambda: 5)
    await house.open()
    for place in (Place(GUILD, ART), Place(None, ART)):
        assert "mature" not in house.rules(place).checkpoints
    adults = Place(GUILD, ART, is_age_restricted=True)
    assert "mature" in house.rules(adults).checkpoints
    await house.choose(manager(), HouseSetting.CHECKPOINT, None, ["mature"])
    assert house.rules(adults).checkpoint == "mature"
    assert house.rules(Place(GUILD, ART)).checkpoint != "mature"
    request = fill_in(ImagineOptions(prompt="a fox", checkpoint="mature"), settings, house.rules(adults))
    house.rules(adults).check([request], adults, NOBODY_IN_PARTICULAR)
    with pytest.raises(InvalidRequest):
        house.rules(Place(GUILD, ART)).check([request], Place(GUILD, ART), NOBODY_IN_PARTICULAR)


async def test_the_role_that_everybody_has_means_everybody(database: Database) -> None:
    house = await a_house(database)
    await house.choose(manager(), HouseSetting.UPLOADS, None, [str(GUILD)])
    assert house.rules(Place(GUILD, ART)).uploads == "everyone"
    await house.choose(manager(), HouseSetting.UPLOADS, None, ["55"])
    rules = house.rules(Place(GUILD, ART))
    rules.check_uploads(frozenset({55}))
    with pytest.raises(InvalidRequest):
        rules.check_uploads(NOBODY_IN_PARTICULAR)


async def test_two_managers_at_once_leave_memory_and_database_the_same(database: Database) -> None:
    house = await a_house(database)
    await asyncio.gather(
        *(house.choose(manager(), HouseSetting.MOST_STEPS, None, [str(steps)]) for steps in range(1, 30)),
        *(house.reset(manager(), HouseSetting.MOST_STEPS, None) for _ in range(5)),
    )
    again = await a_house(database)
    assert house.rules(Place(GUILD, ART)) == again.rules(Place(GUILD, ART))
