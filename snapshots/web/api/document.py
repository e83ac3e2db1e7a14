"""The OpenAPI 3.1 document: what FastAPI knows, with the errors and scopes that hold everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from snapshots.tokens import Scope
from snapshots.web import sessions
from snapshots.web.api.callers import CSRF_HEADER, SCOPES
from snapshots.web.api.problems import MEDIA_TYPE, Problem

VERSION = "1"
_ABOUT = (
    "Everything the review pages and the command line can do with the store. Values that upstream documents wrote are "
    "given as they are: show them as text. Times are UTC."
)
_ERRORS = {
    "400": "The body is no text.",
    "401": "Nobody is named, or by a token that does not work.",
    "403": "The caller may not do this, or a browser sent no form token.",
    "404": "There is no such thing.",
    "409": "A faster colleague decided, or it is being worked on.",
    "413": "The request is too large.",
    "421": "This is not a name under which the service answers.",
    "422": "A part of the request is not as it must be.",
    "429": "Too many tokens that do not work came from this address.",
    "500": "A fault of the service; its log tells more.",
    "501": "This server was started without what that needs.",
}


def document(app: FastAPI, routers: Iterable[APIRouter]) -> dict[str, Any]:
    """The whole document of an application whose routes are those of `routers`."""
    told = get_openapi(
        title="headwater", version=VERSION, openapi_version="3.1.0", description=_ABOUT, routes=app.routes
    )
    told["servers"] = [{"url": "/api/v1"}]
    schemas = told["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    told["components"]["responses"] = {
        f"Problem{status}": {"description": says, "content": content} for status, says in _ERRORS.items()
    }
    told["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "`headwater tokens add`"},
        "session": {"type": "apiKey", "in": "cookie", "name": sessions.COOKIE},
    }
    for route in (route for router in routers for route in router.routes):
        if isinstance(route, APIRoute):
            for method in route.methods or ():
                _complete(told["paths"][route.path_format][method.lower()], _scope(route.dependant), method)
    return told


def _complete(operation: dict[str, Any], scope: Scope, method: str) -> None:
    operation["security"] = [{"token": [scope.value]}, {"session": [scope.value]}]
    for status in _ERRORS:
        operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    if method == "GET":
        operation["responses"]["304"] = {"description": "The client has it already (If-None-Match)."}
        good = operation["responses"]["200"]
        good["headers"] = {"ETag": {"schema": {"type": "string"}}}
    else:
        name = CSRF_HEADER.title().replace("Csrf", "CSRF")
        operation["description"] = f"{operation.get('description', '')} Browsers with a session send {name}.".strip()


def _scope(dependant: Dependant) -> Scope:
    """The largest scope that an operation asks for."""
    order = list(Scope)
    found = [SCOPES[dependant.call]] if dependant.call in SCOPES else []
    return max((*found, *(_scope(inner) for inner in dependant.dependencies)), key=order.index, default=Scope.FEED)
