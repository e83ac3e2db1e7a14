"""Two versions of a source to the changes between them; pure.

What counts: for each key the belief of either version at `now`. What is absent from the new version is a removal only
where the version still speaks about such things, and a name it still mentions anywhere is never removed. A new
model's own facts belong to its appearance; the several marks of one license event are one change.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from snapshots.changes.addresses import address_events
from snapshots.changes.classify import change_of, former_price, is_benign
from snapshots.changes.ends import ending, is_ahead
from snapshots.changes.licensing import license_changes
from snapshots.changes.merged import one_for_each_event
from snapshots.changes.model import Change
from snapshots.changes.renamed import rename_of, renames, under_new_names
from snapshots.changes.residual import residual_changes
from snapshots.diff.blocks import Mentions, Passage
from snapshots.diff.facts import Key, Pair, belief, pairs, refines
from snapshots.facts import Fact, name_key

_NAMING = frozenset({"model.listed", "alias.target", "endpoint.base_url", "endpoint.operation"})
_JUST_OVER = timedelta(days=31)
_ENDS = ("retirement_date", "deprecation_date", "status")
_OFFERING = frozenset({"model.listed", "alias.target", "lifecycle.status"})
_OWN = frozenset({"price", "limit", "capability", "lifecycle", "alias", "model"})
_CERTAIN = 0.9
_BANDS = ("off_peak", "peak")


def compare(
    old_facts: Sequence[Fact],
    new_facts: Sequence[Fact],
    old_passages: Sequence[Passage],
    new_passages: Sequence[Passage],
    *,
    now: datetime,
) -> tuple[Change, ...]:
    """The changes from one version of a source to the next, as of `now` (UTC, when the new version was seen).

    Facts are what the versions say, passages their text: for names that are still mentioned, and for what no fact
    explains.
    """
    return _Comparison(old_facts, new_facts, old_passages, new_passages, now).changes()


class _Comparison:
    def __init__(
        self,
        old_facts: Sequence[Fact],
        new_facts: Sequence[Fact],
        old_passages: Sequence[Passage],
        new_passages: Sequence[Passage],
        now: datetime,
    ) -> None:
        self.now = now
        self.facts = (*old_facts, *new_facts)
        self.passages = (old_passages, new_passages)
        self.complete = bool(new_passages) and all(passage.data for passage in new_passages)
        self.before, self.after = belief(old_facts, now), belief(new_facts, now)
        self.mentioned_before = Mentions(old_passages, _named(old_facts))
        self.mentioned_after = Mentions(new_passages, _named(new_facts))
        self.areas_after = {fact.area for fact in new_facts}
        self.subjects_after = {(fact.subject_key, fact.area) for fact in new_facts}
        # In a data file the identifier is all that an entry is known by: another one is another entry.
        self.renamed = () if self.complete else renames(self.before, self.after, self._is_unwritten)
        self.before = under_new_names(self.before, self.renamed)
        self.pairs = pairs(self.before, self.after)
        self.horizon = max((fact.valid_from for fact in self.before.values() if fact.valid_from), default=None)
        self.ended, self.ending = ending(self.before.values()), ending(self.after.values())

    def changes(self) -> tuple[Change, ...]:
        """All changes: names first, then their facts, licenses, and what is left of the text."""
        names = list(self._names())
        moved = {name_key(change.subject) for change in names if change.kind != "alias-retargeted"}
        addresses = list(self._addresses())
        moved |= {name_key(change.subject) for change in addresses}
        renamed = [rename_of(pair) for pair in self.renamed]
        found = [*renamed, *names, *addresses]
        for pair in self.pairs:
            if pair.fact.area == "license" or pair.fact.predicate in _NAMING:
                continue
            if pair.fact.subject_key in moved and not self._ends_what_came(pair):
                continue
            if change := self._fact(pair):
                found.append(change)
        licenses = [pair for pair in self.pairs if pair.fact.area == "license"]
        found.extend(license_changes(licenses, self.passages, self._still_licensed()))
        found.extend(residual_changes(*self.passages, found, self._known(), self._priced()))
        return one_for_each_event(found)

    def _known(self) -> tuple[str, ...]:
        return tuple({fact.subject for fact in self.facts if fact.area in _OWN and fact.subject != "*"})

    def _priced(self) -> Counter[tuple[str, str]]:
        """How many prices of each subject were read from each block of the new version."""
        return Counter((f.subject_key, f.evidence.block) for f in self.after.values() if f.area == "price")

    def _names(self) -> Iterator[Change]:
        """Models and aliases that appeared, disappeared or were pointed elsewhere."""
        done: set[str] = set()
        for pair in self.pairs:
            fact = pair.fact
            if fact.predicate == "model.listed" and fact.subject_key not in done:
                if self.ending.get(fact.subject_key) == "only":
                    continue
                if pair.before is None and fact.subject not in self.mentioned_before and not self._is_old_news(fact):
                    done.add(fact.subject_key)
                    yield change_of(pair)
                elif (
                    pair.after is None
                    and fact.valid_from is None  # A dated entry says what came; that it drops out takes nothing back.
                    and self._is_gone(fact)
                    and self._covers("model")
                ):
                    done.add(fact.subject_key)
                    yield change_of(pair, removal=True)
        for pair in self.pairs:
            if (
                pair.fact.predicate == "alias.target"
                and pair.fact.subject_key not in done
                and (change := self._alias(pair))
            ):
                yield change

    def _alias(self, pair: Pair) -> Change | None:
        old, new = pair.before, pair.after
        if old is not None and new is not None:
            modes = (old.detail.get("mode"), new.detail.get("mode"))
            if old.value_key == new.value_key and (None in modes or modes[0] == modes[1]):
                return None
            return change_of(pair)
        if new is not None:
            if self._is_old_news(new):
                return None
            known = new.subject in self.mentioned_before or "moved" in new.detail
            if known and name_key(new.value or "") == new.subject_key and new.valid_from is None:
                return None
            return change_of(pair, kind="alias-retargeted" if known else "alias-added")
        assert old is not None
        if not self._is_gone(old) or not (self._covers("alias") or self._covers("model")):
            return None
        return change_of(pair, removal=True)

    def _addresses(self) -> Iterator[Change]:
        """Addresses and operations that appeared, disappeared or moved."""
        if not self._covers("endpoint"):
            return
        for pair, is_gone in address_events(self.pairs):
            elsewhere = self.mentioned_after if is_gone else self.mentioned_before
            if (
                pair.fact.attribute == "base_url"
                and pair.fact.subject in elsewhere
                and None in (pair.before, pair.after)
            ):
                continue
            if pair.before is None and pair.after is not None and self._comes_with_its_end(pair.after):
                continue
            if pair.before is not None or not self._is_old_news(pair.fact):
                yield change_of(pair, removal=is_gone)

    def _comes_with_its_end(self, operation: Fact) -> bool:
        """Whether a version speaks of an operation for the first time to say that it ends.

        An address that is given with its last day is there to be used until then.
        """
        if operation.predicate != "endpoint.operation":
            return False
        ends = ((operation.subject_key, f"lifecycle.{attribute}", "") for attribute in _ENDS)
        return any(key in self.after and key not in self.before for key in ends)

    def _fact(self, pair: Pair) -> Change | None:
        old, new = pair.before, pair.after
        if old is not None and new is not None:
            same = old.value_key == new.value_key or refines(old, new) or refines(new, old)
            return None if same else change_of(pair)
        if new is not None:
            return self._stated(pair, new)
        assert old is not None
        return self._unstated(pair, old)

    def _stated(self, pair: Pair, new: Fact) -> Change | None:
        """A fact only the new version states."""
        if self._is_old_news(new) or self._is_filed_anew(new, self.before, self.after):
            return None
        if new.predicate == "lifecycle.status" and (is_benign(new) or self._dates_its_end(new)):
            return None
        if new.area == "limit" and new.confidence < _CERTAIN:
            return None  # A sentence that mentions a limit for the first time sets none.
        if new.qualifier.startswith("scheduled") and self._is_kept(new):
            return None
        if new.area == "capability" and "only" in (self.ended.get(new.subject_key), self.ending.get(new.subject_key)):
            return None  # What was, or is, known by its end alone is listed more fully, and can do nothing new.
        if new.area == "price":
            flat = self._flat(new) or former_price(new)
            if flat is not None:
                return change_of(pair, before=flat)
        return change_of(pair)

    @staticmethod
    def _is_filed_anew(fact: Fact, there: Mapping[Key, Fact], here: Mapping[Key, Fact]) -> bool:
        """Whether the other version states the same value of the same thing, with a row's qualifier on one side only:
        a second row came or went, and the first had no need of one without it.
        """
        if fact.area == "price" and fact.qualifier.partition(".")[0] in ("scheduled", "promo", *_BANDS):
            return False
        bare = (fact.subject_key, fact.predicate, "")
        if fact.qualifier:
            other = there.get(bare)
            return other is not None and bare not in here and other.value_key == fact.value_key
        return bool(here) and any(
            key[:2] == bare[:2] and key not in here and other.value_key == fact.value_key
            for key, other in there.items()
        )

    def _dates_its_end(self, status: Fact) -> bool:
        """Whether an inferred status comes with the date of the end: then the date tells the event."""
        dates = ("lifecycle.retirement_date", "lifecycle.deprecation_date")
        keys = [(status.subject_key, predicate, status.qualifier) for predicate in dates]
        return status.confidence < 1 and any(key in self.after and key not in self.before for key in keys)

    def _unstated(self, pair: Pair, old: Fact) -> Change | None:
        """A fact only the old version states: gone when the new one still speaks of the like for the same subject."""
        if old.qualifier.startswith("scheduled") or old.confidence < _CERTAIN:
            return None
        if self._is_filed_anew(old, self.after, self.before):
            return None
        if old.area == "lifecycle":
            return change_of(pair, removal=True) if self._is_taken_back(old) else None
        if old.area == "endpoint":
            return change_of(pair, removal=True) if (old.subject_key, old.area) in self.subjects_after else None
        if old.area not in ("price", "limit", "capability") or not (
            self.complete or (old.subject_key, old.area) in self.subjects_after
        ):
            return None
        staged = (old.subject_key, "lifecycle.status", old.qualifier)
        if old.attribute == "release_stage" and (old.subject_key in self.ending or staged in self.after):
            return None
        if old.area == "capability" and old.value == "false":
            return None  # What was not offered and is not spoken of any more is no news.
        if old.area == "price" and old.qualifier == "" and any(self._key(old, band) in self.after for band in _BANDS):
            return None
        return change_of(pair, removal=True)

    def _is_taken_back(self, end: Fact) -> bool:
        """Whether a planned end is no longer planned: the version offers the thing and gives it no end at all."""
        if end.attribute != "retirement_date" or not is_ahead(end, self.now):
            return False
        rest = [fact for fact in self.after.values() if fact.subject_key == end.subject_key]
        ends = [fact for fact in rest if fact.area == "lifecycle" and not is_benign(fact)]
        return not ends and any(fact.predicate in _OFFERING for fact in rest)

    def _is_kept(self, announced: Fact) -> bool:
        """Whether what is announced for later is what holds now: a table of new prices repeats those that stay."""
        held = self.after.get(self._key(announced, announced.qualifier.removeprefix("scheduled").lstrip(".")))
        return held is not None and held.value_key == announced.value_key

    def _flat(self, new: Fact) -> Fact | None:
        """The flat price a band came out of: stated before, not stated any more beside its bands."""
        band = new.qualifier
        if (
            band not in _BANDS
            or self._key(new, "") in self.after
            or any(self._key(new, other) in self.before for other in _BANDS)
        ):
            return None
        return self.before.get(self._key(new, ""))

    @staticmethod
    def _key(fact: Fact, qualifier: str) -> Key:
        return (fact.subject_key, fact.predicate, qualifier)

    def _ends_what_came(self, pair: Pair) -> bool:
        """What appears together with its end is told with it: who begins to use it must know."""
        fact = pair.after
        if fact is None or pair.before is not None or fact.attribute != "retirement_date":
            return False
        return "://" in fact.subject or (fact.subject_key in self.ending and is_ahead(fact, self.now))

    def _is_old_news(self, fact: Fact) -> bool:
        """A dated statement that is no newer than what the old version said is a fuller rendering, not an event; but an
        end that is still to come, or has just come, matters whenever it is filed.
        """
        if fact.area == "lifecycle" and is_ahead(fact, self.now - _JUST_OVER):
            return False
        return fact.valid_from is not None and self.horizon is not None and fact.valid_from < self.horizon

    def _is_gone(self, fact: Fact) -> bool:
        """Whether a version neither mentions a name in its text nor says anything about it."""
        return fact.subject not in self.mentioned_after and not self._is_spoken_of(fact)

    def _is_unwritten(self, fact: Fact) -> bool:
        """Whether a version writes an identifier nowhere, though it may use the name it is derived from."""
        written = re.compile(rf"(?<![\w.-]){re.escape(fact.subject)}(?![\w@-]|\.\d)", re.IGNORECASE)
        texts = (passage.text for passage in self.passages[1])
        return not self._is_spoken_of(fact) and not any(map(written.search, texts))

    def _is_spoken_of(self, fact: Fact) -> bool:
        return any((fact.subject_key, area) in self.subjects_after for area in _OWN)

    def _covers(self, area: str) -> bool:
        return area in self.areas_after

    def _still_licensed(self) -> frozenset[str]:
        """The models whose license is gone if no fact states it: the version lists them and speaks of licenses."""
        listed = (key for key, area in self.subjects_after if area == "model")
        return frozenset(listed) if self._covers("license") else frozenset()


def _named(facts: Sequence[Fact]) -> set[str]:
    return {fact.subject for fact in facts if fact.predicate == "model.listed"}
