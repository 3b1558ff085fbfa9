"""The engine. Knows nothing of Discord, members, quotas or the database. Importing it loads no torch."""

from inference.engine import Engine, LocalEngine
from inference.errors import (
    CheckpointUnusable,
    EngineClosed,
    EngineDead,
    EngineOverloaded,
    GenerationFailed,
    InferenceError,
    JobCancelled,
    RequestInvalid,
)
from inference.events import Cancelled, Failed, Finished, JobEvent, Previewed, Progressed, Queued, Started
from inference.group import EngineGroup
from inference.handle import JobHandle
from inference.health import EngineHealth
from inference.request import Control, HiresPass, ImagePrompt, ImageRequest, Lora, Picture, Variation, check_request
from inference.samplers import SAMPLERS

__all__ = [
    "SAMPLERS",
    "Cancelled",
    "CheckpointUnusable",
    "Control",
    "Engine",
    "EngineClosed",
    "EngineDead",
    "EngineGroup",
    "EngineHealth",
    "EngineOverloaded",
    "Failed",
    "Finished",
    "GenerationFailed",
    "HiresPass",
    "ImagePrompt",
    "ImageRequest",
    "InferenceError",
    "JobCancelled",
    "JobEvent",
    "JobHandle",
    "LocalEngine",
    "Lora",
    "Picture",
    "Previewed",
    "Progressed",
    "Queued",
    "RequestInvalid",
    "Started",
    "Variation",
    "check_request",
]
