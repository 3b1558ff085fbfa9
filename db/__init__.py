"""Persistence. Knows nothing of Discord or the engine."""

from db.database import Database, DatabaseUnusable
from db.limits import Balance
from db.records import Generation, GenerationState, Incident, NewGeneration, Origin

__all__ = [
    "Balance",
    "Database",
    "DatabaseUnusable",
    "Generation",
    "GenerationState",
    "Incident",
    "NewGeneration",
    "Origin",
]
