"""Remembers: versions, facts with both time axes, changes and their catalogue, the outbox and deliveries as rows.

Tables, transactions and bytes (`tables`, `store`, `blobs`) live here, and the pure comparison of two readings
(`changes`). Imports neither of the other rooms.
"""
