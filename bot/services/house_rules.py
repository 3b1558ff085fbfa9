"""House rules: what may be asked for in one place, and what is taken where nothing is said.

The operator's settings, narrowed by what a server's managers chose, and that by what they chose for one channel. Of a
setting the one that stands nearest counts: the channel's, else the server's, else the operator's. None of them reaches
beyond the operator's: of what managers allow only what the operator has is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from bot.errors import InvalidRequest
from config import CheckpointSettings, Settings
from config.settings import parse_size
from inference import ImageRequest

MAX_COUNT = 4  # pictures in one request: Discord shows four as a square
EVERYONE, NOBODY = "everyone", "nobody"
ON, OFF = "on", "off"
DEFAULT_STARS = 3

T = TypeVar("T")


class HouseSetting(StrEnum):
    """What managers may set. Its value, as it is kept, is in the comment."""

    CHANNELS = "channels"  # list of ids
    CHECKPOINTS = "checkpoints"  # list of names
    LORAS = "loras"  # list of names
    SIZES = "sizes"  # list like 512x512
    MOST_PICTURES = "most_pictures"  # number
    MOST_STEPS = "most_steps"  # number
    CHECKPOINT = "checkpoint"  # name
    SIZE = "size"  # like 512x512
    NEGATIVE_PROMPT = "negative_prompt"  # text
    UPLOADS = "uploads"  # "everyone", "nobody", or the id of a role
    CONFIRM_ABOVE = "confirm_above"  # credits
    LANGUAGE = "language"  # code
    PREVIEWS = "previews"  # "on" or "off"
    THREADS = "threads"  # "on" or "off"
    GALLERY = "gallery"  # id of a channel
    STARS = "stars"  # number
    REVIEWS = "reviews"  # id of a channel
    LOG = "log"  # id of a channel


def known_setting(name: str | None) -> HouseSetting | None:
    return next((setting for setting in HouseSetting if setting.value == name), None)


# They are of the whole server; the others may also be set for one channel.
OF_SERVER_ONLY = frozenset(
    {HouseSetting.CHANNELS, HouseSetting.GALLERY, HouseSetting.STARS, HouseSetting.REVIEWS, HouseSetting.LOG}
)

Chosen = Mapping[HouseSetting, Any]


class Source(StrEnum):
    OPERATOR = "operator"
    SERVER = "server"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is asked for or shown. ``guild_id`` None: in direct messages. ``parent_id``: the channel of a
    thread, whose rules hold in it, too. is_age_restricted: Discord lets only adults in."""

    guild_id: int | None
    channel_id: int | None
    parent_id: int | None = None
    is_age_restricted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseRules:
    """What holds in one place. channels, sizes, most_steps, size, confirm_above_credits, language, gallery, reviews and
    log: None where nothing limits or replaces what is usual. uploads: everyone, nobody, or the id of the role whose
    members may. has_previews: early looks are shown while a picture is drawn. has_threads: one is started below each
    picture. for_adults: checkpoints that are there only where Discord lets nobody else in. sources: who decided
    each."""

    channels: frozenset[int] | None
    checkpoints: tuple[str, ...]
    for_adults: frozenset[str]
    loras: tuple[str, ...]
    sizes: tuple[str, ...] | None
    most_pictures: int
    most_steps: int | None
    checkpoint: str
    size: str | None
    negative_prompt: str
    uploads: str | int
    confirm_above_credits: float | None
    language: str | None
    has_previews: bool
    has_threads: bool
    gallery: int | None
    reviews: int | None
    log: int | None
    stars: int
    sources: Mapping[HouseSetting, Source]

    def sizes_for(self, checkpoint: CheckpointSettings) -> tuple[str, ...]:
        """Of those that it is good at the ones that are allowed; if there are none, the allowed ones that it can."""
        if self.sizes is None:
            return checkpoint.sizes
        good = tuple(size for size in checkpoint.sizes if size in self.sizes)
        return good or tuple(size for size in self.sizes if _pixels(size) <= checkpoint.max_pixels)

    def usual_size(self, checkpoint: CheckpointSettings) -> str:
        """What is drawn when nobody names a size."""
        offered = self.sizes_for(checkpoint)
        is_allowed = self.size is not None and (self.sizes is None or self.size in offered)
        if self.size is not None and is_allowed and _pixels(self.size) <= checkpoint.max_pixels:
            return self.size
        return offered[0] if offered else checkpoint.sizes[0]

    def usual_steps(self, checkpoint: CheckpointSettings) -> int:
        steps = checkpoint.default_steps
        return steps if self.most_steps is None else min(steps, self.most_steps)

    def asks_before(self, credits_: float) -> bool:
        """Whether the member is asked before so many are spent."""
        return self.confirm_above_credits is not None and credits_ > self.confirm_above_credits

    def check(self, requests: Sequence[ImageRequest], place: Place, role_ids: frozenset[int]) -> None:
        """Whether these may be asked for together there by a member with those roles. Raises InvalidRequest."""
        self.check_place(place)
        if len(requests) > self.most_pictures:
            raise InvalidRequest("count", "too-many-pictures", given=str(len(requests)), most=str(self.most_pictures))
        for request in requests:
            self._check_one(request, role_ids)

    def check_place(self, place: Place) -> None:
        """Whether anything may be asked for there. Raises InvalidRequest."""
        if self.channels is not None and not self.channels & {place.channel_id, place.parent_id}:
            raise InvalidRequest("channel", "wrong-channel", channels=" ".join(f"<#{id_}>" for id_ in self.channels))

    def _check_one(self, request: ImageRequest, role_ids: frozenset[int]) -> None:
        if request.checkpoint in self.for_adults:
            raise InvalidRequest("checkpoint", "for-adults", name=request.checkpoint)
        if request.checkpoint not in self.checkpoints:
            raise InvalidRequest("checkpoint", "not-here", name=request.checkpoint, known=_list(self.checkpoints))
        for lora in request.loras:
            if lora.name not in self.loras:
                raise InvalidRequest("lora", "not-here", name=lora.name, known=_list(self.loras))
        size = f"{request.width}x{request.height}"
        if self.sizes is not None and size not in self.sizes:
            raise InvalidRequest("size", "not-here", name=size, known=_list(self.sizes))
        steps = max(request.steps, request.hires.steps if request.hires else 0)
        if self.most_steps is not None and steps > self.most_steps:
            raise InvalidRequest("steps", "outside", given=str(steps), least="1", most=str(self.most_steps))
        if request.handed_in:
            self.check_uploads(role_ids)

    def check_uploads(self, role_ids: frozenset[int]) -> None:
        """Whether a member with those roles may hand in a picture there. Raises InvalidRequest."""
        source = self.sources[HouseSetting.UPLOADS]
        if self.uploads == NOBODY:
            raise InvalidRequest("image", "no-uploads" if source is Source.OPERATOR else "no-uploads-here")
        if isinstance(self.uploads, int) and self.uploads not in role_ids:
            raise InvalidRequest("image", "uploads-of-role", role=f"<@&{self.uploads}>")


def resolve(
    settings: Settings, server: Chosen | None = None, channel: Chosen | None = None, *, with_adult: bool = True
) -> HouseRules:
    """What holds where managers chose that for the server and that for the channel. ``with_adult``: checkpoints that
    were made for adults are there, too."""
    layers = ((Source.CHANNEL, channel or {}), (Source.SERVER, server or {}))
    sources: dict[HouseSetting, Source] = {}

    def nearest(setting: HouseSetting, operators: T) -> T:
        for source, chosen in layers:
            if setting in chosen and not (source is Source.CHANNEL and setting in OF_SERVER_ONLY):
                sources[setting] = source
                value: T = chosen[setting]  # of this type, as was checked when it was set
                return value
        sources[setting] = Source.OPERATOR
        return operators

    def narrowed(setting: HouseSetting, there: Sequence[str]) -> tuple[str, ...]:
        chosen = nearest(setting, there)
        return tuple(name for name in there if name in chosen)

    there = [name for name, checkpoint in settings.checkpoints.items() if with_adult or not checkpoint.adult]
    checkpoints = narrowed(HouseSetting.CHECKPOINTS, there)
    channels = nearest(HouseSetting.CHANNELS, None)
    sizes = nearest(HouseSetting.SIZES, None)
    checkpoint = nearest(HouseSetting.CHECKPOINT, settings.imagine.checkpoint)
    if checkpoint not in checkpoints:
        checkpoint = settings.imagine.checkpoint
        sources[HouseSetting.CHECKPOINT] = Source.OPERATOR
        if checkpoint not in checkpoints and checkpoints:
            checkpoint = checkpoints[0]
            sources[HouseSetting.CHECKPOINT] = sources[HouseSetting.CHECKPOINTS]
    uploads: str | int = nearest(HouseSetting.UPLOADS, EVERYONE)
    if not takes_uploads(settings):
        uploads = NOBODY
        sources[HouseSetting.UPLOADS] = Source.OPERATOR
    previews = nearest(HouseSetting.PREVIEWS, ON)
    if not settings.discord.previews:
        previews = OFF
        sources[HouseSetting.PREVIEWS] = Source.OPERATOR
    return HouseRules(
        channels=None if channels is None else frozenset(channels),
        checkpoints=checkpoints,
        for_adults=frozenset(settings.checkpoints).difference(there),
        loras=narrowed(HouseSetting.LORAS, list(settings.loras)),
        sizes=None if sizes is None else tuple(sizes),
        most_pictures=min(MAX_COUNT, nearest(HouseSetting.MOST_PICTURES, MAX_COUNT)),
        most_steps=nearest(HouseSetting.MOST_STEPS, None),
        checkpoint=checkpoint,
        size=nearest(HouseSetting.SIZE, None),
        negative_prompt=nearest(HouseSetting.NEGATIVE_PROMPT, ""),
        uploads=uploads,
        confirm_above_credits=nearest(HouseSetting.CONFIRM_ABOVE, None),
        language=nearest(HouseSetting.LANGUAGE, None),
        has_previews=previews == ON,
        has_threads=nearest(HouseSetting.THREADS, OFF) == ON,
        gallery=nearest(HouseSetting.GALLERY, None),
        reviews=nearest(HouseSetting.REVIEWS, None),
        log=nearest(HouseSetting.LOG, None),
        stars=nearest(HouseSetting.STARS, DEFAULT_STARS),
        sources=sources,
    )


def takes_uploads(settings: Settings) -> bool:
    """Whether the operator lets members hand in pictures: unchecked ones, or checked if there is a checker."""
    safety = settings.safety
    return safety.uploads == "unchecked" or (safety.uploads == "checked" and bool(safety.picture_checkers))


def _pixels(size: str) -> int:
    width, height = parse_size(size)
    return width * height


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "-"
