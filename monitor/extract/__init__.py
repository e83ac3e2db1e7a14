"""Bytes become a document, a document becomes facts. Pure: no I/O, no clock."""
