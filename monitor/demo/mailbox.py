"""What the mail catcher kept, as pages: a list, each mail as people see it, and JSON for programs.

Mails hold quotations of documents, so they are shown as hostile: escaped, and their own HTML in a sandbox without
scripts and without requests.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from http.server import BaseHTTPRequestHandler

from monitor.demo.listening import Listener
from monitor.demo.receivers import Mail, SmtpCatcher

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'"
_SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
_PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    "<title>Mails</title><style>"
    "body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}"
    "iframe{{width:100%;height:80vh;border:1px solid #999}}</style>{body}</html>"
)


class Mailbox(Listener):
    """Serves what `catcher` kept at `bind`; a context manager."""

    def __init__(self, catcher: SmtpCatcher, bind: tuple[str, int]) -> None:
        super().__init__(_handler_for(catcher), bind)


def page(mails: Sequence[Mail], path: str) -> tuple[str, str, str] | None:
    """Content type, policy and text for a path; `None` where there is nothing. Mails are counted from 1."""
    match path.strip("/").split("/"):
        case [""]:
            return "text/html", _POLICY, _PAGE.format(body=_list(mails))
        case ["mails.json"]:
            return "application/json", _SANDBOX, json.dumps([_summary(mail) for mail in mails], ensure_ascii=False)
        case [number, *view] if number.isascii() and number.isdigit() and 0 < int(number) <= len(mails):
            return _one(mails[int(number) - 1], int(number), view)
    return None


def _list(mails: Sequence[Mail]) -> str:
    if not mails:
        return "<h1>No mail yet</h1><p>The first comes when every source was read once. Load the page again."
    rows = (
        f"<li value={n}><a href='/{n}'>{escape(str(mail.message['Subject']))}</a>" for n, mail in enumerate(mails, 1)
    )
    count = f"{len(mails):,} mail{'' if len(mails) == 1 else 's'}"
    return f"<h1>{count}</h1><ol reversed>{''.join(reversed(list(rows)))}</ol>"


def _one(mail: Mail, number: int, view: Sequence[str]) -> tuple[str, str, str] | None:
    match view:
        case []:
            title = escape(str(mail.message["Subject"]))
            body = (
                f"<p><a href='/'>All mails</a><h1>{title}</h1><iframe sandbox title=Mail src='/{number}/html'></iframe>"
            )
            return "text/html", _POLICY, _PAGE.format(body=body)
        case ["html"]:
            return "text/html", _SANDBOX, _part(mail, "html")
        case ["text"]:
            return "text/plain", _SANDBOX, _part(mail, "plain")
    return None


def _part(mail: Mail, kind: str) -> str:
    found = mail.message.get_body(preferencelist=(kind,))
    return str(found.get_content()) if found is not None else ""


def _summary(mail: Mail) -> dict[str, object]:
    message = mail.message
    return {
        "subject": str(message["Subject"]),
        "to": mail.recipients,
        "delivery": str(message["X-Headwater-Delivery"] or ""),
        "text": _part(mail, "plain"),
    }


def _handler_for(catcher: SmtpCatcher) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10
        server_version = "headwater"
        sys_version = ""

        def do_GET(self) -> None:
            found = page(tuple(catcher.mails), self.path.partition("?")[0])
            kind, policy, text = found or ("text/plain", _SANDBOX, "There is no such mail.\n")
            body = text.encode(errors="replace")
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", policy)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing: the mails are the record."""

    return Handler
