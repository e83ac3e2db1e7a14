"""Slack's documented limits (https://docs.slack.dev/reference/block-kit/blocks): what it would not take.

50 blocks, a header of 150 characters, sections of 3,000, ten fields of 2,000, ten context elements.
"""

from __future__ import annotations


def reason_to_refuse(payload: object) -> str | None:
    """Slack's word for a payload it would not take, `None` for a good one."""
    if not isinstance(payload, dict):
        return "invalid_payload"
    blocks = payload.get("blocks")
    if not payload.get("text") and not blocks:
        return "no_text"
    if blocks is None:
        return None
    if not isinstance(blocks, list) or len(blocks) > 50:
        return "invalid_blocks"
    return None if all(_is_good_block(block) for block in blocks) else "invalid_blocks"


def _is_good_block(block: object) -> bool:
    if not isinstance(block, dict):
        return False
    match block.get("type"):
        case "header":
            return _is_text(block.get("text"), 150, kinds=("plain_text",))
        case "section":
            fields = block.get("fields", [])
            has_text = "text" in block and _is_text(block["text"], 3_000)
            good_fields = isinstance(fields, list) and len(fields) <= 10 and all(_is_text(one, 2_000) for one in fields)
            return good_fields and (has_text or ("text" not in block and bool(fields)))
        case "context":
            elements = block.get("elements")
            return (
                isinstance(elements, list) and 0 < len(elements) <= 10 and all(_is_text(one, 3_000) for one in elements)
            )
        case "actions":
            elements = block.get("elements")
            return isinstance(elements, list) and 0 < len(elements) <= 25 and all(map(_is_good_button, elements))
        case "divider":
            return True
    return False


def _is_text(value: object, most: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> bool:
    if not isinstance(value, dict) or value.get("type") not in kinds:
        return False
    text = value.get("text")
    return isinstance(text, str) and 0 < len(text) <= most


def _is_good_button(element: object) -> bool:
    """A button (https://docs.slack.dev/reference/block-kit/block-elements/button-element); we send no others."""
    if not isinstance(element, dict) or element.get("type") != "button":
        return False
    url, action, style = element.get("url", ""), element.get("action_id", ""), element.get("style", "primary")
    short = isinstance(url, str) and len(url) <= 3_000 and isinstance(action, str) and len(action) <= 255
    return short and style in ("primary", "danger") and _is_text(element.get("text"), 75, kinds=("plain_text",))
