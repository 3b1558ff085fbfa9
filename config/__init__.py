"""What can be set, and what it defaults to. A leaf: imports none of ours."""

from config.loading import SettingsError, load_settings
from config.settings import (
    AdminSettings,
    CheckpointSettings,
    DiscordSettings,
    EngineSettings,
    ImagineSettings,
    LogSettings,
    QueueSettings,
    QuotaSettings,
    RetentionSettings,
    SafetySettings,
    SelectionSettings,
    Settings,
    StorageSettings,
    WritingSettings,
)

__all__ = [
    "AdminSettings",
    "CheckpointSettings",
    "DiscordSettings",
    "EngineSettings",
    "ImagineSettings",
    "LogSettings",
    "QueueSettings",
    "QuotaSettings",
    "RetentionSettings",
    "SafetySettings",
    "SelectionSettings",
    "Settings",
    "SettingsError",
    "StorageSettings",
    "WritingSettings",
    "load_settings",
]
