"""The health check of a container: `python -m monitor.ops.probe 127.0.0.1:9464` asks `/readyz`. Imports nothing heavy.

Exit status 0 when the process is ready, 1 when not, with the reasons on stderr.
"""

from __future__ import annotations

import http.client
import json
import sys

_PATIENCE_SECONDS = 8


def probe(address: str, path: str = "/readyz") -> int:
    """Ask the process at `address`; give the exit status."""
    connection = http.client.HTTPConnection(address, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read(100_000)
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"{address} does not answer: {str(error) or type(error).__name__}\n")
        return 1
    finally:
        connection.close()
    if answer.status != 200:
        sys.stderr.write(f"{address}{path} answers {answer.status}: {_reasons(body)}\n")
        return 1
    return 0


def _reasons(body: bytes) -> str:
    try:
        return " ".join(check["detail"] for check in json.loads(body)["checks"] if not check["ok"])
    except (ValueError, LookupError, TypeError):
        return body.decode(errors="replace").strip()[:200]


if __name__ == "__main__":
    sys.exit(probe(*sys.argv[1:]))
