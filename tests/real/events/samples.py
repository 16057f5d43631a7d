"""The project's own samples of events, as they go over the wire."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "triggers"


def sample(name: str) -> Any:
    """The event ``"aws.s3/created"``."""
    return json.loads((_SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
