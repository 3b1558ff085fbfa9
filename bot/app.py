"""The composition root: top to bottom is the order of starting, bottom to top that of stopping."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import aiohttp
import discord

from bot.client import LienzoClient
from bot.commands.defaults_desk import DefaultsDesk
from bot.commands.desk import Desk
from bot.commands.help_desk import HelpDesk
from bot.commands.house_desk import HouseDesk
from bot.commands.moderation_desk import ModerationDesk
from bot.commands.picture_desk import PictureDesk
from bot.commands.preset_desk import PresetDesk
from bot.commands.privacy_desk import PrivacyDesk
from bot.commands.queue_desk import QueueDesk
from bot.commands.quota_desk import QuotaDesk
from bot.commands.safety_desk import SafetyDesk
from bot.commands.selection_desk import SelectionDesk
from bot.commands.writing_desk import WritingDesk
from bot.errors import StartupError
from bot.instance import only_instance
from bot.opening import (
    WHERE_TOKENS_ARE,
    check_token,
    discord_connector,
    make_engine,
    open_database,
    open_gate,
    open_selector,
    open_writers,
)
from bot.operations.admin import admin_port
from bot.operations.metrics import Metrics
from bot.operations.state import State
from bot.services.admission import Admission
from bot.services.appeals import Appeals
from bot.services.arrivals import Arrivals
from bot.services.audit import Audit
from bot.services.blocking import Blocking
from bot.services.clock import now_ms
from bot.services.delivery import Delivery
from bot.services.dispatcher import Dispatcher
from bot.services.drawing import Drawing
from bot.services.estimate import Estimate
from bot.services.gallery import Gallery
from bot.services.heartbeat import heartbeat
from bot.services.history import HistoryService
from bot.services.house import House
from bot.services.member_defaults import MemberDefaults
from bot.services.moderation import Moderation
from bot.services.offspring import Offspring, upscaled_size
from bot.services.presets import Presets
from bot.services.privacy import Privacy
from bot.services.protection import Protection
from bot.services.questions import Questions
from bot.services.quota import QuotaService
from bot.services.retention import Retention
from bot.services.safety_choices import SafetyChoices
from bot.services.safety_overview import SafetyOverview
from bot.services.selection import Selection
from bot.services.server_stats import Statistics
from bot.services.shelf import Shelf
from bot.services.standing import Standing
from bot.services.studio import Studio
from bot.services.takedown import Takedown
from bot.services.tree import Tree
from bot.services.turns import Turns
from bot.services.usage import Usage
from bot.services.vocabulary import Vocabulary
from bot.services.writing import Writing
from bot.ui.board import DiscordBoard
from bot.ui.language import languages
from bot.ui.lobby import DiscordLobby
from bot.ui.notices import DiscordNotices
from bot.ui.wall import DiscordWall
from config import Settings
from db import Generation, generations
from db.images import ImageStore
from inference import CheckpointUnusable, EngineDead
from inference.catalogue import multilingual

log = logging.getLogger(__name__)


class App:
    """Lienzo, logged in and drawing."""

    def __init__(self, client: LienzoClient, tasks: set[asyncio.Task[None]]) -> None:
        self.client = client
        self._tasks = tasks

    async def serve(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set. Raises StartupError if the model cannot be loaded, and what else ends us early."""
        stopping = asyncio.create_task(stop.wait(), name="stop")
        running: set[asyncio.Task[Any]] = {stopping, *self._tasks}
        try:
            while True:
                ended, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                if stopping in ended:
                    return
                for task in ended:
                    _raise_what_ended(task)
        finally:
            stopping.cancel()


async def run(settings: Settings, *, on_ready: Callable[[App], None] = lambda _: None) -> None:
    """Serve Discord until SIGTERM or SIGINT. Raises StartupError for what an operator can mend."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_app(settings) as app:
        on_ready(app)
        await app.serve(stop)
        log.info("stopping: pictures being drawn have %.0f s to finish", settings.imagine.shutdown_seconds)


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncIterator[App]:
    """Everything, started in order; on leaving, everything stopped in the opposite order.

    Stopping: nothing new is claimed, what is being drawn has its time to finish, the rest goes back into the line, what
    was drawn is delivered, then the gateway is closed cleanly.
    """
    token = check_token(settings.discord)
    async with AsyncExitStack() as stack:
        stack.enter_context(only_instance(settings.storage, settings.discord))
        await stack.enter_async_context(heartbeat(settings.storage.folder))
        database = await stack.enter_async_context(await open_database(settings))
        gate = await asyncio.to_thread(open_gate, settings)
        stack.push_async_callback(gate.close)
        writers = await asyncio.to_thread(open_writers, settings.writing)
        selector = await asyncio.to_thread(open_selector, settings.selection)
        images = ImageStore(settings.storage.images_folder)
        engine = make_engine(settings)

        client = LienzoClient(discord_connector(settings.discord))
        stack.push_async_callback(client.close)
        board = DiscordBoard(
            client,
            settings.discord.edit_interval_seconds,
            Vocabulary(settings.checkpoints),
            can_upscale=lambda generation: upscaled_size(generation.parameters, settings) is not None,
            told=partial(generations.told, database),
        )
        stack.push_async_callback(board.close)

        metrics = Metrics()
        metrics.watch_engine(engine.health)
        retention = Retention(settings.retention, database, images, now_ms)
        house = House(settings, database, tuple(languages()), now_ms)
        usage = Usage(database, now_ms)
        await asyncio.gather(house.open(), usage.open())
        notices = DiscordNotices(client, house)
        stack.push_async_callback(notices.close)
        audit = Audit(database, notices)
        protection = Protection(settings.safety, database)
        trusts_uploads = settings.safety.uploads == "unchecked"
        tongues = await asyncio.to_thread(multilingual, settings.checkpoints, settings.storage.checkpoints_folder)
        gallery = Gallery(database, house, images, gate, protection, DiscordWall(client))
        stack.push_async_callback(gallery.close)

        async def take_away(generation: Generation) -> None:
            await studio.call_off(generation.id)
            await gallery.remove(generation.id)
            await board.take_away(generation)

        takedown = Takedown(
            database,
            images,
            retention,
            audit,
            notices,
            take_away,
            house,
            settings.safety.reports_to_hide,
            now_ms,
        )
        admission = Admission(
            database,
            gate,
            protection,
            Standing(settings.safety, database, now_ms),
            takedown,
            Blocking(database, audit, metrics, now_ms),
            engine.measure,
            now_ms,
            trusts_uploads=trusts_uploads,
            multilingual=tongues,
        )
        presets = Presets(settings.imagine, database, admission, now_ms)
        defaults = MemberDefaults(settings, database, house, admission, now_ms)
        await asyncio.gather(presets.open(), defaults.open())
        delivery = Delivery(database, images, admission, board, metrics, now_ms, wants_thread=house.wants_thread)
        drawing = Drawing(engine, gate, settings.checkpoints, trusts_uploads=trusts_uploads, multilingual=tongues)
        estimate = Estimate(engine)
        dispatcher = Dispatcher(
            settings,
            database,
            admission,
            drawing,
            images,
            board,
            delivery,
            estimate,
            metrics,
            now_ms,
            wants_previews=house.wants_previews,
        )
        stack.push_async_callback(dispatcher.close)
        await stack.enter_async_context(engine)
        stack.push_async_callback(dispatcher.finish, settings.imagine.shutdown_seconds)

        quota = QuotaService(settings.quota, settings.queue, database, now_ms)
        studio = Studio(
            settings, database, admission, house, usage, presets, quota, dispatcher, images, metrics, now_ms
        )
        history = HistoryService(database, images, admission, tuple(settings.checkpoints))
        privacy = PrivacyDesk(Privacy(database, images, retention, studio, gallery, defaults, now_ms))
        queue = QueueDesk(dispatcher, studio, database, settings.queue.operators)
        quota_desk = QuotaDesk(quota, house, defaults, settings)
        answer_seconds = settings.discord.answer_deadline_seconds
        shelf = Shelf(database, gallery, now_ms)
        pictures = partial(PictureDesk, Offspring(settings, images), shelf, history, board, settings)
        house_desk = HouseDesk(house, usage, gallery, settings)
        preset_desk = PresetDesk(presets, house_desk, settings.imagine.max_prompt_characters)
        moderation = Moderation(database, audit, studio, now_ms)
        choices = SafetyChoices(database, protection, gate, audit, now_ms)
        appeals = Appeals(settings.safety, database, audit, notices, moderation, choices, house, now_ms)
        moderating = partial(ModerationDesk, appeals, moderation, takedown, choices, shelf, settings)
        overview = SafetyOverview(settings, database, protection, house, now_ms)
        turns = Turns(admission, house)
        desk = Desk(
            studio,
            Questions(now_ms),
            quota_desk,
            house_desk,
            preset_desk,
            history,
            board,
            database,
            privacy,
            queue,
            pictures,
            moderating,
            HelpDesk(Tree(database), Statistics(database, now_ms)),
            SafetyDesk(choices, overview),
            DefaultsDesk(defaults),
            WritingDesk(Writing(settings, writers, admission, turns)),
            SelectionDesk(Selection(settings, selector, admission, turns)),
            answer_seconds,
        )
        client.furnish(desk, settings, database)

        await stack.enter_async_context(in_background(retention.run(), retention.stop))
        state = State(client, database, engine)
        await stack.enter_async_context(
            admin_port(
                settings.admin,
                metrics,
                lives=state.lives,
                is_ready=state.is_ready,
                refresh=lambda: state.count_into(metrics),
            )
        )
        await _log_in(client, token)
        arrivals = Arrivals(database, house, DiscordLobby(client))
        await stack.enter_async_context(in_background(arrivals.run(), arrivals.stop))
        await dispatcher.recover()
        await gallery.recover()
        tasks = {
            asyncio.create_task(engine.ready(), name="engine"),
            asyncio.create_task(dispatcher.run(), name="dispatcher"),
            asyncio.create_task(client.connect(), name="gateway"),
        }
        try:
            yield App(client, tasks)
        finally:
            await stack.aclose()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def in_background(work: Coroutine[Any, Any, None], stop: Callable[[], None]) -> AsyncIterator[None]:
    """It runs while inside; when this is left it is asked to end, and has ended."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        stop()
        await task


async def _log_in(client: LienzoClient, token: str) -> None:
    try:
        await client.login(token)
    except discord.LoginFailure as error:
        raise StartupError("Discord refused the token", WHERE_TOKENS_ARE) from error
    except (aiohttp.ClientError, OSError) as error:
        raise StartupError(f"Discord cannot be reached ({error})", "Check the network, then start again") from error
    except discord.HTTPException as error:
        raise StartupError(f"Discord did not let us log in ({error})") from error


def _raise_what_ended(task: asyncio.Task[Any]) -> None:
    error = task.exception()
    match error:
        case None if task.get_name() == "engine":
            log.info("ready to draw")
        case None:
            raise StartupError(f"the {task.get_name()} ended by itself", "Start again; if it repeats, see the log")
        case CheckpointUnusable():
            raise StartupError(str(error), "`lienzo doctor` checks every checkpoint") from error
        case EngineDead():
            raise StartupError(str(error), "Nothing is lost: start again, and what waited is drawn") from error
        case discord.ConnectionClosed() | discord.GatewayNotFound():
            raise StartupError(f"Discord closed the connection ({error})", WHERE_TOKENS_ARE) from error
        case _:
            raise error
