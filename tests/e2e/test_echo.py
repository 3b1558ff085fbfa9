"""What people type is shown again, and can neither ping, link nor break the layout: AutoMod does not see what bots say."""

import asyncio
import re

import pytest

from bot.ui.sanitise import plain, quoted
from tests.e2e.conftest import Stage
from tests.e2e.test_pictures import whisper_of
from tests.lookout import texts

ADA = 1191168914227200011
CORPUS = (
    # Pings
    "@everyone", "@here", f"<@{ADA}>", f"<@!{ADA}>", "<@&1191168914227200004>", "hello @everyone and @here",
    "@\u200beveryone", "@everyone\u200b", "＠everyone", "@every\u00adone", "<@\u200b1>", "`@everyone`", "``@everyone``",
    "`` ` @here ``", "` `@everyone", "@everyone `", "\\`@everyone\\`", "<#1191168914227200021>", "</imagine:1>", "<id:customize>",
    # Links
    "https://example.com/x", "http://example.com", "[click](https://example.com)", "[click](<https://example.com>)",
    "<https://example.com>", "discord.gg/abcdef", "https://discord.gg/abcdef", "discord://-/channels/1/2",
    "steam://run/1", "mailto:a@example.com", "[a](https://e.com \"title\")", "hxxps://example.com", "https:\u200b//example.com",
    # Layout
    "# big", "## big\n# bigger", "-# small", "> quote", ">>> all of it", "- list\n- more", "1. one\n2. two",
    "**bold**", "__under__", "~~gone~~", "||spoiler||", "```\ncode\n```", "```py\nprint()\n```\n@everyone", "a\n\n\n\n\n\nb",
    "a\r\nb", "tab\tand\vmore\f", "a\u2028b\u2029c", "<t:0:R>", "<:name:123456789012345678>", "<a:name:123456789012345678>",
    # Direction and invisible
    "\u202etxet desrever", "\u2066isolate\u2069", "\u200f\u200frtl", "zalgo\u0301\u0302\u0303\u0304\u0305\u0306\u0307",
    "a\u0000b\u0007c\u001b[31m", "\ufeffbom", "\U000e0041\U000e0042 tags", "soft\u00adhyphen", "x" * 900, "`" * 300, "😀" * 200,
)  # fmt: skip

_CODE = re.compile(r"`[^`]*`")
_INVISIBLE = re.compile(
    "[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\u00ad]"
)


def test_there_are_enough_of_them() -> None:
    assert len(set(CORPUS)) >= 60


def outside_code(text: str) -> str:
    return _CODE.sub("", text)


def assert_harmless(text: str) -> None:
    rest = outside_code(text)
    assert "`" not in rest, "every piece of code is closed"
    assert not re.search(r"https?:|discord\.gg|\]\(|steam:|mailto:|example", rest)
    assert "@everyone" not in rest
    assert "@here" not in rest
    assert not re.search(r"<[@#/:a]", rest)
    assert not _INVISIBLE.search(text)


@pytest.mark.parametrize("text", CORPUS)
def test_quoted_is_one_harmless_line_of_bounded_length(text: str) -> None:
    shown = quoted(text)
    assert_harmless(shown)
    assert "\n" not in shown
    assert len(shown) <= 302
    assert "\n" not in plain(text)


async def test_no_message_of_ours_pings_links_or_breaks(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """First answer, progress, result, alt text, history, tree. The gate, which may refuse some of it, lets all pass."""
    monkeypatch.setattr("bot.safety.gate.found_by", lambda *_, **__: [])
    asked = [text for text in CORPUS if text.strip() and len(text) <= 1000]
    async with stage.bot(quota={"max_waiting": 1000, "credits_per_day": 100_000}, engine={"max_batch": 16}):
        records = [await stage.imagine(text, negative_prompt=text, steps=1) for text in asked]
        await stage.discord.wait_until(lambda: all(one.message is not None or one.error for one in records), timeout=60)
        finals = await asyncio.gather(*(stage.final(record) for record in records))
        for text, message in zip(asked, finals, strict=True):
            assert message.attachments, text
            for version in message.versions:
                assert_harmless(re.sub(r"<t:\d+:R>", "", version.content))
                assert version.content.count("\n") <= 3, "as many lines as ours are"
            assert not _INVISIBLE.search(message.attachments[0].description or "")
        for name in ("history", "favourites"):
            page = await whisper_of(stage, await stage.discord.slash(name, {"search": "@everyone"}, member="ada"))
            assert_harmless(re.sub(r"<t:\d+:R>", "", texts(page)))
        tree = await stage.discord.slash("tree", {"number": str(records[0].id)}, member="ada")
        assert_harmless((await whisper_of(stage, tree)).content)
