"""The names a source uses, carried from version to version, and which of them mean the same thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from monitor.extract.values.known import KnownNames
from monitor.extract.values.names import is_id
from snapshots.facts import Fact, name_key

_NAMED_AREAS = frozenset({"model", "alias", "price", "limit", "capability", "lifecycle"})


@dataclass(frozen=True)
class Vocabulary:
    """Folded names mapped to the writing that leads: `same["deepseek-v2.5"] = "DeepSeek V2.5"`.

    A display name may lead to an API id; a name that stands for itself maps to its first writing.
    """

    same: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def known(self) -> KnownNames:
        """All folded names, as texts are searched for them."""
        return KnownNames(self.same)

    @property
    def keys(self) -> frozenset[str]:
        """All folded names."""
        return self.known.keys

    def __contains__(self, name: str) -> bool:
        return name_key(name) in self.same

    def canonical(self, name: str) -> str:
        """The leading writing of a name; the name itself when it is not known."""
        return self.same.get(name_key(name), name)

    def with_names(self, names: Iterable[str]) -> Vocabulary:
        """The vocabulary and further names, each leading itself unless it is known."""
        keyed = {name_key(name): name for name in dict.fromkeys(names) if len(name) > 1}
        added = {key: name for key, name in keyed.items() if key not in self.same}
        return Vocabulary(MappingProxyType({**self.same, **added})) if added else self

    def joined(self, pairs: Iterable[tuple[str, str]]) -> Vocabulary:
        """The vocabulary where each display name of `(display, id)` leads to its id."""
        joins = {name_key(display): identifier for display, identifier in pairs}
        return Vocabulary(MappingProxyType({**self.same, **joins})) if joins else self

    @classmethod
    def from_facts(cls, facts: Iterable[Fact]) -> Vocabulary:
        """The vocabulary that the stored facts of a source imply: their subjects, and the targets of aliases."""
        names: dict[str, str] = {}
        for fact in facts:
            if (
                fact.area in _NAMED_AREAS
                and fact.subject != "*"
                and "://" not in fact.subject
                and not fact.subject.startswith("/")
            ):
                if is_id(fact.subject) or fact.predicate in ("model.listed", "alias.target"):
                    names.setdefault(fact.subject_key, fact.subject)
                if display := fact.detail.get("display"):
                    names[name_key(display)] = fact.subject
        return cls(MappingProxyType(names))


NOTHING_KNOWN = Vocabulary()
