"""Looks upstream: fetches documents on a schedule, reads them, and puts the service together.

May import `snapshots`. Only the composition root (`monitor.app`, `monitor.cli`, `monitor.demo`) imports `alerts`.
"""
