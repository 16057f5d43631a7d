"""``python -m lambda_bridge`` is the command ``lambda-bridge``."""

from lambda_bridge.cli import main

main(prog_name="lambda-bridge")
