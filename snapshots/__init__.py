"""Remembers: versions, facts with both time axes, changes and their catalogue, the outbox and deliveries as rows.

Imports neither of the other rooms.
"""
