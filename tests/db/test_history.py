"""Parameters survive the database; pages, searches, favourites, what came of what; files are kept as long as named."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import Database, favourites, forgetting, generations, history, line, pictures
from db.history import Search
from db.parameters import (
    ControlUse,
    ImagePromptUse,
    LoraUse,
    Parameters,
    SecondPass,
    StoredImage,
    Turn,
    take_from_columns,
    to_columns,
)
from db.pictures import File, Role
from db.records import Descent, Kind
from tests.db.builders import PLENTY, a_new_generation

SOURCE = StoredImage(b"s" * 32, "png")


async def add(database: Database, number: int, prompt: str = "a red circle", **fields: Any) -> None:
    parameters = {name: fields.pop(name) for name in ("image", "mask", "strength", "loras") if name in fields}
    new = replace(a_new_generation(number, prompt=prompt, user_id=fields.pop("user_id", 7), **parameters), **fields)
    await generations.accept(database, new, PLENTY, now_ms=number)


async def ids(database: Database, **search: Any) -> list[int]:
    return [one.id for one in await history.page(database, Search(**search))]


images = st.builds(StoredImage, st.binary(min_size=32, max_size=32), st.sampled_from(["png", "webp"]))
shares = st.floats(0, 1)
seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=100, deadline=None)
@given(
    st.builds(
        Parameters,
        prompt=st.text(max_size=20),
        negative_prompt=st.text(max_size=20),
        seed=seeds,
        width=st.integers(8, 4096),
        height=st.integers(8, 4096),
        steps=st.integers(1, 500),
        guidance=shares,
        sampler=st.just("euler"),
        checkpoint=st.text(max_size=5),
        clip_skip=st.integers(0, 8),
        image=st.none() | images,
        mask=st.none() | images,
        strength=st.none() | shares,
        loras=st.lists(st.builds(LoraUse, st.text(max_size=5), shares), max_size=3).map(tuple),
        control=st.none() | st.builds(ControlUse, st.text(max_size=5), images, shares),
        image_prompt=st.none()
        | st.builds(ImagePromptUse, st.text(max_size=5), st.lists(images, min_size=1, max_size=3).map(tuple), shares),
        hires=st.none() | st.builds(SecondPass, st.integers(8, 99), st.integers(8, 99), st.integers(1, 9), shares),
        variations=st.lists(st.builds(Turn, seeds, shares), max_size=3).map(tuple),
    )
)
def test_what_was_asked_is_read_as_it_was_written(parameters: Parameters) -> None:
    columns: dict[str, Any] = {**to_columns(parameters), "state": "queued"}
    assert take_from_columns(columns) == parameters
    assert columns == {"state": "queued"}


async def test_where_it_came_from_is_kept(database: Database) -> None:
    await add(database, 1)
    came = Descent(kind=Kind.VARIATION, parent_id=1, parent_nth=2)
    await add(database, 2, descent=came, count=4, is_private=True, locale="es-ES", user_id=8)
    child = await generations.get(database, 2)
    assert child is not None
    assert (child.kind, child.parent_id, child.parent_nth, child.count) == (Kind.VARIATION, 1, 2, 4)
    assert (child.is_private, child.locale) == (True, "es-ES")
    assert [one.id for one in await history.children(database, 1, limit=5)] == [2]


async def test_prompts_are_found_by_their_words(database: Database) -> None:
    await add(database, 1, "A castle in the snow")
    await add(database, 2, 'snowy café, "quoted" AND NOT (NEAR')
    await add(database, 3, "a boat", user_id=8)
    assert await ids(database, words="SNOW") == [2, 1]
    assert await ids(database, words="snow castle") == [1]
    assert await ids(database, words="cafe") == [2]
    for hostile in ('"', "NOT", "snow OR boat", "prompt:boat", "*", "a* -b", "((", "\0"):
        await ids(database, words=hostile)
    assert await ids(database, words="boat", user_id=7) == []
    await forgetting.forget_member(database, 8, counts_since_ms=0)
    assert await ids(database, words="boat") == [3], "what waits is not forgotten"


async def test_what_is_forgotten_is_not_found_any_more(database: Database) -> None:
    await add(database, 1, "a secret")
    await add(database, 2, "a secret")
    for number, counts_since in ((1, 0), (2, 10**15)):
        one = await generations.get(database, number)
        assert one is not None
        await generations.end(
            database, one, generations.GenerationState.CANCELLED, reason="", gives_back=True, now_ms=9
        )
        await forgetting.forget_member(database, 7, counts_since_ms=counts_since)
        assert number not in await ids(database, words="secret")


async def test_favourites_and_filters(database: Database) -> None:
    for number in (1, 2, 3):
        await add(database, number, f"number {number}", descent=Descent(kind=Kind.UPSCALE, parent_id=9))
    assert await favourites.toggle(database, 50, 1, now_ms=1)
    assert await favourites.toggle(database, 51, 1, now_ms=1)
    assert await favourites.toggle(database, 50, 3, now_ms=1)
    assert await favourites.count(database, 1) == 2
    assert await ids(database, favourites_of=50) == [3, 1]
    assert not await favourites.toggle(database, 50, 3, now_ms=1)
    assert await ids(database, favourites_of=50) == [1]
    assert await ids(database, kind=Kind.UPSCALE, words="2") == [2]
    assert await ids(database, kind=Kind.REMIX) == []
    await generations.hide(database, 1, now_ms=5)
    assert await ids(database, favourites_of=50) == []
    assert await ids(database, favourites_of=50, with_hidden=True) == [1]


async def test_a_message_leads_to_its_generation(database: Database) -> None:
    await add(database, 1)
    await generations.record_message(database, 1, 77)
    found = await history.of_message(database, 77)
    assert found is not None
    assert found.id == 1
    assert await history.of_message(database, 78) is None


async def test_files_stay_as_long_as_somebody_names_them(database: Database) -> None:
    """One source for two pictures, and a sheet of several."""
    for number in (1, 2):
        await add(database, number, image=SOURCE, strength=0.5, source_bytes={SOURCE.sha256: 40}, count=2)
    for number in (1, 2):
        claimed = await line.claim_next(database, now_ms=9)
        assert claimed is not None
        parts = [File(Role.PICTURE, nth, StoredImage(bytes([number, nth]) * 16, "png"), 5) for nth in range(2)]
        await generations.begin_posting(
            database,
            claimed,
            image_sha256=bytes([number]) * 32,
            image_extension="png",
            image_bytes=10,
            draw_seconds=1.0,
            now_ms=9,
            parts=parts,
        )
        assert await pictures.of(database, claimed.id) == parts
        posting = await generations.get(database, claimed.id)
        assert posting is not None
        await generations.finish_posting(database, posting, message_id=number, now_ms=9)
    assert await forgetting.picture_bytes(database) == 2 * (10 + 40 + 2 * 5)
    first = await forgetting.drop_pictures(database, before_ms=2)
    assert set(first.free) == {(b"\1" * 32, "png"), (b"\1\0" * 16, "png"), (b"\1\1" * 16, "png")}
    second = await forgetting.drop_pictures(database, before_ms=10)
    assert (SOURCE.sha256, "png") in second.free
    assert await forgetting.picture_bytes(database) == 0


@pytest.mark.parametrize("words", ["", "   ", "!!!"])
async def test_no_words_are_no_condition(database: Database, words: str) -> None:
    await add(database, 1)
    assert await ids(database, words=words) == [1]
