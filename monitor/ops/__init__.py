"""Running it for real: what operators and their tools ask a process, and what it tells its supervisor."""
