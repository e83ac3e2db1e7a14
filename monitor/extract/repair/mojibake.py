"""Mends UTF-8 that was read as Latin-1 or windows-1252 and saved again (`âœ“` for a tick)."""

from __future__ import annotations

import re

_CP1252 = {
    bytes([byte]).decode("cp1252"): byte for byte in range(0x80, 0xA0) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_BYTES = {chr(byte): byte for byte in range(0x80, 0x100)} | _CP1252
# A run starts with what a lead byte of UTF-8 became and goes on with what its continuation bytes became.
_RUN = re.compile(
    "(?:[\u00c2-\u00f4][" + "".join(re.escape(c) for c, b in _BYTES.items() if 0x80 <= b < 0xC0) + "]{1,3})+"
)
_SUSPECT = re.compile("[\u00c2-\u00f4]")
_ENOUGH = 0.9


def mend(text: str) -> tuple[str, int]:
    """The text with its runs decoded again, and how many there were.

    Only where it is certain: nearly every letter that could be a misread lead byte starts a run that is valid UTF-8.
    In real Latin text such letters stand alone (`café`), so a single coincidence changes nothing.
    """
    suspects = len(_SUSPECT.findall(text))
    if not suspects:
        return text, 0
    mended = 0

    def decode(match: re.Match[str]) -> str:
        nonlocal mended
        try:
            decoded = bytes(_BYTES[c] for c in match.group()).decode("utf-8")
        except UnicodeDecodeError:
            return match.group()
        mended += len(_SUSPECT.findall(match.group()))
        return decoded

    result = _RUN.sub(decode, text)
    return (result, mended) if mended >= suspects * _ENOUGH else (text, 0)
