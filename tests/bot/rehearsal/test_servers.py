"""Several servers, languages and members: what an interaction says about where it comes from, and who may use what."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from discord import app_commands

from bot.rehearsal import NotAllowed, Rehearsal
from bot.rehearsal import world as w

COMMAND = {"name": "imagine", "description": "Draw"}
ANYWHERE = {**COMMAND, "integration_types": [0, 1], "contexts": [0, 1, 2]}


@pytest.mark.parametrize(
    ("member", "channel", "locale", "guild", "guild_locale"),
    [
        ("ada", "art", "en-US", w.GUILD_ID, "en-US"),
        ("ada", "lienzos", "en-US", w.WORKSHOP_ID, "es-ES"),
        ("ines", "lienzos", "es-ES", w.WORKSHOP_ID, "es-ES"),
        ("grace", "art", "en-GB", w.GUILD_ID, "en-US"),
        ("ines", "dm", "es-ES", None, None),
    ],
)
async def test_languages_and_servers_are_told(
    rehearsal: Rehearsal, bot: Any, online: Any, member: str, channel: str, locale: str, guild: Any, guild_locale: Any
) -> None:
    seen: list[Any] = []

    @bot.tree.command(name="imagine", description="Draw")
    async def imagine(interaction: discord.Interaction) -> None:
        told = interaction.guild_locale
        seen.extend([str(interaction.locale), interaction.guild_id, str(told) if told else None])
        await interaction.response.send_message("here")

    async with online(bot):
        await rehearsal.answered(await rehearsal.slash("imagine", member=member, channel=channel))
        assert {g.id: str(g.preferred_locale) for g in bot.guilds} == {w.GUILD_ID: "en-US", w.WORKSHOP_ID: "es-ES"}
    assert seen == [locale, guild, guild_locale]


async def test_members_are_seen_where_they_are(rehearsal: Rehearsal, api: Any) -> None:
    with pytest.raises(NotAllowed):
        await rehearsal.say("hello?", member="grace", channel="lienzos")
    with pytest.raises(NotAllowed):
        await rehearsal.say("hello?", member="ada", channel="staff")
    await rehearsal.say("among us", member="linus", channel="staff")
    ines = rehearsal.hub.world.member("ines").id
    status, here = await api("GET", f"/guilds/{w.GUILD_ID}/members/{ines}")
    assert status == 200 and here["roles"] == []
    status, there = await api("GET", f"/guilds/{w.WORKSHOP_ID}/members/{ines}")
    assert status == 200 and len(there["roles"]) == 1
    grace = rehearsal.hub.world.member("grace").id
    assert (await api("GET", f"/guilds/{w.WORKSHOP_ID}/members/{grace}"))[1]["code"] == 10007
    assert [g["id"] for g in (await api("GET", "/users/@me/guilds"))[1]] == [str(w.GUILD_ID), str(w.WORKSHOP_ID)]
    assert (await api("GET", f"/guilds/{w.ELSEWHERE_ID}"))[1]["code"] == 10004
    staff = rehearsal.channel_id("staff")
    assert (await api("POST", f"/channels/{staff}/messages", {"content": "x"}))[1]["code"] == 50001
    lobby = rehearsal.channel_id("lobby")
    assert (await api("POST", f"/channels/{lobby}/messages", {"content": "x"}))[1]["code"] == 50001


async def test_a_shard_hears_its_own_servers_only(rehearsal: Rehearsal, api: Any) -> None:
    token = rehearsal.credentials.bot_token
    heard: dict[int, set[str]] = {}
    for shard in (0, 1):
        async with api.session.ws_connect("wss://gateway.discord.gg/?v=10&encoding=json") as socket:
            await socket.receive_json()
            await socket.send_json(
                {"op": 2, "d": {"token": token, "intents": 1, "properties": {}, "shard": [shard, 2]}}
            )
            ready = (await socket.receive_json())["d"]
            assert ready["shard"] == [shard, 2]
            heard[shard] = {guild["id"] for guild in ready["guilds"]}
    assert heard[0] | heard[1] == {str(w.GUILD_ID), str(w.WORKSHOP_ID)}
    for shard, ids in heard.items():
        assert all((int(id_) >> 22) % 2 == shard for id_ in ids)


async def test_a_guest_says_little(rehearsal: Rehearsal, bot: Any, online: Any) -> None:
    """An app that a member brought along follows up five times, and only they hear it where the host wants it so."""
    codes: list[int] = []
    contexts: list[Any] = []

    @bot.tree.command(name="imagine", description="Draw")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def imagine(interaction: discord.Interaction) -> None:
        contexts.append((interaction.is_user_integration(), interaction.is_guild_integration()))
        await interaction.response.send_message("first")
        for number in range(6):
            try:
                await interaction.followup.send(f"and {number}")
            except discord.HTTPException as error:
                codes.append(error.code)
                rehearsal.hub.changes.announce("typing", None)

    rehearsal.limits.set("webhook", 100, 1)
    async with online(bot):
        record = await rehearsal.slash("imagine", member="ada", channel="lobby")
        await rehearsal.wait_until(lambda: codes)
        assert codes == [40094] and len(record.followups) == 5 and contexts == [(True, False)]
        assert rehearsal.messages("lobby", "grace")[0].content == "first"
        quiet = await rehearsal.answered(await rehearsal.slash("imagine", member="ada", channel="quiet"))
        await rehearsal.wait_until(lambda: len(quiet.followups) == 5)
        assert quiet.message is not None and quiet.message.ephemeral
        assert rehearsal.messages("quiet", "grace") == []
        at_home = await rehearsal.slash("imagine", member="ada")
        await rehearsal.wait_until(lambda: len(at_home.followups) == 6)
        assert contexts[-1] == (True, True)
        with pytest.raises(NotAllowed, match="installed"):
            await rehearsal.slash("imagine", member="grace", channel="lobby")


async def test_guests_and_their_owners_are_told(rehearsal: Rehearsal, api: Any) -> None:
    await api.declare(ANYWHERE)
    ada = rehearsal.hub.world.member("ada").id
    rows: list[tuple[str, dict[str, str]]] = [
        ("lobby", {"1": str(ada)}),
        ("art", {"0": str(w.GUILD_ID), "1": str(ada)}),
        ("dm", {"0": "0", "1": str(ada)}),
    ]
    for channel, owners in rows:
        record = await rehearsal.slash("imagine", channel=channel)
        payload = rehearsal.hub._payload(record)
        assert payload["authorizing_integration_owners"] == owners, channel
        assert int(payload["app_permissions"]) & w.ATTACH_FILES, channel
        assert ("member" in payload) == (channel != "dm") and ("user" in payload) == (channel == "dm")
        button = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Again", "custom_id": "again"}]}
        body = {"type": 4, "data": {"content": "x", "components": [button]}}
        callback = f"/interactions/{record.id}/{record.token}/callback?with_response=true"
        _, answer = await api("POST", callback, body, token=False)
        message = answer["resource"]["message"]
        assert message["interaction_metadata"]["authorizing_integration_owners"] == owners
        pressed = await rehearsal.press(message["id"], "again")
        assert rehearsal.hub._payload(pressed)["authorizing_integration_owners"] == owners


async def test_moderators_let_in_and_keep_out(rehearsal: Rehearsal, api: Any) -> None:
    await api.declare(
        COMMAND, {"name": "tidy", "description": "Mods", "default_member_permissions": str(w.MANAGE_GUILD)}
    )

    async def may(member: str, command: str = "imagine", channel: str = "art") -> bool:
        try:
            await rehearsal.slash(command, member=member, channel=channel)
        except NotAllowed:
            return False
        return True

    assert await may("ada") and not await may("ada", "tidy") and await may("linus", "tidy")
    rehearsal.permit("imagine", "@everyone", False)
    assert not await may("ada") and await may("margaret")
    assert await may("ada", channel="lienzos"), "another server decides for itself"
    rehearsal.permit("imagine", "Moderator", True)
    assert await may("linus") and not await may("grace")
    rehearsal.permit("imagine", "ada", True)
    assert await may("ada")
    rehearsal.permit("imagine", "gallery", False)
    assert not await may("ada", channel="gallery") and await may("ada")
    rehearsal.permit("tidy", "ada", True)
    assert await may("ada", "tidy"), "an exception counts instead of the default"
    base = f"/applications/{w.APPLICATION_ID}/guilds/{w.GUILD_ID}/commands"
    ids = {command["name"]: command["id"] for command in rehearsal.commands}
    status, listed = await api("GET", f"{base}/permissions")
    assert status == 200 and [p["type"] for p in listed[0]["permissions"]] == [1, 1, 2, 3]
    assert (await api("GET", f"{base}/{ids['imagine']}/permissions"))[1]["id"] == ids["imagine"]
    assert (await api("GET", f"{base}/5/permissions"))[1]["code"] == 10066
    assert (await api("PUT", f"{base}/{ids['imagine']}/permissions", {"permissions": []}))[1]["code"] == 20001
    for number in range(96):
        rehearsal.hub.commands.permit(w.GUILD_ID, "imagine", number, True)
    with pytest.raises(NotAllowed, match="100"):
        rehearsal.hub.commands.permit(w.GUILD_ID, "imagine", 999, True)


async def test_who_is_too_young(rehearsal: Rehearsal, api: Any) -> None:
    await api.declare({**COMMAND, "nsfw": True})
    assert (await rehearsal.slash("imagine", channel="after-dark")).name == "imagine"
    assert (await rehearsal.slash("imagine", channel="dm")).name == "imagine"
    for member, channel in (("ada", "art"), ("joan", "after-dark"), ("joan", "dm")):
        with pytest.raises(NotAllowed, match="age-restricted"):
            await rehearsal.slash("imagine", member=member, channel=channel)


async def test_names_in_the_readers_language(rehearsal: Rehearsal, api: Any) -> None:
    option = {"type": 3, "name": "style", "description": "Look", "name_localizations": {"es-ES": "estilo"}}
    option["choices"] = [{"name": "Ink", "value": "ink", "name_localizations": {"es-ES": "Tinta"}}]
    named = {**COMMAND, "name_localizations": {"es-ES": "imagina", "en-US": "paint"}, "options": [option]}
    await api.declare(named)

    def shown(member: str) -> list[str]:
        from bot.rehearsal.page_view import PageView

        command = PageView(rehearsal.hub, rehearsal.hub.world.member(member)).commands()[0]
        first = command["options"][0]
        return [command["name"], command["local_name"], first["local_name"], first["choices"][0]["local_name"]]

    assert shown("ines") == ["imagine", "imagina", "estilo", "Tinta"]
    assert shown("ada") == ["imagine", "paint", "style", "Ink"]
    assert shown("grace") == ["imagine", "paint", "style", "Ink"], "British members read American before nothing"
    record = await rehearsal.slash("imagine", {"style": "ink"}, member="ines", channel="lienzos")
    assert record.data["name"] == "imagine" and record.data["options"][0]["name"] == "style"
