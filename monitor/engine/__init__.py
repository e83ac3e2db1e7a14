"""What drives the work: engines tick, the truth about work is in rows."""
