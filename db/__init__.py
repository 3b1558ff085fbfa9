"""Persistence. Knows nothing of Discord or the engine."""

from db.database import Database, DatabaseUnusable
from db.records import Balance, Generation, GenerationState, Incident, NewGeneration, Origin

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
