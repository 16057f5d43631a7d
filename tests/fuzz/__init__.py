"""Broken events and odd responses: what they may never do, how they are made, and the search for more of them."""
