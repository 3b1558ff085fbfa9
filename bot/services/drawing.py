"""From a request to a picture that may be shown: gate, engine, gate. The bot and the terminal both draw this way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeAlias

from bot.errors import PictureBlocked, PromptBlocked
from bot.safety import Cleared, Gate, PictureEvidence, PictureFile, Policy, Verdict
from bot.services.previews import Previews, Watching
from bot.services.sheet import make_sheet
from bot.services.texts import texts_of
from config import CheckpointSettings
from inference import Engine, ImageRequest, JobEvent, JobHandle, Picture, Previewed, Progressed, Started

OnJob: TypeAlias = Callable[[JobHandle], None]
OnEvent: TypeAlias = Callable[[JobEvent], None]


@dataclass(frozen=True, slots=True)
class Drawn:
    """``cleared`` is what may be stored and sent; ``picture`` is the same with what was measured. ``parts``: where
    ``cleared`` is a sheet of several pictures, each of them, and ``picture`` is the first."""

    cleared: Cleared[PictureFile]
    picture: Picture
    request: ImageRequest
    parts: tuple[Cleared[PictureFile], ...] = ()


class Together:
    """Several streams of events as one: what is shown is how far they have come together."""

    def __init__(self, count: int) -> None:
        self._newest: list[Progressed | None] = [None] * count

    def add(self, nth: int, event: JobEvent) -> JobEvent:
        match event:
            case Started(steps):
                return Started(steps * len(self._newest))
            case Progressed():
                self._newest[nth] = event
                known = [one for one in self._newest if one is not None]
                left = [one.remaining_seconds for one in known if one.remaining_seconds is not None]
                step, steps = sum(one.step for one in known), event.steps * len(self._newest)
                return Progressed(step, steps, max(left, default=None))
            case _:
                return event


class Drawing:
    """``trusts_uploads``: the operator answers for what members hand in."""

    def __init__(
        self,
        engine: Engine,
        gate: Gate,
        checkpoints: Mapping[str, CheckpointSettings],
        *,
        trusts_uploads: bool = False,
        multilingual: Container[str] = (),
    ) -> None:
        self._engine = engine
        self._gate = gate
        self._checkpoints = checkpoints
        self._trusts_uploads = trusts_uploads
        self._multilingual = multilingual

    async def draw(
        self,
        request: ImageRequest,
        lane: str,
        *,
        policy: Policy | None = None,
        on_job: OnJob = lambda _: None,
        on_event: OnEvent = lambda _: None,
        watching: Watching | None = None,
    ) -> Drawn:
        """Draw one picture. ``policy``: of the place it is for; the gate's own if None. ``on_job`` gets the handle, to
        cancel by; ``on_event`` every event but the last. ``watching``: who sees it become, if anybody does.

        Raises PromptBlocked, PictureBlocked, or the engine's InferenceError (JobCancelled among them).
        """
        texts = texts_of(request, self._multilingual)
        prompt_verdict = await self._gate.check_prompt(texts, policy)
        if isinstance(prompt_verdict, Verdict):
            raise PromptBlocked(prompt_verdict)
        # Only the model is told: what is kept and shown is what the member asked for.
        steered = replace(request, steering=prompt_verdict.conditions.steering)
        if watching is None:
            handle = self._engine.submit(steered, lane)
            on_job(handle)
            picture = await handle.result(on_event)
        else:
            handle = self._engine.submit(steered, lane, preview_seconds=watching.every_seconds)
            on_job(handle)
            async with Previews(watching, partial(self._clear_look, request, policy)) as previews:

                def both(event: JobEvent) -> None:
                    previews.add(event)
                    on_event(event)

                picture = await handle.result(both)
        file = PictureFile(picture.data, picture.extension, picture.width, picture.height)
        return Drawn(await self._clear(file, request, picture.scores, policy), picture, request)

    async def draw_several(
        self,
        requests: Sequence[ImageRequest],
        lane: str,
        *,
        labels: Sequence[str] = (),
        policy: Policy | None = None,
        on_job: OnJob = lambda _: None,
        on_event: Callable[[int, JobEvent], None] = lambda *_: None,
    ) -> Drawn:
        """All on one sheet, each with its label if there are any. ``on_event`` is told which one it is about.

        If one cannot be drawn or shown, the others are cancelled, and what it raised is raised.
        """
        handles: list[JobHandle] = []

        def begun(handle: JobHandle) -> None:
            handles.append(handle)
            on_job(handle)

        async def one(nth: int, request: ImageRequest) -> Drawn:
            return await self.draw(
                request, lane, policy=policy, on_job=begun, on_event=lambda event: on_event(nth, event)
            )

        tasks = [asyncio.create_task(one(nth, request)) for nth, request in enumerate(requests)]
        try:
            drawn = await asyncio.gather(*tasks)
        finally:
            for handle in handles:
                handle.cancel()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return await self._on_one_sheet(drawn, labels, policy)

    async def _on_one_sheet(self, drawn: Sequence[Drawn], labels: Sequence[str], policy: Policy | None) -> Drawn:
        first = drawn[0]
        form: Literal["png", "webp"] = "webp" if first.picture.extension == "webp" else "png"
        files = [one.cleared.value for one in drawn]
        sheet = await asyncio.to_thread(make_sheet, files, form, labels)
        # Each was measured; the sheet is as bad as its worst.
        scores: dict[str, float] = {}
        for one in drawn:
            for name, score in one.picture.scores.items():
                scores[name] = max(score, scores.get(name, 0.0))
        seconds = max(one.picture.draw_seconds for one in drawn)
        cleared = await self._clear(sheet, first.request, scores, policy)
        picture = replace(first.picture, draw_seconds=seconds)
        return Drawn(cleared, picture, first.request, tuple(one.cleared for one in drawn))

    async def _clear(
        self, file: PictureFile, request: ImageRequest, scores: Mapping[str, float], policy: Policy | None
    ) -> Cleared[PictureFile]:
        result = await self._gate.check_picture(file, self._evidence(request, scores), policy)
        if isinstance(result, Verdict):
            raise PictureBlocked(result)
        return result

    async def _clear_look(
        self, request: ImageRequest, policy: Policy | None, look: Previewed
    ) -> Cleared[PictureFile] | None:
        file = PictureFile(look.data, "webp", look.width, look.height)
        return await self._gate.check_look(file, self._evidence(request, look.scores), policy)

    def _evidence(self, request: ImageRequest, scores: Mapping[str, float]) -> PictureEvidence:
        checkpoint = self._checkpoints[request.checkpoint]
        # What ships with Lienzo has seen nothing that would have to be checked; what was handed in may have.
        is_harmless = bool(checkpoint.builtin) and (not request.handed_in or self._trusts_uploads)
        return PictureEvidence(texts_of(request, self._multilingual), scores, is_harmless)
