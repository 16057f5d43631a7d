"""The local gateway: real HTTP in front of a handler, with each cloud's events in between."""
