"""One logger, ``lambda_bridge``; imported by those who have something to say, as logging costs 5 ms.

The package never configures logging. Messages hold no header and no body.
"""

from __future__ import annotations


def log_error(message: str, error: BaseException | None = None) -> None:
    """Log *message*, with the traceback of *error*; without a handler it goes to standard error."""
    import logging

    logging.getLogger("lambda_bridge").error(message, exc_info=error)


def log_warning(message: str) -> None:
    """Log *message* as a warning."""
    import logging

    logging.getLogger("lambda_bridge").warning(message)
