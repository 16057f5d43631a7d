"""One small app in four forms; what it answers is the same in all."""
