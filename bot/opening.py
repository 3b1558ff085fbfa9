"""What a process opens from its settings: database, gate, engine, and the way to Discord. Whatever is wrong with them
is a StartupError, which says what an operator can do about it."""

from __future__ import annotations

import logging
import re
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Generic, TypeVar

import aiohttp

from bot.errors import StartupError
from bot.loopback import loopback_connector
from bot.safety import Gate, RulesUnusable, load_rules, presets
from bot.safety.checkers import EndpointChecker, Labels, ModelChecker, TextChecker
from config import DiscordSettings, SafetySettings, SelectionSettings, Settings, WritingSettings
from db import Database, DatabaseUnusable
from inference import CheckpointUnusable, EngineGroup, LocalEngine
from inference.scorers import make_scorers, make_text_scorer
from inference.selection import Selector, make_selector
from inference.writing import Writers, make_writers

log = logging.getLogger(__name__)

T = TypeVar("T")

TOKEN_PATTERN = re.compile(r"^[\w-]{18,}\.[\w-]{4,}\.[\w-]{20,}$")
WHERE_TOKENS_ARE = (
    "Take it from the Discord Developer Portal (your application > Bot > Reset Token) and put it into "
    "LIENZO_DISCORD__TOKEN, or try everything without one: lienzo rehearse"
)


async def open_database(settings: Settings) -> Database:
    try:
        return await Database.open(settings.storage.database_file, synchronous=settings.storage.synchronous)
    except DatabaseUnusable as error:
        raise StartupError(str(error)) from error


def open_gate(settings: Settings) -> Gate:
    try:
        rules = load_rules(settings.safety.rules_folder)
    except RulesUnusable as error:
        raise StartupError(f"the safety rules cannot be used: {error}") from error
    if settings.safety.image_check != "required" and not settings.safety.picture_checkers:
        log.warning("nothing looks at the pictures, as the settings accept: the family policy holds everywhere")
    return Gate(
        rules,
        checkers=text_checkers(settings.safety),
        is_image_check_required=settings.safety.image_check == "required",
        timeout_seconds=settings.safety.timeout_seconds,
    )


def text_checkers(safety: SafetySettings) -> list[TextChecker]:
    """The operator's own, with their weights loaded. Raises StartupError."""
    unknown = sorted(set(safety.text_labels.values()) - presets()["family"].actions.keys())
    if unknown:
        raise StartupError(f"safety.text_labels: {unknown[0]} is no category; see bot/safety/policies.toml")
    labels = Labels(safety.text_labels, safety.text_threshold)
    checkers: list[TextChecker] = []
    try:
        scorer = make_text_scorer(safety)
    except CheckpointUnusable as error:
        raise StartupError(f"safety.text_checkpoint cannot be used: {error}") from error
    if scorer is not None:
        checkers.append(ModelChecker(scorer, labels))
    if safety.text_endpoint:
        checkers.append(EndpointChecker(safety.text_endpoint, safety.text_endpoint_token.get_secret_value(), labels))
    return checkers


def make_engine(
    settings: Settings, *, checkpoint: str | None = None, measures: bool = True
) -> LocalEngine | EngineGroup:
    """To be entered with ``async with``, which starts it and loads ``checkpoint``, or else the default one. Without
    ``measures`` nothing looks at its pictures: for those that nobody is shown."""
    default = checkpoint or settings.imagine.checkpoint
    # All cards' pictures are looked at by the same scorers.
    scorers = Once(partial(make_scorers, settings.safety)) if measures else tuple

    def on(nth: int, device: str) -> LocalEngine:
        return LocalEngine(
            settings.engine.model_copy(update={"device": device}),
            settings.checkpoints,
            default_checkpoint=default,
            checkpoints_folder=settings.storage.checkpoints_folder,
            additions=settings.additions,
            capacity_file=settings.storage.capacity_file_of(nth),
            hashes_file=settings.storage.hashes_file,
            make_scorers=scorers,
        )

    engines = [on(nth, device) for nth, device in enumerate(settings.engine.devices)]
    return engines[0] if len(engines) == 1 else EngineGroup(engines, default_checkpoint=default)


class Once(Generic[T]):
    """Calls ``make`` the first time; whoever calls later, on whichever thread, gets the same, or the same error."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._lock = threading.Lock()
        self._make = make
        self._made: Future[T] | None = None

    def __call__(self) -> T:
        with self._lock:
            if self._made is None:
                self._made = Future()
                try:
                    self._made.set_result(self._make())
                except Exception as error:
                    self._made.set_exception(error)
        return self._made.result()


def open_writers(settings: WritingSettings) -> Writers:
    """With their weights loaded: seconds. Raises StartupError."""
    try:
        return make_writers(settings)
    except CheckpointUnusable as error:
        raise StartupError(f"[writing] names a checkpoint that cannot be used: {error}") from error


def open_selector(settings: SelectionSettings) -> Selector | None:
    """With its weights loaded: seconds. Raises StartupError."""
    try:
        return make_selector(settings)
    except CheckpointUnusable as error:
        raise StartupError(f"[selection] names a checkpoint that cannot be used: {error}") from error


def check_token(settings: DiscordSettings) -> str:
    """The token. Raises StartupError if it is missing or cannot be one."""
    token = settings.token.get_secret_value().strip()
    if not token:
        raise StartupError("there is no Discord token", WHERE_TOKENS_ARE)
    if not TOKEN_PATTERN.match(token):
        raise StartupError("discord.token does not look like a bot token", WHERE_TOKENS_ARE)
    return token


def discord_connector(settings: DiscordSettings) -> aiohttp.BaseConnector | None:
    """Where discord.py connects: the loopback, if one is set, else (None) the real Discord. Raises StartupError."""
    if settings.loopback_port is None or settings.loopback_ca is None:
        return None
    try:
        return loopback_connector(settings.loopback_port, settings.loopback_ca)
    except (OSError, ssl.SSLError) as error:
        raise StartupError(f"discord.loopback_ca = {settings.loopback_ca} cannot be used ({error})") from error
