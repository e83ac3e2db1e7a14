"""Caring for the store: is it whole, what does it take, copies of it, and what may be let go."""
