"""Who may ask: restrictions with their ends, strikes, worn-out prompts; and what the gravest find brings."""

import logging
from pathlib import Path

import pytest

from bot.errors import CoolingDown, PromptBlocked, Restricted
from bot.safety import Action, PromptTexts, Verdict
from bot.services.clock import DAY_MS
from db import Database, Origin, audit, restrictions
from db.restrictions import Restriction, RestrictionKind
from tests.bot.services.moderating import Moderating

GUILD, USER = 7, 11
TEXTS = PromptTexts("stand-in")
BLOCKED = Verdict("prompt", "violence_gore", "some-rule")


class Clock:
    def __init__(self) -> None:
        self.ms = 1_800_000_000_000

    def __call__(self) -> int:
        return self.ms


def origin(user_id: int = USER, guild_id: int | None = GUILD) -> Origin:
    return Origin(user_id=user_id, guild_id=guild_id, channel_id=70, application_id=1, interaction_token=None)


def restriction(number: int, *, guild_id: int | None = GUILD, expires_at_ms: int | None = None) -> Restriction:
    kind = RestrictionKind.BAN if expires_at_ms is None else RestrictionKind.PAUSE
    return Restriction(
        id=number,
        guild_id=guild_id,
        user_id=USER,
        kind=kind,
        reason="because",
        made_by=1,
        made_at_ms=1,
        expires_at_ms=expires_at_ms,
    )


async def test_a_restriction_holds_where_and_while_it_is_meant_to(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    standing = Moderating(database, tmp_path, clock).standing
    pause = restriction(1, expires_at_ms=clock.ms + 1000)
    assert await database.write(lambda connection: restrictions.impose_on(connection, pause))
    assert not await database.write(lambda connection: restrictions.impose_on(connection, pause)), "asked twice"
    with pytest.raises(Restricted):
        await standing.check(USER, GUILD)
    await standing.check(USER, GUILD + 1)
    await standing.check(USER, None)
    await standing.check(USER + 1, GUILD)
    clock.ms += 1000
    await standing.check(USER, GUILD)
    ban = restriction(2, guild_id=None)
    await database.write(lambda connection: restrictions.impose_on(connection, ban))
    for guild_id in (GUILD, GUILD + 1, None):
        with pytest.raises(Restricted) as caught:
            await standing.check(USER, guild_id)
        assert caught.value.restriction.id == 2
    lifted = await database.write(lambda connection: restrictions.lift_on(connection, None, USER, now_ms=clock.ms))
    assert lifted == 1
    await standing.check(USER, GUILD)


async def test_strikes_count_what_the_member_is_to_blame_for(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    moderating = Moderating(database, tmp_path, clock, strikes=3, strike_hours=1, cooldown_minutes=10)
    innocent = (
        Verdict("prompt", "unavailable", "gate", is_our_fault=True),
        Verdict("prompt", "age_ambiguous", "wide"),
        Verdict("prompt", "disturbing", "maybe", action=Action.REVIEW),
        Verdict("prompt", "custom", "phrase"),
    )
    for verdict in innocent:
        await moderating.blocking.record(verdict, TEXTS, origin())
    for _ in range(2):
        await moderating.blocking.record(BLOCKED, TEXTS, origin())
    await moderating.standing.check(USER, GUILD)
    await moderating.blocking.record(BLOCKED, TEXTS, origin())
    with pytest.raises(CoolingDown) as caught:
        await moderating.standing.check(USER, None)
    assert caught.value.until_ms == clock.ms + 600_000
    clock.ms += 600_000
    await moderating.standing.check(USER, GUILD)


async def test_a_prompt_whose_pictures_are_withheld_is_not_tried_for_ever(database: Database, tmp_path: Path) -> None:
    moderating = Moderating(database, tmp_path, Clock(), strikes=0)
    withheld = Verdict("image", "sexual", "nsfw-score")

    async def may_try(user_id: int, guild_id: int = GUILD) -> bool:
        try:
            await moderating.standing.check_prompt(TEXTS.fingerprint(), user_id, guild_id)
        except PromptBlocked:
            return False
        return True

    await moderating.blocking.record(withheld, TEXTS, origin())
    assert await may_try(USER)
    await moderating.blocking.record(withheld, TEXTS, origin())
    assert not await may_try(USER)
    assert await may_try(USER + 1)
    for other in (USER + 1, USER + 2):
        await moderating.blocking.record(withheld, TEXTS, origin(other))
    assert not await may_try(USER + 9), "three members of this server"
    assert await may_try(USER + 9, GUILD + 1)


async def test_the_gravest_find_pauses_everywhere_and_then_bans(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    moderating = Moderating(database, tmp_path, clock)
    gravest = Verdict("prompt", "minors_sexual", "strict")
    with caplog.at_level(logging.ERROR):
        await moderating.blocking.record(gravest, TEXTS, origin())
    assert "may not ask for a day" in caplog.text
    with pytest.raises(Restricted) as caught:
        await moderating.standing.check(USER, None)
    assert caught.value.restriction.expires_at_ms == clock.ms + DAY_MS
    clock.ms += 2 * DAY_MS
    await moderating.standing.check(USER, GUILD)
    await moderating.blocking.record(gravest, TEXTS, origin())
    with pytest.raises(Restricted) as caught:
        await moderating.standing.check(USER, GUILD)
    assert caught.value.restriction.kind is RestrictionKind.BAN
    entries = await audit.of_member(database, USER, GUILD, limit=10)
    assert [(entry.action, entry.actor_id) for entry in entries] == [("ban", None), ("pause", None)]


async def test_operators_are_told_of_a_fault_once_in_a_while(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    moderating = Moderating(database, tmp_path, Clock())
    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            await moderating.blocking.record(
                Verdict("image", "unavailable", "score", is_our_fault=True), TEXTS, origin()
            )
    assert caplog.text.count("the safety gate cannot check") == 1


async def test_the_audit_only_grows(database: Database) -> None:
    await audit.add(database, audit.Entry(at_ms=1, guild_id=GUILD, actor_id=1, action="note", user_id=USER))
    for statement in ("UPDATE audit SET detail = 'x'", "DELETE FROM audit"):
        with pytest.raises(Exception, match="the audit only grows"):
            await database.write(lambda connection, statement=statement: connection.exec_driver_sql(statement))
