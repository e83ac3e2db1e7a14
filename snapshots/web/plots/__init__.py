"""Plots as SVG made by the server: x in percent, y in pixels, no styles, no scripts. Pure.

There is no view box, so that text keeps its size at every width; classes carry the colours. Every number a plot shows
stands in the table beside it.
"""
