"""Going as far as a message would, and sending none: what `headwater doctor` asks of channels behind a web address."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

from alerts.channels.transport import TIMEOUT_SECONDS
from alerts.channels.verdicts import of_exception


def reach_host(url: str) -> str:
    """Connect as for a message and part before the request, which would carry a secret; tell what was seen.

    Raises:
        DeliveryError: the host cannot be reached, or its certificate is not trusted; the address stays untold.
    """
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    try:
        with socket.create_connection((host, parts.port or (443 if secure else 80)), TIMEOUT_SECONDS) as connection:
            if secure:
                ssl.create_default_context().wrap_socket(connection, server_hostname=host).close()
    except Exception as error:  # noqa: BLE001 - every failure becomes a typed one
        raise of_exception(error, host) from None
    return f"{host} answers; whether it takes the secret only a message tells"
