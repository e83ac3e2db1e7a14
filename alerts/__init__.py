"""Tells people: which changes reach whom, how the message reads, and that it arrives.

Routes and grouping (`rules`) and wording (`render`) are pure; `dispatch` turns outbox events into deliveries, `deliver`
sends what is due and records the answer, and `channels` holds one file for each kind of channel. May import
`snapshots`, never `monitor`.
"""
