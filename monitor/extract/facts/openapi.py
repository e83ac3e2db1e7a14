"""OpenAPI documents: servers, operations, deprecated flags, parameters, answers, and the models of enumerations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from monitor.extract.document import Block, Tree
from monitor.extract.facts.page import Page
from snapshots.facts import Fact

_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
_DEPTH = 4
_DEEPEST = 14
_MODEL_KEY = re.compile(r"(?:\w+_)?models?(?:_ids?|_names?)?|engine", re.IGNORECASE)


def read_openapi(page: Page) -> Iterator[Fact]:
    """`endpoint.*` facts of operations (subject `POST /path`), `lifecycle.status`, `model.listed` of `model` enums."""
    for block in page.document.blocks:
        root = block.tree
        if (
            isinstance(root, Mapping)
            and isinstance(root.get("paths"), Mapping)
            and ("openapi" in root or "swagger" in root)
        ):
            yield from _servers(page, block, root)
            paths = root["paths"]
            assert isinstance(paths, Mapping)
            for path, item in paths.items():
                if isinstance(item, Mapping):
                    for method in _METHODS:
                        operation = item.get(method)
                        if isinstance(operation, Mapping):
                            yield from _operation(page, block, root, f"{method.upper()} {path}", item, operation)
            yield from _models(page, block, root)


def _servers(page: Page, block: Block, root: Mapping[str, Tree]) -> Iterator[Fact]:
    servers = root.get("servers")
    for server in servers if isinstance(servers, list) else []:
        url = server.get("url") if isinstance(server, Mapping) else None
        if isinstance(url, str) and url:
            yield page.fact(url.rstrip("/"), "endpoint.base_url", url.rstrip("/"), block, f"servers: {url}")


def _operation(
    page: Page,
    block: Block,
    root: Mapping[str, Tree],
    name: str,
    item: Mapping[str, Tree],
    operation: Mapping[str, Tree],
) -> Iterator[Fact]:
    told = operation.get("operationId") or operation.get("summary") or ""
    yield page.fact(
        name,
        "endpoint.operation",
        name.partition(" ")[2],
        block,
        f"{name}: {told}",
        detail={"operation": str(operation.get("operationId") or "")},
    )
    if operation.get("deprecated") is True:
        yield page.fact(name, "lifecycle.status", "deprecated", block, f"{name}: deprecated: true")
    for parameter, required in _parameters(root, item, operation):
        yield page.fact(
            name,
            "endpoint.parameter",
            "required" if required else "optional",
            block,
            f"{name}: {parameter}",
            qualifier=parameter,
        )
    if answer := _answer(root, operation):
        yield page.fact(
            name, "endpoint.response", answer, block, f"{name}: {answer}", key=re.sub(r"\{.+\}", "{}", answer)
        )


def _parameters(
    root: Mapping[str, Tree], item: Mapping[str, Tree], operation: Mapping[str, Tree]
) -> Iterator[tuple[str, bool]]:
    for source in (item.get("parameters"), operation.get("parameters")):
        for raw in source if isinstance(source, list) else []:
            parameter = _resolved(root, raw)
            if parameter and isinstance(parameter.get("name"), str):
                yield str(parameter["name"]), parameter.get("required") is True
    schema = _body_schema(root, operation.get("requestBody"))
    if schema is not None:
        properties, required = schema.get("properties"), schema.get("required")
        for name in properties if isinstance(properties, Mapping) else {}:
            yield str(name), isinstance(required, list) and name in required


def _body_schema(root: Mapping[str, Tree], body: Tree) -> Mapping[str, Tree] | None:
    content = (_resolved(root, body) or {}).get("content")
    for media in content.values() if isinstance(content, Mapping) else []:
        if isinstance(media, Mapping):
            return _resolved(root, media.get("schema"))
    return None


def _answer(root: Mapping[str, Tree], operation: Mapping[str, Tree]) -> str:
    responses = operation.get("responses")
    for status, raw in responses.items() if isinstance(responses, Mapping) else []:
        if not str(status).startswith("2"):
            continue
        content = (_resolved(root, raw) or {}).get("content")
        if isinstance(content, Mapping) and content:
            media = next(iter(content))
            inner = content[media]
            schema = _resolved(root, inner.get("schema")) if isinstance(inner, Mapping) else None
            required = schema.get("required") if schema else None
            fields = ", ".join(sorted(map(str, required))) if isinstance(required, list) else ""
            return f"{media} {{{fields}}}" if fields else str(media)
    return ""


def _models(page: Page, block: Block, root: Mapping[str, Tree]) -> Iterator[Fact]:
    """The ids that properties and parameters called `model` may hold: `model`, `speech_model`, `model_id`, `engine`."""
    listed: set[str] = set()
    stack: list[tuple[Tree, tuple[str, ...]]] = [(root, ())]
    while stack:
        node, path = stack.pop()
        if isinstance(node, list):
            stack.extend((value, path) for value in reversed(node))
        if not isinstance(node, Mapping) or len(path) > _DEEPEST:
            continue
        schemas = [(str(key), value) for key, value in node.items() if path and path[-1] == "properties"]
        if isinstance(name := node.get("name"), str) and "schema" in node:
            schemas.append((name, node["schema"]))
        for key, schema in schemas:
            if _MODEL_KEY.fullmatch(key):
                for value in _enums(root, schema, 0):
                    if value not in listed:
                        listed.add(value)
                        yield page.fact(value, "model.listed", "true", block, f"{'.'.join((*path[-4:], key))}: {value}")
        stack.extend((value, (*path, str(key))) for key, value in reversed(list(node.items())))


def _enums(root: Mapping[str, Tree], node: Tree, depth: int) -> Iterator[str]:
    schema = _resolved(root, node)
    if schema is None or depth > _DEPTH:
        return
    values = schema.get("enum")
    yield from (value for value in (values if isinstance(values, list) else []) if isinstance(value, str))
    if isinstance(only := schema.get("const"), str):
        yield only
    yield from _enums(root, schema.get("items"), depth + 1)
    for key in ("anyOf", "oneOf", "allOf"):
        options = schema.get(key)
        for option in options if isinstance(options, list) else []:
            yield from _enums(root, option, depth + 1)


def _resolved(root: Mapping[str, Tree], node: Tree) -> Mapping[str, Tree] | None:
    for _ in range(_DEPTH):
        if not isinstance(node, Mapping):
            return None
        pointer = node.get("$ref")
        if not isinstance(pointer, str) or not pointer.startswith("#/"):
            return node
        found: Tree = root
        for part in pointer[2:].split("/"):
            found = found.get(part) if isinstance(found, Mapping) else None
        node = found
    return None
