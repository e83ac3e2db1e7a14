"""Looks upstream: fetches documents on a schedule, reads them, and puts the service together.

`fetch` gets bytes, `extract` reads them as facts, `evaluate` judges them without any I/O, `pipeline` does one check
from claim to commit, `engine` drives it. May import `snapshots`; only the composition root (`monitor.app`,
`monitor.wiring`, `monitor.cli`, `monitor.upper`) imports `alerts`.
"""
