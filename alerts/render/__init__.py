"""Changes to messages: words, the message itself, and its forms for Slack and e-mail. Pure: no clock, no I/O."""
