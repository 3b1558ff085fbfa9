"""What holds in a place: never milder than any cap, whatever managers choose; what cannot be read stops everything."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import NotAManager, PromptBlocked, SettingRefused
from bot.safety import Action, PromptTexts, Verdict, presets
from bot.services.house_rules import Place
from bot.services.protection import Chosen, Protection
from bot.services.requester import Requester
from bot.services.safety_choices import Change, SafetyChoices
from config import load_settings
from db import Database
from db.phrases import Phrase, PhraseKind
from db.safety_policies import Choice
from tests.bot.services.moderating import Moderating

GUILD, CHANNEL, THREAD = 7, 70, 71
CATEGORIES = list(presets()["family"].actions)
MANAGER = Requester(user_id=1, guild_id=GUILD, channel_id=CHANNEL, may_manage=True, may_manage_server=True)
MODERATOR = Requester(user_id=2, guild_id=GUILD, channel_id=CHANNEL, may_manage=True)


def protection(**safety: Any) -> Protection:
    settings = load_settings(env_file=Path("/nonexistent"), overrides={"safety": safety})
    return Protection(settings.safety, None)  # type: ignore[arg-type] - nothing is read here


def choice(preset: str, actions: dict[str, str], channel_id: int = 0) -> Choice:
    return Choice(guild_id=GUILD, channel_id=channel_id, preset=preset, actions=actions, made_by=1, made_at_ms=1)


some_actions = st.dictionaries(st.sampled_from(CATEGORIES), st.sampled_from([one.value for one in Action]))
some_choice = st.tuples(st.sampled_from(list(presets())), some_actions)


@given(
    floor=st.sampled_from(list(presets())),
    image_check=st.sampled_from(["required", "accepted-unchecked"]),
    server=st.none() | some_choice,
    channel=st.none() | some_choice,
    is_age_restricted=st.booleans(),
    guild_id=st.none() | st.just(GUILD),
)
def test_no_choice_reaches_below_a_cap(
    floor: str, image_check: str, server: Any, channel: Any, is_age_restricted: bool, guild_id: int | None
) -> None:
    chosen = {}
    if guild_id is not None:
        chosen |= {0: choice(*server)} if server else {}
        chosen |= {CHANNEL: choice(*channel, channel_id=CHANNEL)} if channel else {}
    place = Place(guild_id, CHANNEL, is_age_restricted=is_age_restricted)
    policy = protection(floor=floor, image_check=image_check).effective(Chosen(chosen, ()), place)
    caps = [floor]
    caps += [] if is_age_restricted else ["standard"]
    caps += ["family"] if guild_id is None or image_check == "accepted-unchecked" else []
    nearest = (channel or server) if guild_id is not None else None
    wanted = presets()[nearest[0]].changed(nearest[1]) if nearest else presets()["family"]
    for category in CATEGORIES:
        strictest = max(
            wanted.action(category), *(presets()[cap].action(category) for cap in caps), key=lambda one: one.severity
        )
        assert policy.action(category) is strictest
    assert policy.action("minors_sexual") is Action.BLOCK


def test_a_thread_is_as_its_channel() -> None:
    chosen = Chosen({CHANNEL: choice("standard", {}, CHANNEL)}, ())
    assert protection().effective(chosen, Place(GUILD, THREAD, CHANNEL)).name == "standard"
    assert protection().effective(chosen, Place(GUILD, THREAD)).name == "family"


async def test_what_cannot_be_read_stops_everything(database: Database, tmp_path: Path) -> None:
    moderating = Moderating(database, tmp_path, lambda: 5)
    assert (await moderating.protection.policy_at(Place(GUILD, CHANNEL))).name == "family"

    async def planted(connection: Any) -> None:
        await connection.exec_driver_sql(
            "INSERT INTO safety_policies VALUES (7, 0, 1, 'from-the-future', '{}', 1, 1), (8, 0, 1, 'mature', '{', 1, 1)"
        )

    await database.write(planted)
    for guild_id in (7, 8):
        moderating.protection.changed(guild_id)
        with pytest.raises(PromptBlocked) as caught:
            await moderating.protection.policy_at(Place(guild_id, CHANNEL))
        assert caught.value.verdict.is_our_fault


async def test_managers_choose_in_versions_and_others_do_not(database: Database, tmp_path: Path) -> None:
    moderating = Moderating(database, tmp_path, lambda: 5)
    choices = SafetyChoices(database, moderating.protection, moderating.gate, moderating.audit, lambda: 5)
    with pytest.raises(NotAManager):
        await choices.apply(MODERATOR, Change(preset="standard"))
    for wrong in (
        Change(preset="nothing"),
        Change(category="weather", action="block"),
        Change(category="hate", action="x"),
    ):
        with pytest.raises(SettingRefused):
            await choices.apply(MANAGER, wrong)
    proposal = await choices.propose(MANAGER, Change(preset="standard"), is_age_restricted=False)
    assert proposal.is_looser
    assert proposal.before.name == "family"
    assert (await moderating.protection.policy_at(Place(GUILD, CHANNEL))).name == "family", "only proposed"
    await choices.apply(MANAGER, Change(preset="standard"))
    await choices.apply(MANAGER, Change(CHANNEL, category="hate", action="block"))
    await choices.apply(MANAGER, Change(CHANNEL, category="disturbing", action="block"))
    here = await moderating.protection.policy_at(Place(GUILD, CHANNEL))
    assert (here.action("disturbing"), here.action("violence_gore")) == (Action.BLOCK, Action.SPOILER)
    stricter = await choices.propose(
        MANAGER, Change(CHANNEL, category="illegal", action="block"), is_age_restricted=False
    )
    assert not stricter.is_looser
    await choices.apply(MANAGER, Change(CHANNEL))
    back = await moderating.protection.policy_at(Place(GUILD, CHANNEL))
    assert back.action("disturbing") is Action.SPOILER, "as the server again"
    assert [entry.action for entry in moderating.told.entries] == ["policy"] * 4
    async with database.read() as connection:
        kept = (await connection.exec_driver_sql("SELECT count(*) FROM safety_policies")).scalar_one()
    assert kept == 4, "every version stays"


async def test_phrases_add_to_the_rules_and_take_nothing_from_the_fixed_ones(
    database: Database, tmp_path: Path
) -> None:
    moderating = Moderating(database, tmp_path, lambda: 5)
    choices = SafetyChoices(database, moderating.protection, moderating.gate, moderating.audit, lambda: 5)
    await choices.put_phrase(MODERATOR, "Blood  Orange", PhraseKind.ALLOW)
    with pytest.raises(NotAManager):
        await choices.put_phrase(MODERATOR, "walrus", PhraseKind.DENY)
    for wrong in ("", "x", "x" * 101):
        with pytest.raises(SettingRefused):
            await choices.put_phrase(MANAGER, wrong, PhraseKind.DENY)
    await choices.put_phrase(MANAGER, "walrus party", PhraseKind.DENY)
    assert await choices.phrases(MANAGER) == (
        Phrase("blood orange", PhraseKind.ALLOW),
        Phrase("walrus party", PhraseKind.DENY),
    )
    policy = await moderating.protection.policy_at(Place(GUILD, CHANNEL))

    async def verdict(text: str) -> str:
        found = await moderating.gate.check_prompt(PromptTexts(text), policy)
        return found.category if isinstance(found, Verdict) else ""

    assert await verdict("a w.a.l.r.u.s party") == "custom"
    assert await verdict("a walrus at a party") == ""
    assert await verdict("gory entrails") == "violence_gore"
    await choices.put_phrase(MANAGER, "gory entrails", PhraseKind.ALLOW)
    policy = await moderating.protection.policy_at(Place(GUILD, CHANNEL))
    assert await verdict("gory entrails on a plate") == ""
    assert await verdict("gory entrails and severed heads, gore") == "violence_gore", "what is left is judged"
    await choices.remove_phrase(MANAGER, "gory entrails")
    with pytest.raises(SettingRefused):
        await choices.remove_phrase(MANAGER, "gory entrails")
