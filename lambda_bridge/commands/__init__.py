"""The commands of ``lambda-bridge``: each module has one, ``command``, and `lambda_bridge.cli` imports it when it is called."""
