"""Tables: from cells with spans to what each cell is about."""
