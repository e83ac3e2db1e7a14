"""When to look: the pure policy of `next_check_at`, and the leases under which a source is checked."""
