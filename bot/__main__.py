"""The `lienzo` command; `python -m bot` is the same. Every failure is one clear line and a non-zero exit."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.terminal.failures import is_foreseen, said
from config import Settings, load_settings

app = typer.Typer(
    name="lienzo",
    help="A self-hosted Discord bot that draws what people ask for with /imagine.",
    epilog="Start with: lienzo rehearse. It needs no token, no GPU and no download.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


# Typer brings its own copy of click or uses the real one, depending on its release; this is the right class in both.
UsageError: Any = typer.BadParameter.__base__


class _Options:
    """What stands before the command's name."""

    config: Path | None = None
    debug: bool = False


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"lienzo {version('lienzo')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(help="Settings file; lienzo.toml in the current folder if there is one.")
    ] = None,
    debug: Annotated[bool, typer.Option(help="Show a traceback when something fails, and log everything.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    context.obj = _Options()
    context.obj.config, context.obj.debug = config, debug


@app.command()
def run(context: typer.Context) -> None:
    """Serve your Discord server. Needs a token: see [bold]lienzo doctor[/bold]."""
    from bot.terminal.run import serve

    settings = _settings(context)
    _wait_for(serve(settings))


@app.command()
def rehearse(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0 takes any free one.")] = 8420,
    data: Annotated[Path | None, typer.Option(help="Folder for what the rehearsal keeps.")] = None,
    once: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="Type one command as a member, save its pictures, and stop.")
    ] = None,
    out: Annotated[Path, typer.Option(help="With --once: folder for the pictures.")] = Path("pictures"),
    serve_only: Annotated[
        bool, typer.Option(help="Only the Discord side, for another client; prints one JSON line.")
    ] = False,
) -> None:
    """Try Lienzo on a Discord that lives on this computer, with a page to type on. Nothing leaves it."""
    from bot.terminal import rehearse as terminal

    if serve_only:
        _wait_for(terminal.serve_discord_only(port, data))
        return
    load = partial(_settings, context)
    if once is not None:
        _wait_for(terminal.once(load, data, once, out))
        return
    _wait_for(terminal.page(load, data, port))


@app.command()
def imagine(
    context: typer.Context,
    prompt: Annotated[str | None, typer.Argument(help="What to draw.")] = None,
    out: Annotated[
        Path, typer.Option(help="The picture's file (.png or .webp); with --from, the folder for the pictures.")
    ] = Path("picture.png"),
    negative: Annotated[str, typer.Option(help="What to keep out of the picture.")] = "",
    seed: Annotated[int | None, typer.Option(help="Same seed, same picture; left out, one is drawn by lot.")] = None,
    size: Annotated[str | None, typer.Option(metavar="WxH", help="In pixels, like 512x512.")] = None,
    steps: Annotated[int | None, typer.Option(help="Denoising steps.")] = None,
    guidance: Annotated[float | None, typer.Option(help="How closely to follow the prompt.")] = None,
    checkpoint: Annotated[str | None, typer.Option(help="Which of the configured checkpoints draws.")] = None,
    from_file: Annotated[
        Path | None, typer.Option("--from", help="Draw one picture for each line of this file, together.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each picture.")] = False,
) -> None:
    """Draw a picture right here, through the same safety gate and engine as the bot.

    The model that ships with Lienzo is good at simple things: "a red circle on a blue background", "a yellow star above
    a purple heart on a black background", "draw me a green tree on a white background".
    """
    from bot.services.options import ImagineOptions
    from bot.terminal.imagine import draw, lines_of

    if (prompt is None) == (from_file is None):
        raise typer.BadParameter("give either a prompt or --from FILE")
    prompts = lines_of(from_file) if from_file else [prompt or ""]
    wishes = [
        ImagineOptions(
            prompt=text,
            negative_prompt=negative,
            seed=seed,
            size=size,
            steps=steps,
            guidance=guidance,
            checkpoint=checkpoint,
        )
        for text in prompts
    ]
    _wait_for(draw(_settings(context), wishes, out, is_folder=from_file is not None, as_json=json))


@app.command()
def doctor(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check everything Lienzo needs, and say how to mend what is wrong."""
    from bot.terminal.doctor import examine

    _wait_for(examine(_settings(context), as_json=json))


@app.command()
def bench(
    context: typer.Context,
    size: Annotated[
        str, typer.Option(help="Random weights of these shapes: tiny8, tiny16, sd15, sd21 or sdxl.")
    ] = "tiny8",
    scenario: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be given several times. All seven otherwise.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small and short, for a first look: under a minute.")] = False,
    rounds: Annotated[int | None, typer.Option(min=1, max=100, help="5 unless told; 1 with --quick.")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same requests at the same times.")] = 1,
    device: Annotated[str | None, typer.Option(help="cpu or cuda; the settings' device otherwise.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="File for every figure, with its spread.")] = None,
    markdown: Annotated[Path | None, typer.Option("--markdown", help="File for the tables.")] = None,
) -> None:
    """Measure the engine against what bots do without one: same weights, same requests, in turns on this machine."""
    from bot.terminal.bench import compare

    overrides = {"engine": {"device": device}} if device else None
    work = compare(
        _settings(context, overrides),
        model=size,
        scenarios=scenario or [],
        rounds=rounds,
        quick=quick,
        seed=seed,
        json_file=json,
        markdown_file=markdown,
    )
    _wait_for(work)


models = typer.Typer(help="Checkpoints: which there are, whether they are whole, getting them ready.")
app.add_typer(models, name="models")


@models.callback(invoke_without_command=True)
def list_models(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Checkpoints: which there are, with kind, size and licence; whether they are whole; getting them ready."""
    from bot.terminal.models import show

    if context.invoked_subcommand is None:
        _wait_for(show(_settings(context), as_json=json))


@models.command("check")
def check_models(
    context: typer.Context, names: Annotated[list[str] | None, typer.Argument(help="All of them otherwise.")] = None
) -> None:
    """Load checkpoints as drawing would, compare their hashes, say how they fit on the card. Status 1 if one cannot
    be used."""
    from bot.terminal.models import check

    _wait_for(check(_settings(context), names or []))


@models.command("warm")
def warm_models(
    context: typer.Context, names: Annotated[list[str] | None, typer.Argument(help="All of them otherwise.")] = None
) -> None:
    """Download what is missing, load, measure how many pictures pay to be drawn together, and draw one."""
    from bot.terminal.models import warm

    _wait_for(warm(_settings(context), names or []))


safety = typer.Typer(help="The safety gate: what it says to a text, and how good it is.", no_args_is_help=True)
app.add_typer(safety, name="safety")
_PolicyOption = Annotated[str, typer.Option(help="family, standard or mature.")]
_MultilingualOption = Annotated[
    bool, typer.Option("--multilingual", help="As for a model that reads more languages than English.")
]


@safety.command("check")
def check_safety(
    context: typer.Context,
    text: Annotated[str | None, typer.Argument(help="The prompt.")] = None,
    negative: Annotated[str, typer.Option(help="What is to be kept out of the picture.")] = "",
    policy: _PolicyOption = "family",
    multilingual: _MultilingualOption = False,
    upload: Annotated[bool, typer.Option("--upload", help="As if a picture were uploaded with it.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read {"text": ..., "negative": ...} lines, print a verdict for each.')
    ] = False,
) -> None:
    """What the gate would do with a prompt. Status 1 if it stops it."""
    from bot.terminal.safety import check, check_lines

    if (text is None) != jsonl:
        raise typer.BadParameter("give either a text or --jsonl")
    settings = _settings(context)
    if text is None:
        check_lines(settings, sys.stdin, policy=policy, is_multilingual=multilingual)
        return
    status = check(
        settings,
        text,
        negative=negative,
        policy=policy,
        is_multilingual=multilingual,
        has_upload=upload,
        as_json=json,
    )
    raise typer.Exit(status)


@safety.command("eval")
def evaluate_safety(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="JSON lines with text, set, label and category.")],
    policy: _PolicyOption = "family",
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Only the prompts that the classifier was not trained on.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """How many prompts of these files the gate stops, by set and by category, and how long it takes."""
    from bot.terminal.safety import show_rates

    show_rates(_settings(context), files, policy=policy, held_out=held_out, as_json=json)


@safety.command("eval-images")
def evaluate_image_safety(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A folder of pictures.", exists=True, file_okay=False)],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """How many pictures of a folder the configured image checker would withhold."""
    from bot.terminal.safety import show_picture_rates

    show_picture_rates(_settings(context), folder, as_json=json)


@app.command()
def backup(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Option(help="Where to; [backup] folder otherwise.")] = None,
) -> None:
    """Copy the database, checked, while the bot runs or not; the newest few copies stay."""
    from bot.terminal.backup import make

    _wait_for(make(_settings(context), folder))


@app.command()
def restore(context: typer.Context, file: Annotated[Path, typer.Argument(help="A file that `backup` made.")]) -> None:
    """Put a backup in the database's place. The bot must not be running; what was there is kept beside it."""
    from bot.terminal.backup import put_back

    _wait_for(put_back(_settings(context), file))


@app.command()
def health(context: typer.Context) -> None:
    """Is `lienzo run` alive on this data folder? Exit status 1 if it gave no sign of life for 60 s, or none at all."""
    from bot.terminal.health import check

    _wait_for(check(_settings(context)))


@app.command()
def history(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
    user: Annotated[int | None, typer.Option(help="Only this member's, by Discord id.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each.")] = False,
) -> None:
    """What the bot has drawn, newest first."""
    from bot.terminal.history import show

    _wait_for(show(_settings(context), limit=limit, user_id=user, as_json=json))


def _settings(context: typer.Context, overrides: dict[str, Any] | None = None) -> Settings:
    from bot.terminal.logs import set_up_logs

    settings = load_settings(context.obj.config, overrides=overrides)
    set_up_logs("DEBUG" if context.obj.debug else settings.log.level, settings.log.format)
    return settings


def _wait_for(work: Coroutine[Any, Any, int | None]) -> None:
    """Run a command to its end; the number it returns is the exit status."""
    raise typer.Exit(asyncio.run(work) or 0)


def main() -> None:
    try:
        sys.exit(typer.main.get_command(app).main(prog_name="lienzo", standalone_mode=False))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has enough of it; there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except UsageError as error:
        # Without any argument the "error" is the whole help.
        hint = " (--help shows what is possible)" if sys.argv[1:] else ""
        typer.secho(f"lienzo: {error.format_message()}{hint}" if hint else error.format_message(), err=True)
        sys.exit(2)
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        what = said(error) if is_foreseen(error) else f"something failed that nobody foresaw ({error!r})"
        hint = "" if is_foreseen(error) else "\n--debug before the command's name shows where."
        typer.secho(f"lienzo: {what}{hint}", fg="red", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
