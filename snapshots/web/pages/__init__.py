"""One file for each group of pages: routes only. They ask `queries`, shape with `views`, and fill a template."""

from __future__ import annotations

from snapshots.web.pages import change, delivery, inbox, login, reader, source, static, subject

ROUTERS = (
    static.router,
    login.router,
    reader.router,
    inbox.router,
    change.router,
    subject.router,
    source.router,
    delivery.router,
)
