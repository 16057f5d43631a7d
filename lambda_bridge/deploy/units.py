"""Sizes and times as a person reads them."""

from __future__ import annotations


def show_bytes(size: int) -> str:
    """``"12.3 MB"``: 1 MB is 1024 x 1024 bytes, as AWS counts its limits."""
    if size < 1024:
        return f"{size} B"
    in_kilobytes = size / 1024
    return f"{in_kilobytes:.1f} kB" if in_kilobytes < 999.95 else f"{in_kilobytes / 1024:.1f} MB"


def show_milliseconds(microseconds: float) -> str:
    """``"12.3 ms"``."""
    return f"{microseconds / 1000:.1f} ms"
