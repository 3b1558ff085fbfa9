"""From the texts of a request to what the rules and the classifier find in them, and what a policy makes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from bot.safety import language, phrases
from bot.safety.cleared import Conditions
from bot.safety.decoding import mentions_somebody
from bot.safety.lexicons import Hit
from bot.safety.normalise import View
from bot.safety.policy import Policy, can_steer, steering, suspicions
from bot.safety.rules import Rule, Rules
from bot.safety.texts import PromptTexts
from bot.safety.verdict import Action, Verdict

MAX_CLASSIFIED_VIEWS = 5
UNKNOWN_LANGUAGE = "unknown_language"
CUSTOM = "custom"
# Fixed like the rule it is the wide form of, but mistaken more often: a moderator may let one text pass.
AGE_AMBIGUOUS = "age_ambiguous"
_MENTION = "discordmention"  # as lexicon real_person has it


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that applies. ``score``: how sure; a rule of words is always sure. ``stage``: prompt or image.

    is_suspicion: the classifier is not sure, and nothing else has found it: no reason to stop.
    """

    rule: str
    category: str
    score: float = 1.0
    is_fixed: bool = False
    stage: str = "prompt"
    is_suspicion: bool = False


@dataclass(slots=True)
class _Evidence:
    """What was found in some texts: lexicons, and where in which view."""

    views: list[tuple[View, list[Hit]]] = field(default_factory=list)
    lexicons: set[str] = field(default_factory=set)
    language: str = language.ENGLISH

    def are_near(self, rule: Rule) -> bool:
        """Whether its lexicons meet within ``rule.near`` words of one view."""
        wanted = set(rule.all_of)
        for _, hits in self.views:
            for anchor in hits:
                around = [hit for hit in hits if abs(hit.start - anchor.start) <= rule.near]
                names = {hit.lexicon for hit in around}
                if (
                    anchor.lexicon in rule.lexicons
                    and wanted <= names
                    and (not rule.any_of or names & set(rule.any_of))
                ):
                    return True
        return False


def matches(rules: Rules, texts: PromptTexts, *, is_picture_nude: bool = False) -> list[Match]:
    """Every rule that applies, in the order of the files. ``is_picture_nude``: it is drawn, and perhaps shows that."""
    wanted = _evidence(rules, texts.wanted)
    refused = _evidence(rules, texts.refused)
    scores = rules.classifier.scores(wanted.views[:MAX_CLASSIFIED_VIEWS])
    found = []
    for rule in rules.rules:
        if rule.needs_nude_picture and not is_picture_nude:
            continue
        score = _applies(rule, rules, texts, wanted, refused, scores)
        if score is not None:
            stage = "image" if rule.needs_nude_picture else "prompt"
            found.append(Match(rule.name, rule.category, score, rule.fixed, stage))
    found += _suspicions(rules, scores, {match.category for match in found})
    if texts.is_multilingual and not language.is_judged(wanted.language):
        found.append(Match("unknown-language", UNKNOWN_LANGUAGE))
    return found


def _suspicions(rules: Rules, scores: dict[str, float], found: Collection[str]) -> list[Match]:
    thresholds = rules.classifier.thresholds
    return [
        Match(f"suspected-{category}", category, scores[category], is_suspicion=True)
        for category in suspicions()
        if category not in found and scores[category] >= thresholds[category].likely
    ]


def judge(rules: Rules, texts: PromptTexts, policy: Policy) -> Verdict:
    """The strictest of what the policy says about the matches; ``action`` allow if there are none."""
    return weigh(found_by(rules, texts, policy), texts, policy)[0]


def found_by(rules: Rules, texts: PromptTexts, policy: Policy, *, is_picture_nude: bool = False) -> list[Match]:
    """Every rule that applies, and what the server's own phrases add to that and take away from it."""
    found = matches(rules, texts, is_picture_nude=is_picture_nude)
    if policy.allowed and found and (rest := phrases.without(texts, policy.allowed)) != texts:
        fixed = [match for match in found if match.is_fixed]
        found = fixed + [match for match in matches(rules, rest, is_picture_nude=is_picture_nude) if not match.is_fixed]
    if policy.denied and phrases.contains(rules.normaliser, texts, policy.denied) is not None:
        found.append(Match("phrase", CUSTOM))
    return found


def weigh(found: Iterable[Match], texts: PromptTexts, policy: Policy) -> tuple[Verdict, Conditions]:
    """The strictest of what the policy says about the matches, and, if it does not stop, what all of them ask for."""
    verdict = Verdict("prompt", "", "", action=Action.ALLOW, score=0.0)
    steered: list[str] = []
    is_spoiler = False
    for match in found:
        action = _action(match, policy)
        if action is Action.STEER and not (texts.is_guided and match.stage == "prompt" and can_steer(match.category)):
            action = Action.ALLOW if match.is_suspicion else Action.SPOILER
        if action is Action.ALLOW and match.is_suspicion:
            continue
        if action is Action.STEER:
            steered.append(match.category)
        is_spoiler |= action is Action.SPOILER
        if not verdict.rule or action.severity > verdict.action.severity:
            verdict = Verdict(match.stage, match.category, match.rule, action=action, score=match.score)
    return verdict, Conditions(verdict if verdict.rule else None, steering(steered), is_spoiler)


def _action(match: Match, policy: Policy) -> Action:
    if policy.is_approved and match.stage == "prompt" and (not match.is_fixed or match.category == AGE_AMBIGUOUS):
        return Action.ALLOW
    if match.is_suspicion:
        return Action.STEER if policy.action(match.category).stops else Action.ALLOW
    return Action.BLOCK if match.is_fixed else policy.action(match.category)


def _applies(
    rule: Rule,
    rules: Rules,
    texts: PromptTexts,
    wanted: _Evidence,
    refused: _Evidence,
    scores: dict[str, float],
) -> float | None:
    """How sure the rule is, None if it does not apply."""
    if rule.needs_upload and not texts.has_upload:
        return None
    if not wanted.lexicons.issuperset(rule.all_of):
        return None
    if rule.any_of and wanted.lexicons.isdisjoint(rule.any_of):
        return None
    if rule.negative_any_of and refused.lexicons.isdisjoint(rule.negative_any_of):
        return None
    if rule.near and not wanted.are_near(rule):
        return None
    score = 1.0
    if rule.classified:
        score = scores[rule.classified]
        if score < rules.classifier.thresholds[rule.classified].sure:
            return None
    if rule.certain:
        score = scores[rule.certain]
        if score < rules.classifier.thresholds[rule.certain].certain:
            return None
    if rule.suspected:
        score = scores[rule.suspected]
        if score < rules.classifier.thresholds[rule.suspected].suspect:
            return None
    return score


def _evidence(rules: Rules, texts: Sequence[str]) -> _Evidence:
    """The texts apart and together: a word may be split between two fields."""
    found = _Evidence()
    if not texts:
        return found
    views = [rules.normaliser.views(text) for text in texts]
    ends = [view for of_text in views for view in of_text[:1]]
    if len(texts) > 1 and (seam := rules.reader.joined([word for view in ends for word in view])):
        views.append([tuple(seam)])
    found.language = _language(rules, texts, ends)
    found.views = [(view, rules.lexicons.hits(view, found.language)) for of_text in views for view in of_text]
    found.lexicons = {hit.lexicon for _, hits in found.views for hit in hits}
    if any(map(mentions_somebody, texts)):
        found.lexicons |= {entry.lexicon for entry in rules.lexicons.starts_of(_MENTION)}
    return found


def _language(rules: Rules, texts: Sequence[str], views: Iterable[View]) -> str:
    return language.detect(" ".join(texts), [word for view in views for word in view], rules.reader.is_known)
