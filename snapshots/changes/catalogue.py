"""The catalogue of change kinds: ids are public API, levels are derived.

Each kind has two axes, area and aspect, and an effect. The default level follows from the three by `default_level`, so
nobody assigns levels by hand and one id has one default level. Ids are never renamed.
"""

from __future__ import annotations

from dataclasses import dataclass

from snapshots.changes.model import Area, Aspect, Effect, Level


@dataclass(frozen=True, slots=True)
class ChangeKind:
    """One entry: `id` in kebab case, its axes, its effect, one sentence that says when it is reported."""

    id: str
    area: Area
    aspect: Aspect
    effect: Effect
    description: str

    @property
    def level(self) -> Level:
        """The default level."""
        return default_level(self.area, self.aspect, self.effect)


def default_level(area: Area, aspect: Aspect, effect: Effect) -> Level:
    """What breaks calls is critical; what takes something away or moves the ground is a warning; the rest is info.

    A target that moved under an unchanged name is critical whatever else is known: the code that calls it runs on
    another model from that moment.
    """
    if area is Area.DOCUMENT:
        return Level.INFO if effect is not Effect.NEUTRAL else Level.NONE
    if effect is Effect.BREAKS or (area is Area.ALIAS and aspect is Aspect.TARGET):
        return Level.CRITICAL
    if effect in (Effect.RESTRICTS, Effect.UNKNOWN):
        return Level.WARNING
    return Level.INFO


_A, _S, _E = Area, Aspect, Effect

KINDS: dict[str, ChangeKind] = {
    kind.id: kind
    for kind in (
        ChangeKind("alias-added", _A.ALIAS, _S.EXISTENCE, _E.WIDENS, "A name that stands for another model appeared."),
        ChangeKind("alias-removed", _A.ALIAS, _S.EXISTENCE, _E.BREAKS, "A name no longer works or is no longer mentioned."),
        ChangeKind("alias-retargeted", _A.ALIAS, _S.TARGET, _E.UNKNOWN, "The same name is answered by another model."),
        ChangeKind("license-changed", _A.LICENSE, _S.VALUE, _E.BREAKS, "The terms have another name or identifier."),
        ChangeKind("license-text-changed", _A.LICENSE, _S.REQUIREMENT, _E.UNKNOWN, "The same license has another text."),
        ChangeKind("license-terms-url-changed", _A.LICENSE, _S.TARGET, _E.NEUTRAL, "The terms moved to another address."),
        ChangeKind("endpoint-added", _A.ENDPOINT, _S.EXISTENCE, _E.WIDENS, "An address or operation appeared."),
        ChangeKind("endpoint-removed", _A.ENDPOINT, _S.EXISTENCE, _E.BREAKS, "An address or operation is gone."),
        ChangeKind("endpoint-base-url-changed", _A.ENDPOINT, _S.TARGET, _E.BREAKS, "The base URL to call is another one."),
        ChangeKind("endpoint-path-changed", _A.ENDPOINT, _S.TARGET, _E.BREAKS, "An operation moved to another path."),
        ChangeKind("endpoint-expiry-set", _A.ENDPOINT, _S.DATE, _E.BREAKS, "An address got a day after which it stops working."),
        ChangeKind("endpoint-parameter-added", _A.ENDPOINT, _S.REQUIREMENT, _E.WIDENS, "An operation takes a new optional parameter."),
        ChangeKind("endpoint-parameter-removed", _A.ENDPOINT, _S.REQUIREMENT, _E.RESTRICTS, "An operation no longer takes a parameter."),
        ChangeKind("endpoint-parameter-became-required", _A.ENDPOINT, _S.REQUIREMENT, _E.BREAKS, "Calls without this parameter now fail."),
        ChangeKind("endpoint-response-changed", _A.ENDPOINT, _S.VALUE, _E.RESTRICTS, "An operation answers in another form."),
        ChangeKind("model-added", _A.MODEL, _S.EXISTENCE, _E.WIDENS, "A model is offered that was not."),
        ChangeKind("model-removed", _A.MODEL, _S.EXISTENCE, _E.BREAKS, "A model is no longer offered."),
        ChangeKind("model-version-changed", _A.MODEL, _S.TARGET, _E.RESTRICTS, "The version shown for a model is another one."),
        ChangeKind("deprecation-announced", _A.LIFECYCLE, _S.EXISTENCE, _E.RESTRICTS, "A model, name or operation was declared deprecated."),
        ChangeKind("deprecation-withdrawn", _A.LIFECYCLE, _S.EXISTENCE, _E.WIDENS, "A deprecation or planned end was taken back."),
        ChangeKind("shutdown-date-set", _A.LIFECYCLE, _S.DATE, _E.BREAKS, "An end of service got a date."),
        ChangeKind("shutdown-date-moved-earlier", _A.LIFECYCLE, _S.DATE, _E.BREAKS, "An end of service comes sooner than said."),
        ChangeKind("shutdown-date-moved-later", _A.LIFECYCLE, _S.DATE, _E.WIDENS, "An end of service comes later than said."),
        ChangeKind("replacement-changed", _A.LIFECYCLE, _S.TARGET, _E.NEUTRAL, "Another replacement is recommended."),
        ChangeKind("context-window-increased", _A.LIMIT, _S.VALUE, _E.WIDENS, "More tokens fit into a request."),
        ChangeKind("context-window-reduced", _A.LIMIT, _S.VALUE, _E.BREAKS, "Fewer tokens fit into a request."),
        ChangeKind("max-output-increased", _A.LIMIT, _S.VALUE, _E.WIDENS, "Answers may be longer."),
        ChangeKind("max-output-reduced", _A.LIMIT, _S.VALUE, _E.BREAKS, "Answers are cut sooner."),
        ChangeKind("rate-limit-changed", _A.LIMIT, _S.REQUIREMENT, _E.RESTRICTS, "Another rate, concurrency or other limit holds."),
        ChangeKind("price-increased", _A.PRICE, _S.VALUE, _E.RESTRICTS, "The same use costs more."),
        ChangeKind("price-decreased", _A.PRICE, _S.VALUE, _E.WIDENS, "The same use costs less."),
        ChangeKind("price-band-changed", _A.PRICE, _S.REQUIREMENT, _E.RESTRICTS, "A price depends on something else than before: time, batch, tier, promotion."),
        ChangeKind("price-announced", _A.PRICE, _S.DATE, _E.RESTRICTS, "A price was announced that takes effect later."),
        ChangeKind("capability-added", _A.CAPABILITY, _S.EXISTENCE, _E.WIDENS, "A model can do something it could not, or now says so."),
        ChangeKind("capability-removed", _A.CAPABILITY, _S.EXISTENCE, _E.BREAKS, "A model can no longer do something."),
        ChangeKind("capability-changed", _A.CAPABILITY, _S.VALUE, _E.RESTRICTS, "A capability works under other conditions."),
        ChangeKind("document-moved", _A.DOCUMENT, _S.TARGET, _E.UNKNOWN, "The page has another permanent address."),
        ChangeKind("document-removed", _A.DOCUMENT, _S.EXISTENCE, _E.UNKNOWN, "The page is gone."),
        ChangeKind("document-statement-changed", _A.DOCUMENT, _S.VALUE, _E.UNKNOWN, "A sentence claims something new about a known name that no extractor reads as a fact."),
        ChangeKind("document-text-changed", _A.DOCUMENT, _S.REQUIREMENT, _E.NEUTRAL, "Text changed without a claim about a known name; recorded, never sent."),
    )
}  # fmt: skip


def kind_of(kind_id: str) -> ChangeKind:
    """The entry of an id.

    Raises:
        KeyError: no kind has this id.
    """
    return KINDS[kind_id]
