"""From what was read to what a template shows: words, times, marks. Pure: no database, no request."""
