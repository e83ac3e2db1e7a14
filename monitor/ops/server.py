"""A small HTTP server for processes that have no pages: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import structlog

from monitor.ops.answers import Operations
from snapshots.web.settings import Address

_log = structlog.get_logger(__name__)

_PATIENCE_SECONDS = 10
_MOST_AT_ONCE = 8


class BindError(Exception):
    """The address cannot be listened at; the message says why and what to do."""


class OperationsServer:
    """Serves `operations` at `address` in threads of its own; a context manager."""

    def __init__(self, operations: Operations, address: Address) -> None:
        """Take the port; nothing is answered yet.

        Raises:
            BindError: the port is taken, or the address is not one of this machine.
        """
        try:
            family = _Server6 if ":" in address.host else _Server
            self._server = family((address.host, address.port), _handler_for(operations))
        except OSError as error:
            where = f"{address.host}:{address.port}"
            message = f"{where} cannot be listened at ({error.strerror}). Name another place with --ops-bind."
            raise BindError(message) from error
        # A thread here must never keep the process from ending.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="operations", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens at, which the system chose when 0 was asked for."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        _log.info("operations-served", port=self.port)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        self._room = threading.BoundedSemaphore(_MOST_AT_ONCE)
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread, but only so many at a time: who asks without end must not use up the threads."""
        if self._room.acquire(timeout=_PATIENCE_SECONDS):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """The thread of one connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the signature is the base's
        """Log a fault of ours; clients that hang up are no news."""
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, TimeoutError)):
            _log.error("operations-fault", error=repr(error), exc_info=error)


class _Server6(_Server):
    address_family = socket.AF_INET6


def _handler_for(operations: Operations) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE_SECONDS
        server_version = "headwater"
        sys_version = ""

        def do_GET(self) -> None:
            answer = operations.answer(self.path)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_HEAD = do_GET  # noqa: N815 - the base class names it so

        def log_message(self, *_args: object) -> None:
            """Say nothing: probes come every few seconds."""

    return Handler
