"""The queues of the distributed engine. They stand apart so that the command line can name them without its library."""

from __future__ import annotations

CHECKS, DELIVERIES = "checks", "deliveries"
QUEUES = (CHECKS, DELIVERIES)
