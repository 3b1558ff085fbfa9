"""`lienzo models`: what checkpoints are configured, whether they are whole, and getting them ready."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape

from bot.opening import make_engine
from bot.terminal.failures import CommandFailed
from config import Settings
from inference import CheckpointUnusable, ImageRequest
from inference.catalogue import Facts, describe, weights_sha256


async def show(settings: Settings, *, as_json: bool) -> None:
    facts = {name: await asyncio.to_thread(_describe, settings, name) for name in settings.checkpoints}
    if as_json:
        print(json.dumps({name: asdict(found) for name, found in facts.items()}, ensure_ascii=False))
        return
    console = Console(soft_wrap=True)
    for name, found in facts.items():
        checkpoint = settings.checkpoints[name]
        is_default = " [green](default)[/]" if name == settings.imagine.checkpoint else ""
        console.print(f"[bold]{name}[/]{is_default}  {escape(checkpoint.label)}")
        if found.wrong:
            console.print(f"    [yellow]{escape(found.wrong)}[/]")
        else:
            kind = found.kind.removesuffix("Pipeline")
            sizes = f"{_size(found.file_bytes)} on disk, {_size(found.memory_bytes)} in memory"
            console.print(f"    {kind}, {sizes}, good at {' '.join(checkpoint.sizes)}")
        if checkpoint.adult:
            console.print("    made to draw adult content")
        if checkpoint.licence:
            console.print(f"    licence: {escape(checkpoint.licence)}")


async def check(settings: Settings, names: Sequence[str]) -> None:
    """Load each as drawing would, and compare the hash of its weights with the one in the settings."""
    console = Console(soft_wrap=True)
    wrong = []
    for name in _known(settings, names):
        try:
            console.print(f"[green]ok[/]      {name}: {escape(await asyncio.to_thread(_check, settings, name))}")
        except CheckpointUnusable as error:
            wrong.append(name)
            console.print(f"[red]problem[/] {name}: {escape(error.reason)}")
    if wrong:
        raise CommandFailed(f"cannot be used: {', '.join(wrong)}")


async def warm(settings: Settings, names: Sequence[str]) -> None:
    """Download, load, measure how many pictures pay to be drawn together, and draw one."""
    console = Console(soft_wrap=True)
    for name in _known(settings, names):
        checkpoint = settings.checkpoints[name]
        width, height = checkpoint.native_size
        request = ImageRequest(
            prompt="a first picture",
            seed=0,
            width=width,
            height=height,
            steps=checkpoint.default_steps,
            guidance=checkpoint.default_guidance,
            sampler=checkpoint.sampler,
            checkpoint=name,
        )
        began = time.monotonic()
        try:
            async with make_engine(settings, checkpoint=name, measures=False) as engine:
                await engine.ready()
                ready = time.monotonic() - began
                picture = await engine.submit(request, "warm").result()
        except CheckpointUnusable as error:
            raise CommandFailed(f"{name}: {error.reason}") from error
        console.print(
            f"[green]ok[/]      {name}: ready after {ready:.1f} s, one picture of {width}x{height} in "
            f"{picture.draw_seconds:.2f} s on {picture.device} ({picture.dtype})"
        )


def _describe(settings: Settings, name: str) -> Facts:
    from inference.runners.device import choose_device, choose_dtype

    checkpoint = settings.checkpoints[name]
    dtype = choose_dtype(checkpoint.dtype or settings.engine.dtype, choose_device(settings.engine.device))
    return describe(name, checkpoint, settings.storage.checkpoints_folder, bytes_each=dtype.itemsize)


def _check(settings: Settings, name: str) -> str:
    from inference.checkpoints import load_family
    from inference.runners.device import choose_device, choose_dtype

    checkpoint, folder = settings.checkpoints[name], settings.storage.checkpoints_folder
    began = time.monotonic()
    device = choose_device(settings.engine.device)
    family = load_family(
        name,
        checkpoint,
        folder,
        device=device,
        dtype=choose_dtype(checkpoint.dtype or settings.engine.dtype, device),
        placement=settings.engine.placement,
        additions=settings.additions,
    )
    took = time.monotonic() - began
    found = weights_sha256(checkpoint, folder)
    if checkpoint.sha256 and found != checkpoint.sha256:
        raise CheckpointUnusable(
            name, f"its weights have the hash {found}, not {checkpoint.sha256} as the settings say: copy it again"
        )
    is_pinned = "as in the settings" if checkpoint.sha256 else f'pin it with sha256 = "{found}"'
    return f"{_size(family.size_bytes)}, {family.placement}, loads in {took:.1f} s, sha256 {found[:10]} ({is_pinned})"


def _known(settings: Settings, names: Sequence[str]) -> Sequence[str]:
    """All of them when none is named."""
    for name in names:
        if name not in settings.checkpoints:
            raise CommandFailed(f"there is no checkpoint {name!r}; known: {', '.join(settings.checkpoints)}")
    return names or list(settings.checkpoints)


def _size(size_bytes: int) -> str:
    if not size_bytes:
        return "-"
    return f"{size_bytes / 2**30:.1f} GiB" if size_bytes >= 2**30 else f"{size_bytes / 2**20:.0f} MiB"
