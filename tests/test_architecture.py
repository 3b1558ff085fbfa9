"""DESIGN's import rules, read from the source: a forbidden import fails with its file and line."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
OURS = ("bot", "inference", "db", "config")
MAY_IMPORT_OURS = {"config": set(), "inference": {"config"}, "db": {"config"}, "bot": {"config", "inference", "db"}}
MAY_IMPORT_DISCORD = ("bot/commands/", "bot/ui/", "bot/client.py", "bot/app.py", "bot/terminal/doctor.py")
TORCH = {"torch", "diffusers", "transformers", "accelerate"}
MAY_IMPORT_TORCH_AT_THE_TOP = (
    "inference/runners/torch_runner.py",
    "inference/runners/decoding.py",
    "inference/runners/device.py",
    "inference/runners/slots.py",
    "inference/runners/stopwatch.py",
    "inference/families/",
    "inference/checkpoints/",
    "inference/scorers/nsfw.py",
    "inference/scorers/safety_checker.py",
    "inference/scorers/text.py",
    "inference/selection/clipseg.py",
    "inference/writing/caption.py",
    "inference/writing/expansion.py",
    "inference/builtin/",
    "inference/bench/weights.py",
    "inference/bench/pipes.py",
    "inference/bench/baselines.py",
    "inference/bench/ours.py",
    "inference/bench/surroundings.py",
)
# The gate's seal makes a Cleared; who else names it could post what was never checked.
MAY_NAME_THE_SEAL = ("bot/safety/cleared.py", "bot/safety/gate.py")
TRAINS_WITH_TORCH = ("bot/safety/training/network.py", "bot/safety/training/tuning.py")  # not in the bot
DRAWERS = {"utils", "helpers", "helper", "common", "core", "manager", "managers", "misc"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in OURS:
        for file in sorted((ROOT / package).rglob("*.py")):
            yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def test_who_may_import_whom() -> None:
    wrong = []
    for path, tree in sources():
        package = path.split("/")[0]
        for line, name in imports(tree):
            top = name.split(".")[0]
            where = f"{path}:{line} imports {name}"
            if top in OURS and top != package and top not in MAY_IMPORT_OURS[package]:
                wrong.append(where)
            if top == "discord" and not path.startswith(MAY_IMPORT_DISCORD):
                wrong.append(where)
            if path.startswith("bot/rehearsal/") and top in OURS and not name.startswith("bot.rehearsal"):
                wrong.append(f"{where}: the rehearsal is a Discord, not a part of the bot")
            if path.startswith("bot/safety/") and (
                top in ("discord", "sqlalchemy", "db", "inference") or (top in TORCH and path not in TRAINS_WITH_TORCH)
            ):
                wrong.append(where)
            if name.startswith("bot.safety.training") and not path.startswith("bot/safety/training/"):
                wrong.append(f"{where}: the gate is not trained where it judges")
            if path.startswith("bot/services/") and (top in TORCH or name.startswith(("bot.ui", "bot.commands"))):
                wrong.append(where)
            if top in TORCH and package != "inference" and path not in ("bot/terminal/doctor.py", *TRAINS_WITH_TORCH):
                wrong.append(where)
            if package == "db" and top in ("discord", "inference", "bot"):
                wrong.append(where)
            if name.startswith("bot.app") and path not in ("bot/__main__.py",) and not path.startswith("bot/terminal/"):
                wrong.append(f"{where}: only the terminal starts the app")
    assert wrong == []


def test_torch_stays_out_of_what_the_bot_imports() -> None:
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        if path.startswith("inference/") and not path.startswith(MAY_IMPORT_TORCH_AT_THE_TOP)
        for node in tree.body
        for _, name in imports(node)
        if isinstance(node, ast.Import | ast.ImportFrom) and name.split(".")[0] in TORCH
    ]
    assert wrong == []


def test_importing_the_engine_and_the_bot_loads_no_torch() -> None:
    code = "import sys, inference, db, bot.app, bot.__main__; print(sorted({'torch', 'diffusers'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "[]"


def test_no_module_needs_itself_to_be_imported() -> None:
    """Whichever of ours is imported first: a circle works from one end and breaks from another."""
    needs = {module: needed_at_once(module, tree) for module, tree in modules().items()}
    done: set[str] = set()

    def follow(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join((*way[way.index(module) :], module))
        if module not in done:
            for needed in sorted(needs[module]):
                follow(needed, (*way, module))
            done.add(module)

    for module in sorted(needs):
        follow(module, ())


def modules() -> dict[str, ast.Module]:
    """By their names, packages without __init__."""
    return {path.removesuffix(".py").replace("/", ".").removesuffix(".__init__"): tree for path, tree in sources()}


def needed_at_once(module: str, tree: ast.Module) -> set[str]:
    """Modules of ours that importing this one imports: those named outside functions, and the packages they are in."""
    known = modules_known()
    needed: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for _, name in imports(node):
                members = [f"{name}.{alias.name}" for alias in node.names] if isinstance(node, ast.ImportFrom) else []
                needed |= {one for found in (name, *members) if found in known for one in with_packages(found)}
    return needed - set(with_packages(module))


@cache
def modules_known() -> frozenset[str]:
    return frozenset(modules())


def with_packages(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


def test_nobody_else_touches_the_seal() -> None:
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        if path not in MAY_NAME_THE_SEAL
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id == "_SEAL")
        or (isinstance(node, ast.Attribute) and node.attr == "_SEAL")
        or (isinstance(node, ast.alias) and node.name == "_SEAL")
    ]
    assert wrong == []


def test_no_drawers() -> None:
    assert [path for path, _ in sources() if DRAWERS & set(Path(path).with_suffix("").parts)] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path, tree in sources() if tree.body and ast.get_docstring(tree) is None]
    assert silent == []


def test_there_is_one_door() -> None:
    """Every way in ends in ``Studio.accept``, which asks Admission first; nothing else makes a generation."""
    makers, asked = [], False
    for path, tree in sources():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = node.func.value
            if node.func.attr == "accept" and isinstance(owner, ast.Name) and owner.id == "generations":
                makers.append(path)
            asked |= node.func.attr == "check_wish" and path == "bot/services/studio.py"
    assert makers == ["bot/services/studio.py"]
    assert asked
