"""What the README names is there: commands, files, settings."""

import re
import tomllib
from pathlib import Path

from config import load_settings
from config.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_first_commands_are_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = re.findall(r"(?:^|`)make ([a-z-]+)", README, flags=re.MULTILINE)
    assert named[:2] == ["rehearse", "test"]
    assert set(named) <= targets


def test_every_file_it_names_exists() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("http")]
    paths = re.findall(r"`((?:bot|db|config|inference|tests)/[\w./]*)`", README)
    assert [name for name in links + paths if not (ROOT / name).exists()] == []
    assert len(links) >= 3


def test_its_settings_are_accepted(tmp_path: Path) -> None:
    [block] = re.findall(r"```toml\n(.*?)```", README, flags=re.DOTALL)
    file = tmp_path / "lienzo.toml"
    file.write_text("\n".join(line.removeprefix("   ") for line in block.splitlines()))
    assert load_settings(file, env_file=tmp_path / ".env").imagine.checkpoint == "mine"
    assert tomllib.loads(file.read_text())["safety"]


def test_the_variables_it_names_are_settings() -> None:
    for section, key in re.findall(r"LIENZO_([A-Z]+)__([A-Z_]+)", README):
        field = Settings.model_fields[section.lower()].annotation
        assert key.lower() in field.model_fields  # type: ignore[union-attr]
