"""Good defaults; override what the test is about."""

from typing import Any

from db.quota import Allowance
from db.records import NewGeneration, Origin, Parameters

PLENTY = Allowance(millicredits=1_000_000, max_waiting=1000)


def a_new_generation(generation_id: int = 1, *, user_id: int = 7, cost: int = 1000, **parameters: Any) -> NewGeneration:
    defaults: dict[str, Any] = {
        "prompt": "a red circle",
        "negative_prompt": "",
        "seed": 7,
        "width": 64,
        "height": 64,
        "steps": 12,
        "guidance": 5.0,
        "sampler": "dpm++2m",
        "checkpoint": "tiny",
    }
    return NewGeneration(
        id=generation_id,
        origin=Origin(user_id=user_id, guild_id=1, channel_id=2, application_id=3, interaction_token="token"),
        parameters=Parameters(**(defaults | parameters)),
        cost_millicredits=cost,
    )
