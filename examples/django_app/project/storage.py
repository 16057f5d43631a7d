from __future__ import annotations

from django.urls import get_script_prefix
from whitenoise.storage import CompressedStaticFilesStorage


class StaticStorage(CompressedStaticFilesStorage):
    """Puts the request's SCRIPT_NAME, a gateway's stage for one, before a static file's address.

    Django adds it to STATIC_URL too, but only once in a process: as it was when STATIC_URL was
    first read, which is before the first request.
    """

    def url(self, name: str | None) -> str:
        return get_script_prefix().rstrip("/") + super().url(name)
