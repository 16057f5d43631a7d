"""The web console in a real browser: `make e2e`."""
