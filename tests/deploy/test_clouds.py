"""The table of clouds."""

from __future__ import annotations

import pytest

from lambda_bridge.deploy.clouds import CLOUDS, find, glibc_of
from lambda_bridge.errors import ConfigurationError


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=lambda cloud: cloud.name)
def test_rows_make_sense(cloud: object) -> None:
    """Sizes rise, versions too, and each fact has a page."""
    row = find(cloud.name)  # type: ignore[attr-defined]

    assert row.docs.startswith("https://")
    assert row.module.endswith(".py")
    assert list(row.pythons) == sorted(set(row.pythons))
    assert list(row.glibc) == sorted(row.glibc)
    assert set(row.arches) <= {"x86_64", "arm64"}
    assert row.unzipped is None or (row.zipped or 0) <= row.unzipped


def test_library_is_that_of_the_runtimes_system() -> None:
    """Lambda's changed with Python 3.12; an older Python than all has that of the oldest."""
    assert [glibc_of(find("aws"), minor) for minor in (9, 11, 12, 14)] == [26, 26, 34, 34]
    assert glibc_of(find("tencent"), 7) == 17


def test_unknown_cloud_is_named_with_those_there_are() -> None:
    """One sentence."""
    with pytest.raises(ConfigurationError, match=r"'ibm' is no cloud: use one of aws, tencent, azure"):
        find("ibm")
