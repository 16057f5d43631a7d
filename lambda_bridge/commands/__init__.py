"""What the commands of ``lambda-bridge`` do; `lambda_bridge.cli` says how they are called, and imports each when it is."""
