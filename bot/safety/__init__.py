"""The gate: what may be asked for and what may be shown. Free of discord, database and torch."""

from bot.safety.cleared import Cleared, Conditions
from bot.safety.gate import Gate, PictureEvidence, PictureFile
from bot.safety.judging import judge
from bot.safety.policy import Policy, presets
from bot.safety.rules import RulesUnusable, load_rules
from bot.safety.texts import PromptTexts
from bot.safety.verdict import Action, Verdict

__all__ = [
    "Action",
    "Cleared",
    "Conditions",
    "Gate",
    "PictureEvidence",
    "PictureFile",
    "Policy",
    "PromptTexts",
    "RulesUnusable",
    "Verdict",
    "judge",
    "load_rules",
    "presets",
]
