"""Puts right what pasting, crawling and conversion did to a text, where that is certain."""
