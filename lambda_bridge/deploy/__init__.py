"""The way to the cloud: files of its own tools, a package that it takes, what that weighs, and how long it takes to start."""
