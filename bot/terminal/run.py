"""`lienzo run`: serve Discord until told to stop."""

from __future__ import annotations

import logging

from bot.app import App, run
from bot.client import invite_address
from config import Settings

log = logging.getLogger(__name__)


async def serve(settings: Settings) -> None:
    await run(settings, on_ready=_say_hello)


def _say_hello(app: App) -> None:
    application_id = app.client.application_id
    assert application_id is not None  # it is logged in
    log.info("at work; invite Lienzo to a server with %s", invite_address(application_id))
