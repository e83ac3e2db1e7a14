"""Element trees: how they are made, walked, and collected into blocks."""
