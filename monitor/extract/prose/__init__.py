"""Sentences and what they claim: aliases that point somewhere, things that end, modes that are shared out."""
