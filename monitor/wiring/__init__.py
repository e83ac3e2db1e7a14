"""From a configuration to the parts of the service: each part read off the settings, with its secrets.

With `monitor.app` and the command line it is the composition root; `configuration` and `alerting` know the alerts room.
"""
