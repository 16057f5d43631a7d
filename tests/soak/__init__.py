"""Very many invocations of the examples in one process: `make soak`."""
