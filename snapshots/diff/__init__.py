"""Differences between two versions that need no knowledge of providers: facts and passages; pure."""
