"""Every message is there in every language, with the same values, and somebody says it."""

import re
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

from bot.ui.language import FOLDER, CommandTranslator, language_of, languages, say, speak, speaking

ROOT = Path(__file__).parents[3]


class Values(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:
        self.names.add(node.id.name)


def messages(code: str) -> dict[str, set[str]]:
    """Key -> names of its values."""
    found = {}
    for entry in FluentParser().parse((FOLDER / f"{code}.ftl").read_text(encoding="utf-8")).body:
        assert not isinstance(entry, ast.Junk), f"{code}.ftl: {entry.content!r}"
        if isinstance(entry, ast.Message):
            assert entry.id.name not in found, f"{code}.ftl has {entry.id.name} twice"
            values = Values()
            values.visit(entry)
            found[entry.id.name] = values.names
    return found


def said() -> set[str]:
    """What the sources say, with a * where a name is put together."""
    found = set()
    for file in (ROOT / "bot").rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        found |= set(re.findall(r"""["\']([a-z]+(?:-[\w]+)*)["\']""", source))
        found |= {
            re.sub(r"\{[^}]*\}", "*", text) for text in re.findall(r"""f["\']([a-z]+-\{[^"\']*\})["\']""", source)
        }
        found |= {re.sub(r"\{[^}]*\}", "*", text) for text in re.findall(r"f\'([a-z]+-\{.*?\})\'", source)}
    return found


@pytest.mark.parametrize("code", sorted(languages()))
def test_every_language_has_every_message_with_the_same_values(code: str) -> None:
    source, own = messages("en"), messages(code)
    assert own.keys() == source.keys(), "missing or left over"
    assert {key: values for key, values in own.items() if values != source[key]} == {}


def test_no_message_is_left_over() -> None:
    patterns = [re.escape(one).replace(r"\*", "[\\w-]+") for one in said()]
    everything = re.compile("|".join(patterns))
    assert [key for key in messages("en") if not everything.fullmatch(key)] == []


@pytest.mark.parametrize("code", sorted(languages()))
def test_what_discord_lists_is_short_enough(code: str) -> None:
    listed = [key for key in messages(code) if key.startswith(("command-", "option-"))]
    assert listed
    assert [key for key in listed if not 1 <= len(language_of(code).say(key, {})) <= 100] == []
    menus = [key for key in messages(code) if key.startswith("menu-")]
    assert [key for key in menus if not 1 <= len(language_of(code).say(key, {})) <= 32] == []
    fields = [key for key in messages(code) if key.startswith(("field-", "edit-title", "remix-title"))]
    assert [key for key in fields if not 1 <= len(language_of(code).say(key, {})) <= 45] == []


@pytest.mark.parametrize(
    ("locale", "code"), [("es-ES", "es"), ("es-419", "es"), ("en-GB", "en"), ("ja", "en"), (None, "en"), ("", "en")]
)
def test_discords_names_lead_to_a_language(locale: str | None, code: str) -> None:
    assert language_of(locale).code == code


def test_what_is_spoken_is_a_matter_of_the_task() -> None:
    assert say("cancel") == "Cancel"
    with speaking("es-ES"):
        assert say("cancel") == "Cancelar"
        with speaking("de"):
            assert say("cancel") == "Cancel"
        assert say("credits", amount="1", count=1) == "1 crédito"
        assert say("credits", amount="2.5", count=2.5) == "2.5 créditos"
    assert say("credits", amount="1", count=1) == "1 credit"


async def test_another_task_is_not_spoken_for() -> None:
    import asyncio

    async def spanish() -> str:
        speak("es-ES")
        await asyncio.sleep(0)
        return say("cancel")

    assert await asyncio.gather(asyncio.create_task(spanish()), asyncio.create_task(asyncio.sleep(0))) == [
        "Cancelar",
        None,
    ]
    assert say("cancel") == "Cancel"


def test_a_value_that_is_missing_is_found() -> None:
    with pytest.raises(ValueError, match="place"):
        say("number-in-line")
    with pytest.raises(KeyError):
        say("nothing-of-the-kind")


async def test_commands_are_listed_in_spanish() -> None:
    from discord import Locale, app_commands

    from bot.ui.language import described

    translator = CommandTranslator()
    context = app_commands.TranslationContext(app_commands.TranslationContextLocation.command_description, None)  # type: ignore[arg-type]
    text = described("command-history")
    assert str(text) == "Your own pictures, newest first"
    assert await translator.translate(text, Locale.spain_spanish, context) == "Tus imágenes, las más nuevas primero"
    assert await translator.translate(text, Locale.latin_american_spanish, context) is not None
    assert await translator.translate(text, Locale.american_english, context) is None
    assert await translator.translate(text, Locale.japanese, context) is None


@pytest.mark.parametrize("code", sorted(languages()))
def test_the_names_of_options_are_names_to_discord(code: str) -> None:
    names = [language_of(code).say(key, {}) for key in messages(code) if key.startswith("name-")]
    assert len(names) > 20
    assert [name for name in names if not re.fullmatch(r"[-_\w]{1,32}", name) or name != name.lower()] == []


def test_every_reason_of_a_refusal_is_worded() -> None:
    """By its code, with the values that it needs: read from the sources that refuse."""
    import ast as python

    known, missing = messages("en"), []
    for file in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "inference").glob("*.py")]:
        for node in python.walk(python.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, python.Call) and isinstance(node.func, python.Name)):
                continue
            place = {"InvalidRequest": 1, "SettingRefused": 1, "RequestInvalid": 2}.get(node.func.id)
            if place is None or len(node.args) <= place or not isinstance(node.args[place], python.Constant):
                continue
            kind = "setting" if node.func.id == "SettingRefused" else "invalid"
            code = node.args[place].value
            needs = known.get(f"{kind}-{code}")
            given = {one.arg for one in node.keywords}
            if needs is None or (None not in given and not needs <= given):
                missing.append(f"{file.name}:{node.lineno}: {code} needs {needs}, has {given}")
    assert missing == []
