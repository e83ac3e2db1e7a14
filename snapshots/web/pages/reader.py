"""What a reader sets for the own browser: zone, scheme, single keys; and the list of keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends
from starlette.responses import Response

from snapshots.web.visit import (
    KEYS_COOKIE,
    SCHEME_COOKIE,
    SCHEMES,
    YEAR_SECONDS,
    ZONE_COOKIE,
    Visit,
    form_of,
    see_other,
    set_cookie,
    visit_of,
)

router = APIRouter()


@router.get("/reader")
def reader(visit: Annotated[Visit, Depends(visit_of)], saved: str = "") -> Response:
    """The form, and the keys."""
    with visit.services.database.reading() as session:
        return visit.render(
            session,
            "reader.html.j2",
            room="reader",
            title="Your view",
            saved=bool(saved),
            zones=sorted(available_timezones()),
        )


@router.post("/reader")
def set_reader(
    visit: Annotated[Visit, Depends(visit_of)], fields: Annotated[Mapping[str, str], Depends(form_of)]
) -> Response:
    """Keep the choices as cookies of this browser."""
    answer = see_other("/reader?saved=1")
    scheme, zone = fields.get("scheme", ""), fields.get("zone", "")
    chosen = {
        SCHEME_COOKIE: scheme if scheme in SCHEMES else "",
        ZONE_COOKIE: zone if zone in available_timezones() else "",
        KEYS_COOKIE: "" if fields.get("keys") == "on" else "off",
    }
    for name, value in chosen.items():
        if value:
            set_cookie(answer, visit.services, name, value, max_age=YEAR_SECONDS)
        else:
            answer.delete_cookie(name)
    return answer
