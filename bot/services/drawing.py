"""From a request to a picture that may be shown: gate, engine, gate. The bot and the terminal both draw this way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.errors import PictureBlocked, PromptBlocked
from bot.safety import Cleared, Gate, PictureEvidence, PictureFile, PromptTexts, Verdict
from config import CheckpointSettings
from inference import Engine, ImageRequest, JobEvent, JobHandle, Picture


@dataclass(frozen=True, slots=True)
class Drawn:
    """``cleared`` is what may be stored and sent; ``picture`` is the same with what was measured."""

    cleared: Cleared[PictureFile]
    picture: Picture
    request: ImageRequest


class Drawing:
    def __init__(self, engine: Engine, gate: Gate, checkpoints: Mapping[str, CheckpointSettings]) -> None:
        self._engine = engine
        self._gate = gate
        self._checkpoints = checkpoints

    async def draw(
        self,
        request: ImageRequest,
        lane: str,
        *,
        on_job: Callable[[JobHandle], None] = lambda _: None,
        on_event: Callable[[JobEvent], None] = lambda _: None,
    ) -> Drawn:
        """Draw one picture. ``on_job`` gets the handle, to cancel by; ``on_event`` every event but the last.

        Raises PromptBlocked, PictureBlocked, or the engine's InferenceError (JobCancelled among them).
        """
        texts = PromptTexts(request.prompt, request.negative_prompt)
        prompt_verdict = await self._gate.check_prompt(texts)
        if isinstance(prompt_verdict, Verdict):
            raise PromptBlocked(prompt_verdict)
        handle = self._engine.submit(request, lane)
        on_job(handle)
        picture = await handle.result(on_event)
        file = PictureFile(picture.data, picture.extension, picture.width, picture.height)
        checkpoint = self._checkpoints[request.checkpoint]
        # What ships with Lienzo has seen nothing that would have to be checked.
        evidence = PictureEvidence(texts, picture.scores, checked_by_construction=bool(checkpoint.builtin))
        result = await self._gate.check_picture(file, evidence)
        if isinstance(result, Verdict):
            raise PictureBlocked(result)
        return Drawn(result, picture, request)
