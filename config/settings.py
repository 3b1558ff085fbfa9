"""Every setting, with its type and its bounds. The defaults, with what they mean, are in default.toml.

Sections are frozen: a setting is read once, at start, and handed to whoever needs it. Units stand in the names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.additions import Additions, ControlNetSettings, EmbeddingSettings, IPAdapterSettings, LoraSettings
from config.section import OptionalPath, Section
from config.wildcards import read_wildcards

SIZE_PATTERN = re.compile(r"^(\d{1,5})x(\d{1,5})$")
CHECKPOINT_NAME_PATTERN = re.compile(r"^[a-z0-9][a-z0-9._-]{0,49}$")

LEAST_PREVIEW_SECONDS = 2.0


def parse_size(text: str) -> tuple[int, int]:
    """``"512x768"`` -> ``(512, 768)``, width first, in pixels. Raises ValueError with what is allowed."""
    match = SIZE_PATTERN.match(text.strip().lower().replace("×", "x"))
    if match is None:
        raise ValueError(f"{text!r} is no size; write width and height in pixels like 512x512")
    return int(match[1]), int(match[2])


class DiscordSettings(Section):
    token: SecretStr = SecretStr("")
    loopback: str = ""
    loopback_ca: OptionalPath = None
    edit_interval_seconds: Annotated[float, Field(ge=0.2, le=60)]
    previews: bool
    preview_seconds: Annotated[float, Field(ge=0.2, le=60)]
    answer_deadline_seconds: Annotated[float, Field(gt=0, lt=3)]

    @field_validator("loopback")
    @classmethod
    def _is_loopback_address(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and (host not in {"127.0.0.1", "localhost"} or not port.isdigit() or not 0 < int(port) < 65536):
            raise ValueError("write it as 127.0.0.1:PORT, or leave it empty for the real Discord")
        return value

    @model_validator(mode="after")
    def _ca_belongs_to_loopback(self) -> Self:
        if self.loopback and self.loopback_ca is None:
            raise ValueError("loopback needs loopback_ca, the file with that server's certificate authority")
        return self

    @model_validator(mode="after")
    def _previews_are_few_on_the_real_discord(self) -> Self:
        if not self.loopback and self.preview_seconds < LEAST_PREVIEW_SECONDS:
            raise ValueError(
                f"preview_seconds: at least {LEAST_PREVIEW_SECONDS:g}, for Discord takes each as an upload"
            )
        return self

    @property
    def loopback_port(self) -> int | None:
        return int(self.loopback.rpartition(":")[2]) if self.loopback else None


class StorageSettings(Section):
    folder: Path
    synchronous: Literal["FULL", "NORMAL"]

    @property
    def database_file(self) -> Path:
        return self.folder / "lienzo.sqlite3"

    @property
    def images_folder(self) -> Path:
        return self.folder / "images"

    @property
    def checkpoints_folder(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def lock_file(self) -> Path:
        """Held by the one bot that works on this folder."""
        return self.folder / "lienzo.lock"

    @property
    def hashes_file(self) -> Path:
        return self.folder / "weights.json"

    def capacity_file_of(self, nth: int) -> Path:
        """How many pictures are worth drawing together on that device, as measured: losing it costs seconds."""
        return self.folder / (f"capacity-{nth}.json" if nth else "capacity.json")


Device = Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?|mps)$")]


class EngineSettings(Section):
    runner: Literal["torch", "fake"]
    fake_step_seconds: Annotated[float, Field(ge=0, le=10)]
    device: Device
    more_devices: tuple[Device, ...] = ()
    dtype: Literal["auto", "float32", "bfloat16", "float16"]
    max_batch: Annotated[int, Field(ge=1, le=64)]
    calibration_seconds: Annotated[float, Field(ge=0, le=60)]
    placement: Literal["auto", "resident", "model", "group"]
    compile: bool
    cpu_threads: Annotated[int, Field(ge=0, le=256)]
    max_waiting: Annotated[int, Field(ge=1, le=100_000)]
    weights_gib: Annotated[float, Field(ge=0, le=1024)]
    unload_idle_seconds: Annotated[float, Field(ge=0)]
    stuck_seconds: Annotated[float, Field(ge=1)]
    image_format: Literal["png", "webp"]

    @property
    def devices(self) -> tuple[str, ...]:
        return (self.device, *self.more_devices)


class CheckpointSettings(Section):
    """Where one set of weights comes from and what it is good at."""

    builtin: Literal["", "tiny", "builtin"] = ""
    path: OptionalPath = None
    hub: str = ""
    revision: str = ""
    variant: str = ""
    config: OptionalPath = None
    vae: OptionalPath = None
    taesd: OptionalPath = None
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    dtype: Literal["", "float32", "bfloat16", "float16"] = ""
    label: str = ""
    licence: str = ""
    adult: bool = False
    multilingual: bool | None = None
    sizes: Annotated[tuple[str, ...], Field(min_length=1, max_length=25)]
    max_pixels: Annotated[int, Field(ge=64 * 64, le=4096 * 4096)]
    default_steps: Annotated[int, Field(ge=1, le=150)] = 20
    max_steps: Annotated[int, Field(ge=1, le=500)] = 60
    default_guidance: Annotated[float, Field(ge=0, le=30)] = 7.5
    sampler: str = "dpm++2m"
    default_clip_skip: Annotated[int, Field(ge=0, le=8)] = 0
    enlarge_to_pixels: Annotated[int, Field(ge=0, le=4096)] = 0

    @field_validator("sizes")
    @classmethod
    def _sizes_are_sizes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for size in value:
            width, height = parse_size(size)
            if width % 8 or height % 8 or not width or not height:
                raise ValueError(f"{size!r}: width and height must be multiples of 8")
        return value

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in ("builtin", "path", "hub") if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(f"give exactly one of builtin, path or hub (given: {', '.join(given) or 'none'})")
        if self.hub and not self.revision:
            raise ValueError(
                "a hub id needs revision, the commit it is pinned to, so that nobody can change it under you"
            )
        if self.default_steps > self.max_steps:
            raise ValueError("default_steps is larger than max_steps")
        return self

    @property
    def native_size(self) -> tuple[int, int]:
        """Width and height in pixels of one picture at the normal price: the first of ``sizes``."""
        return parse_size(self.sizes[0])


class ImagineSettings(Section):
    checkpoint: str
    max_prompt_characters: Annotated[int, Field(ge=1, le=2000)]
    max_attempts: Annotated[int, Field(ge=1, le=10)]
    shutdown_seconds: Annotated[float, Field(ge=0, le=600)]
    wildcards_folder: OptionalPath = None

    @field_validator("wildcards_folder")
    @classmethod
    def _can_be_read(cls, value: Path | None) -> Path | None:
        read_wildcards(value)
        return value

    @property
    def wildcards(self) -> Mapping[str, Sequence[str]]:
        """As they were when the settings were read."""
        return read_wildcards(self.wildcards_folder)


class QueueSettings(Section):
    running_per_member: Annotated[int, Field(ge=0)]
    running_per_server: Annotated[int, Field(ge=0)]
    waiting_per_server: Annotated[int, Field(ge=0)]
    expire_hours: Annotated[float, Field(gt=0)]
    operators: tuple[int, ...] = ()


class WindowSettings(Section):
    credits: Annotated[float, Field(ge=0, le=1_000_000)]
    seconds: Annotated[int, Field(ge=60, le=31 * 86400)]


class QuotaSettings(Section):
    credits_per_day: Annotated[float, Field(ge=0, le=1_000_000)]
    max_waiting: Annotated[int, Field(ge=1, le=1000)]
    windows: tuple[WindowSettings, ...] = ()
    ceiling_credits_per_day: Annotated[float, Field(ge=0, le=1_000_000)]
    ceiling_waiting: Annotated[int, Field(ge=1, le=1000)]
    server_credits_per_day: Annotated[float, Field(ge=0, le=1_000_000_000)]
    grant_ceiling_credits: Annotated[float, Field(ge=0, le=1_000_000)]
    grant_ceiling_days: Annotated[int, Field(ge=1, le=366)]


class SafetySettings(Section):
    rules_folder: OptionalPath = None
    image_check: Literal["required", "accepted-unchecked"]
    nsfw_checkpoint: str = ""
    nsfw_revision: str = ""
    nsfw_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    safety_checker: str = ""
    safety_checker_revision: str = ""
    safety_checker_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    nudenet: bool = False
    text_checkpoint: str = ""
    text_revision: str = ""
    text_endpoint: str = ""
    text_endpoint_token: SecretStr = SecretStr("")
    text_labels: dict[str, str] = Field(default_factory=dict)
    text_threshold: Annotated[float, Field(gt=0, le=1)]
    uploads: Literal["checked", "unchecked", "off"]
    timeout_seconds: Annotated[float, Field(gt=0, le=30)]
    floor: Literal["family", "standard", "mature"]
    strikes: Annotated[int, Field(ge=0, le=1000)]
    strike_hours: Annotated[float, Field(gt=0, le=24 * 31)]
    cooldown_minutes: Annotated[float, Field(gt=0, le=60 * 24 * 31)]
    reports_to_hide: Annotated[int, Field(ge=1, le=1000)]
    appeals_per_day: Annotated[int, Field(ge=0, le=100)]
    review_hours: Annotated[float, Field(gt=0, le=24 * 31)]

    @property
    def picture_checkers(self) -> tuple[str, ...]:
        """What looks at pictures, by name; nothing if the settings name nothing."""
        named = (self.nsfw_checkpoint, self.safety_checker, "nudenet" if self.nudenet else "")
        return tuple(filter(None, named))

    @field_validator("text_endpoint")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("write it as https://..., or leave it empty")
        return value

    @model_validator(mode="after")
    def _checkers_have_labels(self) -> Self:
        if (self.text_checkpoint or self.text_endpoint) and not self.text_labels:
            raise ValueError('text_labels says what the labels of the text checker mean: { nsfw = "sexual" }')
        return self


class WritingSettings(Section):
    caption_checkpoint: str = ""
    caption_revision: str = ""
    caption_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    expansion_checkpoint: str = ""
    expansion_revision: str = ""
    expansion_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class SelectionSettings(Section):
    checkpoint: str = ""
    revision: str = ""
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class RetentionSettings(Section):
    pictures_days: Annotated[float, Field(ge=0)]
    pictures_gib: Annotated[float, Field(ge=0)]
    history_days: Annotated[float, Field(ge=0)]
    ledger_days: Annotated[float, Field(ge=32)]

    @field_validator("history_days")
    @classmethod
    def _outlives_the_quota(cls, value: float) -> float:
        if 0 < value < 32:
            raise ValueError("use 0 (for ever) or at least 32: quotas count over up to 31 days")
        return value


class BackupSettings(Section):
    folder: OptionalPath = None
    keep: Annotated[int, Field(ge=1, le=1000)]


class AdminSettings(Section):
    port: Annotated[int, Field(ge=0, lt=65536)]


class LogSettings(Section):
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"]
    format: Literal["text", "json"]


class Settings(BaseSettings):
    """Everything that can be set. Made by :func:`config.load_settings`, nowhere else outside tests."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    discord: DiscordSettings
    storage: StorageSettings
    engine: EngineSettings
    imagine: ImagineSettings
    queue: QueueSettings
    quota: QuotaSettings
    safety: SafetySettings
    writing: WritingSettings
    selection: SelectionSettings
    retention: RetentionSettings
    backup: BackupSettings
    admin: AdminSettings
    log: LogSettings
    checkpoints: dict[str, CheckpointSettings]
    loras: dict[str, LoraSettings] = Field(default_factory=dict)
    embeddings: dict[str, EmbeddingSettings] = Field(default_factory=dict)
    controlnets: dict[str, ControlNetSettings] = Field(default_factory=dict)
    ip_adapters: dict[str, IPAdapterSettings] = Field(default_factory=dict)

    @field_validator("checkpoints", "loras", "embeddings", "controlnets", "ip_adapters")
    @classmethod
    def _names_are_plain(cls, value: dict[str, Section]) -> dict[str, Section]:
        for name in value:
            if not CHECKPOINT_NAME_PATTERN.match(name):
                raise ValueError(f"{name!r}: use small letters, digits, '.', '_' and '-' in such a name")
        return value

    @property
    def additions(self) -> Additions:
        return Additions(**{table: getattr(self, table) for table in Additions.model_fields})

    @model_validator(mode="after")
    def _additions_are_for_checkpoints_that_exist(self) -> Self:
        for table in ("loras", "controlnets", "ip_adapters"):
            additions: Mapping[str, LoraSettings | ControlNetSettings | IPAdapterSettings] = getattr(self, table)
            for name, addition in additions.items():
                for checkpoint in addition.checkpoints:
                    if checkpoint not in self.checkpoints:
                        raise ValueError(f"{table}.{name}: there is no checkpoint {checkpoint!r}")
        return self

    @model_validator(mode="after")
    def _default_checkpoint_exists(self) -> Self:
        if self.imagine.checkpoint not in self.checkpoints:
            known = ", ".join(sorted(self.checkpoints))
            raise ValueError(f"imagine.checkpoint = {self.imagine.checkpoint!r} is not configured; known: {known}")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings names these
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what it is given: the sources are read, and their errors explained, by config/loading.py."""
        return (init_settings,)
