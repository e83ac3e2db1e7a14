"""OpenAPI documents: servers, operations, deprecated flags, parameters, answers, and the models of enumerations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from monitor.extract.document import Block, Tree
from monitor.extract.facts.page import Page
from snapshots.facts import Fact

_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
_DEPTH = 4


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
            yield from _models(page, block, root.get("components") or root.get("definitions"), (), 0)


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
        "true",
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


def _models(page: Page, block: Block, tree: Tree, path: tuple[str, ...], depth: int) -> Iterator[Fact]:
    if depth > 12:
        return
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            if key == "model" and isinstance(value, Mapping) and path and path[-1] == "properties":
                for name in _enums(value):
                    yield page.fact(name, "model.listed", "true", block, f"{'.'.join(path[-4:])}.model: {name}")
            else:
                yield from _models(page, block, value, (*path, str(key)), depth + 1)
    elif isinstance(tree, list):
        for value in tree:
            yield from _models(page, block, value, path, depth + 1)


def _enums(schema: Mapping[str, Tree]) -> Iterator[str]:
    values = schema.get("enum")
    yield from (value for value in (values if isinstance(values, list) else []) if isinstance(value, str))
    for key in ("anyOf", "oneOf"):
        options = schema.get(key)
        for option in options if isinstance(options, list) else []:
            if isinstance(option, Mapping):
                yield from _enums(option)


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
