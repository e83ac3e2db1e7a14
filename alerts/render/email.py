"""A message or digest as mail: subject, HTML, and the plain twin that is complete without it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from alerts.render.escape import header_safe
from alerts.render.model import MARKS, MOST_CHANGES, Digest, Message
from alerts.render.plaintext import digest_text, message_text
from snapshots.wording.spans import capitalised, quoted

_SANS = "font-family:'Segoe UI', -apple-system, Inter, Roboto, 'Noto Sans', 'Liberation Sans', sans-serif;"
_MONO = "font-family:ui-monospace, 'SF Mono', 'Cascadia Mono', 'JetBrains Mono', 'Noto Sans Mono', Consolas, monospace;"


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail says: a `subject` safe for a header, `text` and `html` for multipart/alternative."""

    subject: str
    text: str
    html: str


def mail(message: Message | Digest) -> Mail:
    """The mail of a message or digest; HTML under 60 KB, because clients cut longer mails."""
    if isinstance(message, Digest):
        subject = header_safe(message.subject)
        html = _render("digest.html.j2", subject=subject, preheader=message.headline, digest=message)
        return Mail(subject, digest_text(message), html)
    # Mail programs tell a conversation by its subject as well as by its references.
    subject = header_safe(message.conversation or message.headline)
    html = _render(
        "incident.html.j2",
        subject=subject,
        preheader=message.lead,
        message=message,
        quote=quoted(message.quote, message.telling),
        advice=capitalised(message.advice),
    )
    return Mail(subject, message_text(message), html)


def _render(template: str, **context: object) -> str:
    return _environment().get_template(template).render(context)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("alerts.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(sans=_SANS, mono=_MONO, marks=MARKS, most=MOST_CHANGES - 1)
    return environment
