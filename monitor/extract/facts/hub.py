"""The entry of a model's repository on a hub: what it is made of, its size, its commit, and who is let in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from monitor.extract.document import Block, BlockKind, Tree
from monitor.extract.facts.page import Page
from snapshots.facts import Fact, name_key

_GATES = frozenset({"auto", "manual"})


def hub_entry(page: Page) -> tuple[Block, Mapping[str, Tree]] | None:
    """The block and the entry of a hub, where the document holds one."""
    for block in page.document.blocks:
        tree = block.tree
        if block.kind is BlockKind.DATA and isinstance(tree, Mapping) and {"id", "revision", "gated"} <= tree.keys():
            return block, tree
    return None


def read_hub(page: Page) -> Iterator[Fact]:
    """`model.listed`, `.base_model`, `.parameters` and `.revision`; `limit.context_window` and `limit.gated`."""
    found = hub_entry(page)
    if found is None or not isinstance(subject := found[1]["id"], str):
        return
    block, entry = found
    yield page.fact(subject, "model.listed", "true", block, f"id: {subject}")
    stated = entry.get("base_model")
    bases = [base for base in (stated if isinstance(stated, list) else [stated]) if isinstance(base, str) and base]
    if bases:
        value = ", ".join(sorted(bases))
        yield page.fact(subject, "model.base_model", value, block, f"base_model: {value}")
    for name, predicate in (("parameters", "model.parameters"), ("context_length", "limit.context_window")):
        count = entry.get(name)
        if isinstance(count, int) and not isinstance(count, bool):
            yield page.fact(subject, predicate, str(count), block, f"{name}: {count}")
    if isinstance(commit := entry.get("revision"), str):
        yield page.fact(subject, "model.revision", commit, block, f"revision: {commit}", key=name_key(commit))
    gate = entry.get("gated")
    value = gate if isinstance(gate, str) and gate in _GATES else "true" if gate is True else "false"
    yield page.fact(subject, "limit.gated", value, block, f"gated: {value}")
