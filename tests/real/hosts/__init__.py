"""Programs of the tests that run inside a runtime's own environment: what hosts the runtime there."""
