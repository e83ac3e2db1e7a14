"""Tells people: which changes reach whom, how the message reads, and that it arrives."""
