"""What each change kind is called in messages: one entry a kind of the catalogue.

Templates know `{name}` (whom it concerns), `{old}`, `{new}`, `{what}` (the attribute in words), `{part}` (the
qualifier as a name: parameter, platform), `{date}` and `{was}` (the values as dates), `{stops}` and `{before}`
(`stopped` and `now` once that date is past). Names and values become runs of their own, so nothing from outside is ever
part of a template.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """How a kind is said.

    `headline` is for a value that became another; `appeared` for one that was not stated before, `vanished` for one
    that no longer is, `coming` for one that holds later (the date is added behind); each falls back to `headline`.
    `short` has at most 60 characters with an ordinary name and shows no values. `lead` answers whether anything breaks,
    `to_do` says what is left to do, empty for nothing.
    """

    headline: str
    short: str
    lead: str
    to_do: str = ""
    appeared: str = ""
    vanished: str = ""
    coming: str = ""


PHRASES: dict[str, Phrase] = {
    "alias-added": Phrase(
        "{name} is a new name for {new}", "{name} is a new name", "Nothing changes for calls made today."
    ),
    "alias-removed": Phrase(
        "{name} is no longer offered; it meant {old}",
        "{name} is no longer offered",
        "Calls that use this name may fail.",
        "replace {name} wherever your code uses it.",
        coming="{name} stops working; it means {old}",
    ),
    "alias-retargeted": Phrase(
        "{name} now means {new}",
        "{name} now means another model",
        "Nothing breaks today: the same name is answered by another model.",
        "run your evaluations against {new} now.",
        vanished="{name} no longer means {old}",
        coming="{name} will mean {new}",
    ),
    "license-changed": Phrase(
        "License of {name} is now {new}; was {old}",
        "License of {name} changed",
        "Calls go on as before; what you may do with the model may not.",
        "have the new terms read before the next release.",
        appeared="License of {name} is now {new}",
        vanished="License of {name} is no longer stated; was {old}",
        coming="License of {name} becomes {new}; is {old}",
    ),
    "license-text-changed": Phrase(
        "License of {name}: {what} is now {new}; was {old}",
        "License of {name} has another text",
        "The license keeps its name; its terms are others.",
        "have the new terms read before the next release.",
        appeared="License of {name} now states {what}: {new}",
        vanished="License of {name} no longer states {what}; was {old}",
    ),
    "license-terms-url-changed": Phrase(
        "License terms of {name} moved to {new}",
        "License terms of {name} have another link",
        "The terms stand at another address; the license is the same.",
        appeared="License terms of {name} are now linked: {new}",
        vanished="License terms of {name} are no longer linked",
    ),
    "endpoint-added": Phrase("{name} is new", "{name} is new", "Nothing changes for calls made today."),
    "endpoint-removed": Phrase(
        "{name} is no longer offered",
        "{name} is no longer offered",
        "Calls to it may fail.",
        "move calls of {name} to another operation.",
    ),
    "endpoint-base-url-changed": Phrase(
        "The base URL is now {new}; was {old}",
        "The base URL is another one",
        "Calls to the old address may fail.",
        "change the base URL in your configuration.",
        appeared="The base URL is now {new}",
        vanished="The base URL {old} is no longer stated",
        coming="The base URL becomes {new}; is {old}",
    ),
    "endpoint-path-changed": Phrase(
        "{old} moved to {name}",
        "An operation moved to {name}",
        "Calls to the old path may fail.",
        "change the path in your code.",
        appeared="An operation moved to {name}",
    ),
    "endpoint-expiry-set": Phrase(
        "{name} {stops} working {date}",
        "{name} {stops} working",
        "Calls to this address fail from then on.",
        "stop using {name} {before}.",
    ),
    "endpoint-parameter-added": Phrase(
        "{name} takes a new parameter, {part}",
        "{name} takes a new parameter",
        "It is optional; calls without it work as before.",
    ),
    "endpoint-parameter-removed": Phrase(
        "{name} no longer takes {part}",
        "{name} takes one parameter less",
        "Calls that send it may fail or be answered without it.",
        "look for {part} in your calls.",
    ),
    "endpoint-parameter-became-required": Phrase(
        "{name} now requires {part}",
        "{name} requires one parameter more",
        "Calls without this parameter fail.",
        "send {part} with every call.",
    ),
    "endpoint-response-changed": Phrase(
        "{name} answers in another form: {new}; was {old}",
        "{name} answers in another form",
        "Code that reads the answer may fail.",
        "compare a fresh answer with what your code reads.",
        appeared="{name} answers in another form: {new}",
        vanished="{name} no longer states its form of answer; was {old}",
    ),
    "model-added": Phrase("{name} is now offered", "{name} is now offered", "Nothing changes for calls made today."),
    "model-removed": Phrase(
        "{name} is no longer offered",
        "{name} is no longer offered",
        "Calls that name this model may fail.",
        "replace {name} wherever your code uses it.",
    ),
    "model-version-changed": Phrase(
        "{name} has another {what}: {new}; was {old}",
        "{name} has another {what}",
        "Answers may differ under the same name.",
        "run your evaluations again.",
        appeared="{name} states a {what}: {new}",
        vanished="{name} no longer states a {what}; was {old}",
    ),
    "deprecation-announced": Phrase(
        "{name} is {new}; was {old}",
        "{name} is deprecated",
        "What is deprecated fails once it is retired.",
        "plan the move away from {name}.",
        appeared="{name} is {new}",
    ),
    "deprecation-withdrawn": Phrase(
        "{name} has no end any more; was {old}",
        "The end of {name} was taken back",
        "A planned end was taken back.",
        appeared="{name} has no end any more",
    ),
    "shutdown-date-set": Phrase(
        "{name} {stops} working {date}",
        "{name} {stops} working",
        "Calls that use this name fail from then on.",
        "replace {name} {before}.",
    ),
    "shutdown-date-moved-earlier": Phrase(
        "{name} stops working sooner: {date}, was {was}",
        "{name} stops working sooner",
        "Less time is left than was said.",
        "replace {name} {before}.",
    ),
    "shutdown-date-moved-later": Phrase(
        "{name} stops working later: {date}, was {was}",
        "{name} stops working later",
        "More time is left than was said.",
    ),
    "replacement-changed": Phrase(
        "{name} should be replaced by {new}; was {old}",
        "{name} has another replacement",
        "Nothing breaks: the provider names another model to move to.",
        appeared="{name} should be replaced by {new}",
        vanished="{name} has no named replacement any more; was {old}",
    ),
    "context-window-increased": Phrase(
        "Context window of {name} grew from {old} to {new}",
        "Context window of {name} grew",
        "Nothing breaks: more tokens fit into a request.",
        appeared="Context window of {name} is now stated: {new}",
    ),
    "context-window-reduced": Phrase(
        "Context window of {name} shrank from {old} to {new}",
        "Context window of {name} shrank",
        "Requests longer than the new limit fail.",
        "check the longest requests you send to {name}.",
        vanished="Context window of {name} is no longer stated; was {old}",
    ),
    "max-output-increased": Phrase(
        "Longest answer of {name} grew from {old} to {new}",
        "Longest answer of {name} grew",
        "Nothing breaks: answers may be longer.",
        appeared="Longest answer of {name} is now stated: {new}",
    ),
    "max-output-reduced": Phrase(
        "Longest answer of {name} shrank from {old} to {new}",
        "Longest answer of {name} shrank",
        "Longer answers are cut, or the request fails.",
        "check the limit of tokens you ask {name} for.",
        vanished="Longest answer of {name} is no longer stated; was {old}",
    ),
    "rate-limit-changed": Phrase(
        "{name} has another limit: {what} is now {new}; was {old}",
        "{name} has another limit",
        "Traffic above the limit is refused.",
        "compare your peak traffic with the limit.",
        appeared="{name} has a limit on {what}: {new}",
        vanished="{name} no longer states {what}; was {old}",
    ),
    "price-increased": Phrase(
        "{name} costs more: {what} {old} is now {new}",
        "{name} costs more",
        "Nothing breaks; the same use costs more.",
        coming="{name} will cost more: {what} {old} becomes {new}",
    ),
    "price-decreased": Phrase(
        "{name} costs less: {what} {old} is now {new}",
        "{name} costs less",
        "Nothing breaks; the same use costs less.",
        coming="{name} will cost less: {what} {old} becomes {new}",
    ),
    "price-band-changed": Phrase(
        "{name} is priced another way: {what} {old} is now {new}",
        "{name} is priced another way",
        "Nothing breaks; what a call costs depends on something else than before.",
        "check the terms the price depends on.",
        appeared="{name} has a new price: {what} {new}",
        vanished="{name} no longer has this price: {what} {old}",
    ),
    "price-announced": Phrase(
        "{name} gets a new price: {what} {new}",
        "{name} gets a new price",
        "Nothing breaks; the new price takes effect later.",
        "compare the new price with your budget.",
        vanished="{name} keeps its price: {what} {old} was announced and is not any more",
    ),
    "capability-added": Phrase(
        "{name} now supports {what}",
        "{name} can do more",
        "Nothing breaks: a model can do something more, or now says so.",
    ),
    "capability-removed": Phrase(
        "{name} no longer supports {what}",
        "{name} can do less",
        "Calls that rely on it may fail.",
        "look for {what} in calls of {name}.",
    ),
    "capability-changed": Phrase(
        "{name} states {what} anew: {new}; was {old}",
        "{name} works under other conditions",
        "Calls that rely on the earlier condition may behave differently.",
        appeared="{name} now states {what}: {new}",
        vanished="{name} no longer states {what}; was {old}",
    ),
    "document-moved": Phrase(
        "{name} moved to {new}",
        "{name} moved",
        "The page has another address; the facts on it are unchanged.",
        appeared="{name} moved",
    ),
    "document-removed": Phrase(
        "{name} is gone", "{name} is gone", "The page is gone; the facts read from it are kept."
    ),
    "document-statement-changed": Phrase(
        "{name} has a new statement: {new}",
        "{name} has a new statement",
        "A sentence about a known name changed; read it to know whether it matters.",
        vanished="{name} lost a statement: {old}",
    ),
    "document-text-changed": Phrase("{name} has another text", "{name} has another text", "No known fact changed."),
}
