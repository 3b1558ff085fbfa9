"""Operators' own text checkers: a real server on the loopback, a model, and every way in which they may fail."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.errors import StartupError
from bot.opening import open_gate
from bot.safety import Cleared, Gate, Policy, PromptTexts, Verdict, load_rules, presets
from bot.safety.checkers import EndpointChecker, Labels, ModelChecker, TextChecker
from config import load_settings
from tests.inference.scorers.test_text import save_text_classifier

LABELS = Labels({"toxic": "hate"}, 0.5)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def a_gate(*checkers: TextChecker, timeout: float = 5.0) -> Gate:
    return Gate(load_rules(), is_image_check_required=True, timeout_seconds=timeout, checkers=checkers)


@asynccontextmanager
async def served(answer: Answer) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/check"
    finally:
        await runner.cleanup()


async def asked(answer: Answer, texts: PromptTexts, timeout: float = 5.0) -> Cleared[PromptTexts] | Verdict:
    async with served(answer) as url:
        gate = a_gate(EndpointChecker(url, "secret", LABELS), timeout=timeout)
        try:
            return await gate.check_prompt(texts)
        finally:
            await gate.close()


async def test_a_service_is_told_the_texts_and_decides() -> None:
    heard: list[tuple[str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        body = await request.json()
        heard.append((request.headers["Authorization"], body))
        return web.json_response({"scores": {"toxic": 0.9 if "zorbexil" in body["texts"][0] else 0.1, "other": 1}})

    async with served(answer) as url:
        gate = a_gate(EndpointChecker(url, "secret", LABELS))
        texts = PromptTexts("a zorbexil", "blurry")
        stopped = await gate.check_prompt(texts)
        assert stopped == Verdict("prompt", "hate", "text-endpoint:toxic", score=0.9)
        assert heard == [("Bearer secret", {"texts": ["a zorbexil"], "negative_texts": ["blurry"]})]
        mild = Policy("mild", presets()["family"].actions | {"hate": presets()["standard"].action("violence_gore")})
        hidden = await gate.check_prompt(texts, mild)
        assert isinstance(hidden, Cleared)
        assert hidden.conditions.is_spoiler
        assert len(heard) == 1, "the same texts are not sent twice"
        assert isinstance(await gate.check_prompt(PromptTexts("a tree")), Cleared)
        await gate.close()


async def test_it_adds_to_the_rules_and_takes_nothing_away() -> None:
    async def harmless(_: web.Request) -> web.Response:
        return web.json_response({"scores": {"toxic": 0.0}})

    verdict = await asked(harmless, PromptTexts("gory entrails"))
    assert isinstance(verdict, Verdict)
    assert verdict.category == "violence_gore"


def saying(body: Any, status: int = 200) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=status, text=text, headers={"Location": "/elsewhere"} if status == 302 else {})

    return answer


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"scores": {"toxic": 0.0}}, 500),
        ({"scores": {"toxic": 0.0}}, 302),
        ("no json", 200),
        ([0.1], 200),
        ({"scores": None}, 200),
        ({"scores": {}}, 200),
        ({"scores": {"toxic": "0.1"}}, 200),
        ({"scores": {"toxic": True}}, 200),
        ({"scores": {"toxic": -0.1}}, 200),
        ('{"scores": {"toxic": NaN}}', 200),
        ('{"scores": {"toxic": 0.1}, "rest": "' + "x" * 70_000 + '"}', 200),
    ],
)
async def test_an_answer_that_cannot_be_believed_blocks(body: Any, status: int) -> None:
    verdict = await asked(saying(body, status), PromptTexts("a tree"))
    assert isinstance(verdict, Verdict)
    assert (verdict.category, verdict.is_our_fault) == ("unavailable", True)


async def test_a_service_that_hangs_or_is_gone_blocks() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.json_response({"scores": {"toxic": 0.0}})

    async with served(saying({})) as url:
        pass
    gone = a_gate(EndpointChecker(url, "", LABELS))
    for verdict in (
        await asked(hang, PromptTexts("a tree"), timeout=0.2),
        await gone.check_prompt(PromptTexts("a tree")),
    ):
        assert isinstance(verdict, Verdict)
        assert (verdict.category, verdict.is_our_fault) == ("unavailable", True)
    await gone.close()


async def test_a_model_is_asked_in_a_thread_and_its_failure_blocks() -> None:
    def score(texts: Sequence[str]) -> Mapping[str, float]:
        asyncio_is_here = False
        try:
            asyncio.get_running_loop()
            asyncio_is_here = True
        except RuntimeError:
            pass
        assert not asyncio_is_here
        if "broken" in texts[0]:
            raise RuntimeError("broken")
        return {"toxic": 0.8 if "zorbexil" in texts[0] else 0.2}

    gate = a_gate(ModelChecker(score, LABELS))
    verdict = await gate.check_prompt(PromptTexts("a zorbexil"))
    assert verdict == Verdict("prompt", "hate", "text-model:toxic", score=0.8)
    assert isinstance(await gate.check_prompt(PromptTexts("a tree")), Cleared)
    broken = await gate.check_prompt(PromptTexts("a broken tree"))
    assert isinstance(broken, Verdict)
    assert broken.is_our_fault


def settings_with(**safety: Any) -> Any:
    return load_settings(env_file=Path("/nonexistent"), overrides={"safety": safety})


async def test_the_settings_name_a_checkpoint(tmp_path: Path) -> None:
    save_text_classifier(tmp_path / "text", ["fine", "nsfw"])
    named = {"text_checkpoint": str(tmp_path / "text"), "text_labels": {"nsfw": "sexual", "fine": "illegal"}}
    gate = open_gate(settings_with(**named, text_threshold=0.5))
    verdict = await gate.check_prompt(PromptTexts("a red apple on a table"))
    assert isinstance(verdict, Verdict)
    assert verdict.rule in ("text-model:nsfw", "text-model:fine")  # one of the two is likelier than not
    assert not verdict.is_our_fault
    with pytest.raises(StartupError, match="no label 'gore'"):
        open_gate(settings_with(text_checkpoint=str(tmp_path / "text"), text_labels={"gore": "violence_gore"}))
    with pytest.raises(StartupError, match="nonsense is no category"):
        open_gate(settings_with(text_endpoint="http://127.0.0.1:1", text_labels={"nsfw": "nonsense"}))


def test_a_checker_needs_to_be_told_what_its_labels_mean() -> None:
    with pytest.raises(Exception, match="text_labels"):
        settings_with(text_endpoint="https://example.org/check")
    with pytest.raises(Exception, match="https://"):
        settings_with(text_endpoint="example.org", text_labels={"nsfw": "sexual"})
