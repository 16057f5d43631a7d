"""`python -m tests.parity [--seed N] [--count N] [--only N]`: whether servers and clouds agree on generated requests.

At the end the differences that no row of `losses.py` explains, and the rows that explained nothing. A request is
generated again, alone and shown, from its seed and number: `make parity SEED=1 ONLY=17`.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time

from lambda_bridge import formats
from lambda_bridge.testing import FORMATS
from tests.parity.generator import make_answer, make_request
from tests.parity.losses import LOSSES
from tests.parity.run import idle, run

FEWEST = 2000
"""Requests to each format, at least, of a whole run."""
SHOWN = 40
"""Kinds of differences."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.parity", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="whose requests (1)")
    parser.add_argument(
        "--count", type=int, default=2150, help="how many requests (2150, of which servers refuse some)"
    )
    parser.add_argument("--only", type=int, help="this request alone, shown as it goes over the wire")
    options = parser.parse_args()
    numbers = range(options.count) if options.only is None else [options.only]
    if options.only is not None:
        print(ascii(make_request(options.seed, options.only).raw[:4000]))
        print(ascii(make_answer(options.seed, options.only))[:4000])
    # What the handlers say of cookies that a cloud does not pass on is said thousands of times.
    logging.getLogger("lambda_bridge").setLevel(logging.CRITICAL)
    began = time.monotonic()
    result = run(options.seed, numbers)
    # Of each kind the first, as one fault shows itself many times.
    kinds = {(each.who, each.fact): (number, each) for number, each in reversed(result.unexplained)}
    for number, each in list(kinds.values())[-SHOWN:]:
        print(
            f"SEED={options.seed} ONLY={number} {each.who} ({each.interface}): {each.fact} is {ascii(each.found)[:200]}"
        )
        print(f"    instead of {ascii(each.expected)[:200]}")
    if len(kinds) > SHOWN:
        print(f"and {len(kinds) - SHOWN} more kinds")
    unused = idle(result) if options.only is None else []
    for name in unused:
        print(f"the loss {name} has not happened: is its row still true?")
    fewest = min(result.asked.values(), default=0)
    print(
        f"seed {options.seed}: {fewest} requests at least to each of {len(result.asked)} formats and interfaces, "
        f"{len(result.unexplained)} unexplained differences, {len(LOSSES)} losses, in {time.monotonic() - began:.0f} s, {time.process_time():.0f} s of CPU"
    )
    missing = sorted(set(formats.spellings()) - set(FORMATS))
    if missing:
        print(f"without the packages of {', '.join(missing)}: PYTHONPATH=tests/stand_ins, as `make parity` has it")
    are_few = options.only is None and fewest < FEWEST
    if are_few:
        print(f"fewer than {FEWEST} requests prove little: leave out --count")
    if result.unexplained or unused or missing or are_few:
        sys.exit(1)


if __name__ == "__main__":
    main()
