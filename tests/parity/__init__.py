"""The same raw requests to real servers with an app, and through every format with its handler."""
