"""The HTTP side of the loopback Discord: what a bot's requests meet, one file per kind of thing.

`door.py` is what every request passes (host, user agent, faults, token, rate limits, errors); the others are handlers.
"""
