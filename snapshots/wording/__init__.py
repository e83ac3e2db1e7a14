"""Changes in words, the same in messages, on pages, in the API and in feeds. Pure: no clock, no I/O, no mark-up."""
