"""One file for each format a document comes in, and what belongs to it."""
