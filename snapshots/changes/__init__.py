"""What differs, judged: the catalogue of change kinds and the values that carry a change."""
