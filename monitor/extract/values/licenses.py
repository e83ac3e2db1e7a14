"""Licenses: names, identifiers and texts to one identifier; what is not standard keeps the provider's own name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

_KNOWN: tuple[tuple[str, str], ...] = (
    (r"apache(?: software)?(?: license)?[\s,_-]*(?:version)?[\s_-]*v?2(?:\.0)?", "Apache-2.0"),
    (r"\bmodified[\s_-]+mit\b|\bmit[\s_-]+modified\b", "modified-MIT"),
    (r"\bmit\b", "MIT"),
    (r"bsd[\s-]*3(?:-clause)?|3-clause bsd", "BSD-3-Clause"),
    (r"bsd[\s-]*2(?:-clause)?|2-clause bsd", "BSD-2-Clause"),
    (r"cc[\s-]*by[\s-]*nc[\s-]*sa(?:[\s-]*(\d\.\d))?", "CC-BY-NC-SA-{}"),
    (r"cc[\s-]*by[\s-]*nc[\s-]*nd(?:[\s-]*(\d\.\d))?", "CC-BY-NC-ND-{}"),
    (r"cc[\s-]*by[\s-]*nc(?:[\s-]*(\d\.\d))?", "CC-BY-NC-{}"),
    (r"cc[\s-]*by[\s-]*sa(?:[\s-]*(\d\.\d))?", "CC-BY-SA-{}"),
    (r"cc[\s-]*by(?:[\s-]*(\d\.\d))?", "CC-BY-{}"),
    (r"cc0(?:[\s-]*1\.0)?", "CC0-1.0"),
    (r"\bagpl[\s-]*v?3(?:\.0)?|gnu affero", "AGPL-3.0"),
    (r"\blgpl[\s-]*v?(?:2\.1|3)(?:\.0)?", "LGPL-3.0"),
    (r"\bgpl[\s-]*v?3(?:\.0)?", "GPL-3.0"),
    (r"\bgpl[\s-]*v?2(?:\.0)?", "GPL-2.0"),
    (r"\bmpl[\s-]*2(?:\.0)?|mozilla public license", "MPL-2.0"),
    (r"openrail\+\+|\bopenrail\b", "OpenRAIL"),
    (r"\bunlicense\b", "Unlicense"),
)
_NAMED = re.compile(
    r"(?:(?<![\w.+-])[A-Z0-9][\w.+-]{0,40}\s+){1,7}?(?:Community\s+)?(?:Licen[sc]e(?:\s+Agreement)?|Agreement)(?:\s+v?\d(?:\.\d)?)?"
)
_TEXTS = tuple(
    (re.compile(pattern), identifier)
    for pattern, identifier in (
        (r"permission is hereby granted, free of charge, to any person obtaining a copy", "MIT"),
        (r"apache license\s+version 2\.0", "Apache-2.0"),
        (r"redistribution and use in source and binary forms.*neither the name", "BSD-3-Clause"),
        (r"redistribution and use in source and binary forms", "BSD-2-Clause"),
        (r"gnu affero general public license", "AGPL-3.0"),
        (r"gnu general public license\s+version 3", "GPL-3.0"),
        (r"mozilla public license version 2\.0", "MPL-2.0"),
        (r"creative commons attribution 4\.0", "CC-BY-4.0"),
    )
)
_TITLE = re.compile(
    r"licen[sc]e|agreement|terms (?:of (?:use|service)|and conditions)|use policy|许可|协议|条款", re.IGNORECASE
)
# A title in capitals, with what the line after it says run into it.
_CAPITALS = re.compile(r"(?:[A-Z0-9][A-Z0-9.&'-]*\s+){1,8}(?:LICEN[SC]E(?:\s+AGREEMENT)?|AGREEMENT)(?=\s+[A-Z]?[a-z])")
_FAMILY = re.compile(r"apache|\bmit\b|\bbsd\b|\bgnu\b|mozilla|creative commons", re.IGNORECASE)
_TERMS = re.compile(
    r"hereby grants?|licensor|licensee|redistribut|derivative works?|without warrant|liabilit|sublicens"
    r"|许可方|授予|衍生作品",
    re.IGNORECASE,
)
_LEAST_TERMS = 3
_LONGEST_HEAD = 20_000
# The last words of the MIT License (https://spdx.org/licenses/MIT.html); what follows them is a clause of one's own.
_MIT_ENDS = "other dealings in the software."
_LEAST_CLAUSE = 12
_LONGEST_TITLE = 100
_MODIFIED = re.compile(
    r"our only modification|modified (?:version of the )?mit|with the following (?:additional|modif)"
    r"|subject to the following (?:additional|modif)",
    re.IGNORECASE,
)


def license_id(text: str) -> str | None:
    """The identifier in a short text (a name, a badge, a sentence's object); None when none is named."""
    lower = text.casefold().replace("_", " ")
    for pattern, identifier in _KNOWN:
        match = re.search(pattern, lower)
        if match:
            if "{}" in identifier:
                return identifier.format(match[1] or "4.0")
            return identifier
    return None


def license_name(text: str) -> str | None:
    """A license named in words (`Example Community License Agreement 2.1`)."""
    match = _NAMED.search(text)
    if match is None:
        return None
    name = re.sub(r"^(?:The|This|Our|A|An|See|Code)\s+", "", re.sub(r"\s+", " ", match[0])).strip()
    return name if len(name.split()) > 1 else None


def license_of_title(heads: Sequence[str], text: str, *, expected: bool = False) -> str | None:
    """The name of a provider's own license, from the first lines of its text; None for standard licenses and for texts
    that only speak of licenses, unless a license is what is `expected`.
    """
    for head in heads:
        line = re.sub(r"\s+", " ", head.strip().split("\n", 1)[0]).strip("# *")
        line = found[0] if (found := _CAPITALS.match(line)) else line
        if len(line) <= _LONGEST_TITLE and _TITLE.search(line) and not line.endswith((".", "。", ":")):
            if license_id(line) or _FAMILY.search(line) or not (expected or _has_terms(text)):
                return None
            name = re.sub(r"^(?:the|this)\s+", "", line, flags=re.IGNORECASE)
            name = re.sub(r"(?<=licen[sc]e)\s+agreement\b", "", name, flags=re.IGNORECASE)
            name = re.sub(r"\bversion\s+(?=\d)", "", name, flags=re.IGNORECASE)
            return name.title() if name.isupper() else name
    return None


def _has_terms(text: str) -> bool:
    """Whether a text has the words that licenses are written with, not only the word license."""
    found = islice(_TERMS.finditer(text, 0, _LONGEST_HEAD), _LEAST_TERMS)
    return len(list(found)) == _LEAST_TERMS


def license_of_text(text: str) -> str | None:
    """The license whose body a document reproduces; an added clause makes it the modified one."""
    lower = " ".join(text.casefold().split())
    for pattern, identifier in _TEXTS:
        if pattern.search(lower):
            added = identifier == "MIT" and len(lower.partition(_MIT_ENDS)[2].split()) > _LEAST_CLAUSE
            return f"modified-{identifier}" if added or _MODIFIED.search(lower) else identifier
    return None
