"""One file for each group of pages: routes only. They ask `queries`, shape with `views`, and fill a template."""

from __future__ import annotations

from snapshots.web.pages import (
    change,
    conflict,
    deadline,
    delivery,
    held,
    inbox,
    login,
    provider,
    reader,
    search,
    silence,
    source,
    static,
    subject,
)

ROUTERS = (
    static.router,
    login.router,
    reader.router,
    inbox.router,
    change.router,
    subject.router,
    source.router,
    held.router,
    delivery.router,
    silence.router,
    deadline.router,
    conflict.router,
    provider.router,
    search.router,
)
