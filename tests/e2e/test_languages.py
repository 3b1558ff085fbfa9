"""What only one member sees is in their language, what a server sees is in the server's."""

from typing import Any

from tests.e2e.conftest import Stage
from tests.e2e.test_pictures import press, whisper_of
from tests.lookout import texts


async def test_a_member_is_answered_in_their_language_and_the_server_in_its_own(stage: Stage) -> None:
    async with stage.bot():
        record = await stage.discord.slash("history", {}, member="ines")
        assert "Todavía no has dibujado nada" in texts(await whisper_of(stage, record))
        refused = await stage.imagine("gory entrails", member="ines")
        assert "violencia explícita" in (await whisper_of(stage, refused)).content
        message = await stage.final(await stage.imagine("a fox", member="ines", seed=5))
        assert "seed **5**" in message.content, "everybody here reads English"
        assert {"Reroll", "Vary"} <= {str(one.get("label")) for one in message.buttons}
        told = await whisper_of(stage, await press(stage, message, "Info", member="ines"))
        assert "semilla **5**" in told.content
        told = await whisper_of(stage, await press(stage, message, "Info", member="ada"))
        assert "seed **5**" in told.content
        mine = await stage.final(await stage.imagine("a fox", member="ines", seed=6, private=True))
        assert "semilla **6**" in mine.content
        assert "Repetir" in {str(one.get("label")) for one in mine.buttons}


async def test_a_spanish_server_reads_spanish_whoever_asks(stage: Stage) -> None:
    async with stage.bot():
        record = await stage.discord.slash("imagine", {"prompt": "a fox", "seed": 5}, member="ines", channel="lienzos")
        message = await stage.final(record)
        assert "semilla **5**" in message.content
        assert "hecha con IA" in message.content


async def test_the_commands_are_listed_in_spanish_too(stage: Stage) -> None:
    async with stage.bot():
        [imagine] = [one for one in stage.discord.commands if one["name"] == "imagine"]
        assert imagine["description_localizations"]["es-ES"] == "Dibuja una imagen de lo que describes"
        [prompt] = [one for one in imagine["options"] if one["name"] == "prompt"]
        assert prompt["description_localizations"]["es-ES"] == "Qué dibujar"


async def test_every_option_has_a_spanish_name_and_durations_are_said_in_spanish(stage: Stage) -> None:
    """As Discord got them."""

    def options(command: Any, path: str) -> Any:
        for one in command.get("options", ()):
            if one["type"] in (1, 2):
                yield from options(one, f"{path} {one['name']}")
            else:
                yield path, one

    async with stage.bot():
        found = [one for command in stage.discord.commands for one in options(command, command["name"])]
    spanish = [(path, one["name"], one.get("name_localizations", {}).get("es-ES")) for path, one in found]
    assert [one for one in spanish if one[2] is None] == []
    assert len({(path, name) for path, _, name in spanish}) == len(spanish), "each has its own in its command"
    assert ("imagine", "seed", "semilla") in spanish
    assert ("imagine", "preset", "estilo") in spanish
    [duration] = [one for path, one in found if path == "moderate pause" and one["name"] == "duration"]
    assert {choice["name_localizations"]["es-ES"] for choice in duration["choices"]} >= {"10 minutos", "7 días"}
