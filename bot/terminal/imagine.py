"""`lienzo imagine`: pictures from the terminal, through the bot's own gate, engine and image writer."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from bot.errors import UserFacingError
from bot.opening import make_engine, open_gate
from bot.services.drawing import Drawing, Drawn
from bot.services.options import ImagineOptions, fill_in
from bot.terminal.failures import CommandFailed, said
from config import Settings
from inference import ImageRequest, InferenceError, JobEvent, Progressed
from inference.catalogue import multilingual

AT_ONCE = 64  # requests handed to the engine together; it batches what fits


def lines_of(file: Path) -> list[str]:
    """The prompts in a file, one a line; empty lines are passed over. Raises CommandFailed."""
    try:
        prompts = [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{file} cannot be read ({error})") from error
    if not prompts:
        raise CommandFailed(f"{file} has no prompt in it; write one a line")
    return prompts


async def draw(
    settings: Settings, wishes: Sequence[ImagineOptions], out: Path, *, is_folder: bool, as_json: bool
) -> int:
    """Draw them all; the exit status is 1 if any failed, with one line for each that did. ``wishes``: at least one,
    all for one checkpoint."""
    if not is_folder:
        fill_in(wishes[0], settings)  # what cannot be drawn is refused before anything is loaded
    settings = settings if is_folder else _with_format_of(out, settings)
    folder = out if is_folder else out.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandFailed(f"{folder} cannot be made ({error.strerror})") from error

    if not is_folder:
        files = [out]
    else:
        files = [out / f"{number:04}.{settings.engine.image_format}" for number in range(1, len(wishes) + 1)]
    async with make_engine(settings, checkpoint=wishes[0].checkpoint) as engine:
        with _progress(quiet=as_json and not sys.stderr.isatty()) as progress:
            await engine.ready()
            gate = await asyncio.to_thread(open_gate, settings)
            tongues = multilingual(settings.checkpoints, settings.storage.checkpoints_folder)
            drawing = Drawing(engine, gate, settings.checkpoints, multilingual=tongues)
            room = asyncio.Semaphore(AT_ONCE)

            async def one(index: int) -> str:
                async with room:
                    request = fill_in(wishes[index], settings)
                    bar = progress.add_task(request.prompt[:40], total=request.steps)
                    drawn = await drawing.draw(request, lane="terminal", on_event=_follow(progress, bar))
                    await asyncio.to_thread(_write, files[index], drawn.cleared.value.data)
                    progress.update(bar, completed=request.steps)
                    return _line(request, drawn, files[index], as_json)

            works = [asyncio.create_task(one(index)) for index in range(len(wishes))]
            try:
                return await _report(works, stops_at_first=not is_folder)
            finally:
                for work in works:
                    work.cancel()
                await gate.close()
                await asyncio.gather(*works, return_exceptions=True)


async def _report(works: Sequence[asyncio.Task[str]], *, stops_at_first: bool) -> int:
    """Print what came of each, in order, as it comes."""
    failures = 0
    for number, work in enumerate(works, start=1):
        try:
            print(await work, flush=True)
        except (UserFacingError, InferenceError, CommandFailed) as error:
            if stops_at_first:
                raise
            failures += 1
            print(f"line {number}: {said(error)}", file=sys.stderr)
    return 1 if failures else 0


def _with_format_of(out: Path, settings: Settings) -> Settings:
    """The same settings, writing the format that the file's name says."""
    suffix = out.suffix.lower().removeprefix(".")
    if suffix not in ("png", "webp"):
        raise CommandFailed(f"--out {out}: the name must end in .png or .webp")
    engine = settings.engine.model_copy(update={"image_format": suffix})
    return settings.model_copy(update={"engine": engine})


def _progress(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("[progress.description]{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=quiet,
    )


def _follow(progress: Progress, bar: TaskID) -> Callable[[JobEvent], None]:
    def show(event: JobEvent) -> None:
        if isinstance(event, Progressed):
            progress.update(bar, completed=event.step)

    return show


def _write(file: Path, data: bytes) -> None:
    unfinished = file.with_name(f".{file.name}.part")
    try:
        unfinished.write_bytes(data)
        os.replace(unfinished, file)  # noqa: PTH105 - Path.replace hides that this is the atomic one
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise CommandFailed(f"{file} cannot be written ({error.strerror})") from error


def _line(request: ImageRequest, drawn: Drawn, file: Path, as_json: bool) -> str:
    if not as_json:
        return f"{file}  seed {request.seed}, {request.width}x{request.height}, {drawn.picture.draw_seconds:.1f} s"
    return json.dumps(
        {
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt,
            "seed": request.seed,
            "size": f"{request.width}x{request.height}",
            "steps": request.steps,
            "guidance": request.guidance,
            "sampler": request.sampler,
            "checkpoint": request.checkpoint,
            "seconds": round(drawn.picture.draw_seconds, 3),
            "file": str(file),
            "sha256": drawn.picture.sha256,
        },
        ensure_ascii=False,
    )
