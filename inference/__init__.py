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
from inference.events import Cancelled, Failed, Finished, JobEvent, Progressed, Queued, Started
from inference.handle import JobHandle
from inference.request import ImageRequest, Picture, check_request
from inference.samplers import SAMPLERS

__all__ = [
    "SAMPLERS",
    "Cancelled",
    "CheckpointUnusable",
    "Engine",
    "EngineClosed",
    "EngineDead",
    "EngineOverloaded",
    "Failed",
    "Finished",
    "GenerationFailed",
    "ImageRequest",
    "InferenceError",
    "JobCancelled",
    "JobEvent",
    "JobHandle",
    "LocalEngine",
    "Picture",
    "Progressed",
    "Queued",
    "RequestInvalid",
    "Started",
    "check_request",
]
