"""A server's gallery: shown once when enough others like it, whatever breaks in between, and gone when it is."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import NotFound
from bot.safety import Cleared, Gate, PictureFile, load_rules
from bot.services.board import NotPosted
from bot.services.gallery import Gallery
from bot.services.house import House
from bot.services.house_rules import HouseSetting
from bot.services.protection import Protection
from bot.services.requester import Requester
from bot.services.shelf import Shelf
from config import load_settings
from db import Database, Generation, GenerationState, Origin, gallery, generations, line
from db.images import ImageStore
from db.quota import Allowance
from tests.db.builders import a_new_generation

GUILD, WALL_CHANNEL, MAKER = 7, 77, 1
SETTINGS = load_settings(env_file=Path("/nonexistent"), overrides={})


class PaperWall:
    """Keeps messages as Discord would; ``breaks`` are raised by the next showings, before or after their effect."""

    def __init__(self) -> None:
        self.messages: dict[int, tuple[int, int]] = {}  # message -> channel, generation
        self.breaks: list[tuple[Exception, bool]] = []
        self.after_show: Any = None
        self._next = 1000

    async def find(self, generation: Generation, channel_id: int) -> int | None:
        return next((id_ for id_, one in self.messages.items() if one == (channel_id, generation.id)), None)

    async def show(
        self, generation: Generation, picture: Cleared[PictureFile], channel_id: int, stars: int, locale: str | None
    ) -> int:
        error, has_effect = self.breaks.pop(0) if self.breaks else (None, True)
        if has_effect:
            self._next += 1
            self.messages[self._next] = (channel_id, generation.id)
        if error is not None:
            raise error
        if self.after_show is not None:
            await self.after_show()
        return self._next

    async def take_down(self, channel_id: int, message_id: int) -> None:
        self.messages.pop(message_id, None)


class Scene:
    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.wall, self.images = database, PaperWall(), ImageStore(folder / "images")
        self.gate = Gate(load_rules(None), is_image_check_required=False, timeout_seconds=30)
        self.house = House(SETTINGS, database, ("en", "es"), lambda: 5)
        self.start()

    def start(self) -> None:
        protection = Protection(SETTINGS.safety, self.database)
        self.gallery = Gallery(self.database, self.house, self.images, self.gate, protection, self.wall)
        self.shelf = Shelf(self.database, self.gallery, lambda: 5)

    async def settle(self) -> None:
        """Everything that was begun has ended; as after a stop, a new one has to be started then."""
        await self.gallery.close()
        self.start()

    async def drawn(self, nth: int = 1, **changed: Any) -> Generation:
        origin = Origin(user_id=MAKER, guild_id=GUILD, channel_id=70, application_id=1, interaction_token=None)
        new = replace(a_new_generation(nth), origin=origin, **changed)
        await generations.accept(self.database, new, Allowance(50_000, 99), now_ms=5)
        claimed = await line.claim_next(self.database, now_ms=5)
        assert claimed is not None
        sha256 = self.images.store(b"a picture", "png")
        await generations.begin_posting(
            self.database, claimed, image_sha256=sha256, image_extension="png", image_bytes=9, draw_seconds=1, now_ms=5
        )
        posting = await generations.get(self.database, nth)
        assert posting is not None
        await generations.finish_posting(self.database, posting, message_id=500 + nth, now_ms=5)
        done = await generations.get(self.database, nth)
        assert done is not None
        assert done.state is GenerationState.DONE
        return done

    async def like(self, generation: Generation, *members: int) -> None:
        for member in members:
            await self.shelf.toggle_favourite(Requester(user_id=member, guild_id=GUILD, channel_id=70), generation)


@pytest.fixture
async def scene(tmp_path: Path) -> Any:
    async with await Database.open(tmp_path / "lienzo.sqlite3", synchronous="NORMAL") as database:
        scene = Scene(database, tmp_path)
        manager = Requester(user_id=9, guild_id=GUILD, channel_id=70, may_manage_server=True)
        await scene.house.choose(manager, HouseSetting.GALLERY, None, [str(WALL_CHANNEL)])
        await scene.house.choose(manager, HouseSetting.STARS, None, ["2"])
        yield scene


async def test_enough_other_members_make_it_hang_once(scene: Scene) -> None:
    fox = await scene.drawn()
    await scene.like(fox, MAKER, 2)
    await scene.settle()
    assert scene.wall.messages == {}, "one's own star does not count"
    await scene.like(fox, 2, 2, 3)  # taken back, given again
    await scene.like(fox, 4, 5)
    await scene.settle()
    assert list(scene.wall.messages.values()) == [(WALL_CHANNEL, fox.id)]
    [message_id] = scene.wall.messages
    assert (await scene.shelf.of_message(message_id)).id == fox.id


async def test_what_others_may_not_see_never_hangs(scene: Scene) -> None:
    private = await scene.drawn(1, is_private=True)
    with pytest.raises(NotFound):
        await scene.like(private, 2)
    await scene.like(private, MAKER)
    hidden = await scene.drawn(2)
    await scene.like(hidden, 2)
    await scene.shelf.hide(hidden)
    later = await generations.get(scene.database, 2)
    assert later is not None
    await scene.like(later, 3)
    await scene.settle()
    assert scene.wall.messages == {}


async def test_it_comes_down_when_it_is_taken_away(scene: Scene) -> None:
    fox, bear = await scene.drawn(1), await scene.drawn(2)
    await scene.like(fox, 2, 3)
    await scene.like(bear, 2, 3)
    await scene.settle()
    assert len(scene.wall.messages) == 2
    await scene.shelf.hide(fox)
    await scene.settle()
    assert list(scene.wall.messages.values()) == [(WALL_CHANNEL, bear.id)]
    assert await gallery.get(scene.database, fox.id) is None
    await scene.gallery.remove_all_of(MAKER)
    assert scene.wall.messages == {}


async def test_taken_away_while_it_is_on_its_way_it_comes_down_too(scene: Scene) -> None:
    fox = await scene.drawn()

    async def taken_away() -> None:
        await scene.shelf.hide(fox)

    scene.wall.after_show = taken_away
    await scene.like(fox, 2, 3)
    await scene.settle()
    assert scene.wall.messages == {}
    assert await gallery.get(scene.database, fox.id) is None


@pytest.mark.parametrize("has_effect", [True, False])
async def test_a_crash_in_between_shows_it_once(scene: Scene, has_effect: bool) -> None:
    """The process dies after the row was written; its message may or may not have arrived."""
    fox = await scene.drawn()
    assert await gallery.claim(scene.database, fox.id, WALL_CHANNEL)
    if has_effect:
        scene.wall.messages[999] = (WALL_CHANNEL, fox.id)
    await scene.gallery.recover()
    await scene.settle()
    assert list(scene.wall.messages.values()) == [(WALL_CHANNEL, fox.id)]
    await scene.gallery.recover()
    await scene.like(fox, 2, 3)
    await scene.settle()
    assert len(scene.wall.messages) == 1


async def test_a_crash_while_it_is_taken_down_is_made_good(scene: Scene) -> None:
    fox = await scene.drawn()
    await scene.like(fox, 2, 3)
    await scene.settle()
    await generations.hide(scene.database, fox.id, now_ms=6)  # and the process dies
    await scene.gallery.recover()
    await scene.settle()
    assert scene.wall.messages == {}
    assert await gallery.get(scene.database, fox.id) is None


@pytest.mark.parametrize("has_effect", [True, False])
async def test_what_discord_does_not_take_is_tried_again_and_looked_for_first(
    scene: Scene, has_effect: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.gallery.pauses", lambda: iter([0.0] * 9))
    scene.wall.breaks = [(NotPosted("the connection broke", may_retry=True), has_effect)]
    fox = await scene.drawn()
    await scene.like(fox, 2, 3)
    while (shown := await gallery.get(scene.database, fox.id)) is None or shown.message_id is None:
        import asyncio

        await asyncio.sleep(0.01)
    assert list(scene.wall.messages) == [shown.message_id]


async def test_where_it_cannot_hang_the_next_star_tries_again(scene: Scene) -> None:
    scene.wall.breaks = [(NotPosted("the channel is closed to us", may_retry=False), False)]
    fox = await scene.drawn()
    await scene.like(fox, 2, 3)
    was = scene.gallery
    await scene.settle()
    assert scene.wall.messages == {}
    assert was.is_refused(GUILD), "which managers see"
    await scene.like(fox, 4)
    was = scene.gallery
    await scene.settle()
    assert len(scene.wall.messages) == 1
    assert not was.is_refused(GUILD)
