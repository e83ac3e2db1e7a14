"""Slack's buttons: decisions that people take in the message that told them."""
