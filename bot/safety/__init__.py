"""The gate: what may be asked for and what may be shown. Free of discord, database and torch."""

from bot.safety.cleared import Cleared
from bot.safety.gate import Gate, PictureEvidence, PictureFile, PromptTexts
from bot.safety.rules import RulesUnusable, load_rules
from bot.safety.verdict import Verdict

__all__ = [
    "Cleared",
    "Gate",
    "PictureEvidence",
    "PictureFile",
    "PromptTexts",
    "RulesUnusable",
    "Verdict",
    "load_rules",
]
