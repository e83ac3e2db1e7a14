"""Parsed versions, kept for a while: bytes never change, and the same two are looked at again and again."""

from __future__ import annotations

import threading
from collections import OrderedDict

from snapshots.diff.sheets import Sheet
from snapshots.web.contracts import ReadSheet, UnreadableError
from snapshots.web.queries.change import StoredVersion

_MOST_KEPT = 32
# A page larger than this is offered as bytes; parsing it would take longer than anybody waits for a page.
LARGEST_SHOWN = 2_000_000


class Sheets:
    """Reads versions through `read`, safe to share between threads."""

    def __init__(self, read: ReadSheet) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str], Sheet] = OrderedDict()

    def of(self, version: StoredVersion) -> Sheet:
        """The document of a version.

        Raises:
            UnreadableError: its bytes are gone, too many, or no document.
        """
        if version.body is None:
            raise UnreadableError("The bytes of this version are no longer kept; what was read from them still is.")
        if len(version.body) > LARGEST_SHOWN:
            raise UnreadableError(f"This version has {len(version.body):,} bytes, too many to show as a page.")
        key = (version.digest, version.content_type, version.final_url)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        sheet = self._read(version.body, version.content_type, version.final_url)
        with self._lock:
            self._kept[key] = sheet
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return sheet
