"""Settings: who wins, and how a mistake is explained."""

from pathlib import Path

import pytest

from config import SettingsError, load_settings


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refused(text: str) -> str:
    Path("lienzo.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return str(caught.value)


def test_defaults_are_complete_and_usable() -> None:
    settings = load_settings()
    assert settings.imagine.checkpoint in settings.checkpoints
    assert settings.discord.token.get_secret_value() == ""


def test_later_sources_win(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("lienzo.toml").write_text("[quota]\ncredits_per_day = 1\nmax_waiting = 1\n[log]\nlevel = 'ERROR'\n")
    monkeypatch.setenv("LIENZO_QUOTA__CREDITS_PER_DAY", "2")
    monkeypatch.setenv("LIENZO_QUOTA__MAX_WAITING", "2")
    Path(".env").write_text("LIENZO_QUOTA__MAX_WAITING=3\nSOMETHING_ELSE=1\n")
    settings = load_settings()
    assert (settings.log.level, settings.quota.credits_per_day, settings.quota.max_waiting) == ("ERROR", 2, 3)
    assert load_settings(overrides={"quota": {"max_waiting": 4}}).quota.max_waiting == 4


def test_a_new_checkpoint_is_configuration_only() -> None:
    Path("lienzo.toml").write_text(
        '[checkpoints.mine]\npath = "models/mine"\nsizes = ["512x512"]\nmax_pixels = 500000\n'
    )
    assert set(load_settings().checkpoints) == {"builtin", "mine"}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[quota]\ncredits_per_dey = 3\n", ["lienzo.toml", "quota.credits_per_dey", "did you mean credits_per_day"]),
        ("[quotas]\nx = 1\n", ["unknown key quotas", "did you mean quota"]),
        ("[quota]\ncredits_per_day = 'many'\n", ["quota.credits_per_day = 'many'", "number"]),
        ("[quota]\nmax_waiting = 0\n", ["quota.max_waiting = 0", "greater than or equal to 1"]),
        ("[log]\nlevel = 'LOUD'\n", ["log.level = 'LOUD'", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"]),
        ("[imagine]\ncheckpoint = 'none'\n", ["imagine.checkpoint = 'none'", "known: builtin"]),
        (
            "[checkpoints.a]\nsizes = ['64x64']\nmax_pixels = 9999\n",
            ["checkpoints.a", "exactly one of builtin, path or hub"],
        ),
        ("[checkpoints.a]\nhub = 'x/y'\nsizes = ['64x64']\nmax_pixels = 9999\n", ["needs revision"]),
        ("[checkpoints.a]\npath = 'x'\nsizes = ['65x64']\nmax_pixels = 9999\n", ["multiples of 8"]),
        ("[checkpoints.builtin]\nlabell = 'x'\n", ["unknown key checkpoints.builtin.labell", "did you mean label"]),
        ("[discord]\nloopback = '10.0.0.1:443'\n", ["discord.loopback = '10.0.0.1:443'", "127.0.0.1:PORT"]),
        ("[discord]\nloopback = '127.0.0.1:443'\n", ["needs loopback_ca"]),
        ("[quota\n", ["lienzo.toml", "not valid TOML"]),
    ],
)
def test_a_mistake_is_named_with_its_key_value_and_what_is_allowed(text: str, parts: list[str]) -> None:
    message = refused(text)
    assert [part for part in parts if part not in message] == [], message


def test_unknown_variables_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENZO_DISCRD__TOKEN", "x")
    with pytest.raises(SettingsError, match="did you mean discord"):
        load_settings()
    monkeypatch.delenv("LIENZO_DISCRD__TOKEN")
    monkeypatch.setenv("LIENZO_DISCORD__TOKN", "x")
    with pytest.raises(SettingsError, match="unknown key discord.tokn; did you mean token"):
        load_settings()


def test_a_named_file_must_exist() -> None:
    with pytest.raises(SettingsError, match="no such settings file"):
        load_settings(Path("missing.toml"))


def test_the_token_appears_nowhere() -> None:
    secret = "MTIzNDU2.secret-secret-secret"
    Path("lienzo.toml").write_text(f'[discord]\ntoken = "{secret}"\n')
    settings = load_settings()
    assert secret not in repr(settings) + str(settings) + settings.model_dump_json()
    assert secret not in refused(f'[discord]\ntoken = "{secret}"\nedit_interval_seconds = 0\n')
    assert secret not in refused(f'[discord]\ntoken = ["{secret}"]\n')
