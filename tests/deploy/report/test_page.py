"""The report on a package, as one file."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Optional

import pytest

from lambda_bridge.deploy import clouds
from lambda_bridge.deploy.measuring.importtime import Import
from lambda_bridge.deploy.packing.entry import Entry
from lambda_bridge.deploy.packing.package import Package
from lambda_bridge.deploy.packing.wheels import Target
from lambda_bridge.deploy.report.page import find_limits, make_page, write
from lambda_bridge.errors import ConfigurationError
from tests.deploy.trees import packed

HOSTILE = "</title></script><img src=x onerror=alert(1)>\"'$title&amp;"


class Page(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, Optional[str]]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Optional[str]]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        """All of it, with a space between elements."""
        return " ".join(" ".join(self.texts).split())


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """Of two distributions and an app, for AWS."""
    (tmp_path / "app.zip").write_bytes(bytes(3 * 1024**2))
    files = [
        packed("function.py", 1000, 400),
        packed("p/__init__.py", 2 * 1024**2, 1024**2, "p"),
        packed("q/x.so", 4 * 1024**2, 1024**2, "q"),
    ]
    entry = Entry("function", "handler", {})
    cloud = clouds.CLOUDS["aws"]
    return Package(
        tmp_path / "app.zip", None, files, tmp_path, "", entry, cloud, Target(12, "x86_64", 34), None, {}, []
    )


IMPORTS = [Import("function", 1000, 91_000, (Import("p", 90_000, 90_000),))]


def test_what_it_tells(package: Package) -> None:
    """Sums, limits with their source, weights, files and imports: all of it without a script."""
    text = Page(make_page(package, IMPORTS)).text

    assert f"for {package.target} " in text
    assert "zipped 2.0 MB unzipped 6.0 MB files 3 distributions 2 to import 91.0 ms" in text
    assert "zip, uploaded as it is 3.0 MB of 50.0 MB, 6%" in text
    assert "unzipped 6.0 MB of 250.0 MB, 2%" in text
    assert f"Limits of AWS Lambda, read in 2026-11: {package.cloud.docs}" in text
    assert "q 1 4.0 MB 1.0 MB" in text
    assert "q/x.so q 4.0 MB 1.0 MB" in text
    assert "p 1 90.0 ms" in text


def test_nothing_is_fetched(package: Package) -> None:
    """No element has an address but the link to the provider's page, and the policy forbids the rest."""
    page = Page(make_page(package, IMPORTS))
    addresses = [value for _, found in page.elements for name, value in found.items() if name in ("href", "src")]
    policy = next(found["content"] for tag, found in page.elements if tag == "meta" and "http-equiv" in found) or ""

    assert [package.cloud.docs] == addresses
    assert policy.startswith("default-src 'none';")
    assert "url(" not in make_page(package, IMPORTS)
    # Such styles, and scripts in attributes, the policy would block.
    assert not [found for _, found in page.elements if "style" in found or any(name.startswith("on") for name in found)]


def test_policy_names_what_stands_in_the_page(package: Package) -> None:
    """By its hash: nothing else may run, whatever came in by a file's name."""
    text = make_page(package, IMPORTS)
    for tag in ("style", "script"):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert 1 == len(inside)
        assert f"{tag}-src 'sha256-{b64encode(sha256(inside[0].encode()).digest()).decode()}'" in text


def test_hostile_names_are_text(package: Package) -> None:
    """Of files, owners, modules and the zip itself; they are told as they are."""
    files = [*package.files, packed(f"{HOSTILE}.py", 10_000_000, 10, HOSTILE)]
    hostile = package._replace(files=files, archive=package.archive.rename(package.archive.with_name("a<b>&.zip")))
    page = Page(make_page(hostile, [Import(HOSTILE, 5, 5)]))

    assert not [tag for tag, _ in page.elements if tag in ("img", "b")]
    assert 1 == sum(tag == "script" for tag, _ in page.elements)
    assert page.text.count(HOSTILE) >= 4
    assert "a<b>&.zip" in page.text


def test_limits_of_a_cloud(package: Package, tmp_path: Path) -> None:
    """Those that are known, of each zip; one that is passed is marked."""
    (tmp_path / "layer.zip").write_bytes(b"1234")
    cloud = package.cloud._replace(zipped=1024, direct=None, unzipped=100)
    layered = package._replace(layer=tmp_path / "layer.zip", cloud=cloud)
    told = [(each.title, each.used, each.at_most) for each in find_limits(layered)]

    assert [
        ("zip, from a bucket", 3 * 1024**2, 1024),
        ("layer, from a bucket", 4, 1024),
        ("unzipped", 6 * 1024**2 + 1000, 100),
    ] == told
    assert 2 == make_page(layered, []).count(": too large</strong>")


def test_cloud_that_tells_no_limits(package: Package) -> None:
    """One sentence in place of the bars."""
    text = Page(make_page(package._replace(cloud=clouds.CLOUDS["knative"]), IMPORTS)).text

    assert "How large a package may be, Knative Functions does not tell." in text


def test_imports_that_nobody_could_measure(package: Package) -> None:
    """One sentence in place of the chart."""
    page = Page(make_page(package, []))

    assert "No import was measured" in page.text
    assert not [found for tag, found in page.elements if tag == "svg" and found.get("class") == "flame"]


def test_package_without_files(package: Package) -> None:
    """Of which there is nothing to be drawn."""
    assert "files 0 distributions 0" in Page(make_page(package._replace(files=[]), [])).text


def test_file_is_written(package: Package, tmp_path: Path) -> None:
    """In UTF-8, into a folder that is made; names may have bytes that are no text."""
    path = tmp_path / "新 dist" / "report.html"
    write(package._replace(files=[packed("b\udcff.py")]), IMPORTS, path)

    assert "b\\udcff.py" in path.read_text(encoding="utf-8")


def test_file_that_cannot_be_written(package: Package, tmp_path: Path) -> None:
    """One sentence, with the path."""
    with pytest.raises(ConfigurationError, match=r"the report cannot be written to '.*' \(Is a directory\)"):
        write(package, IMPORTS, tmp_path)


def test_elements_are_closed(package: Package) -> None:
    """A browser would mend it, and show something else."""
    open_tags: list[Any] = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, Optional[str]]]) -> None:
            if tag not in ("meta", "input"):
                open_tags.append(tag)

        def handle_startendtag(self, tag: str, attrs: list[tuple[str, Optional[str]]]) -> None:
            """Of SVG."""

        def handle_endtag(self, tag: str) -> None:
            assert tag == open_tags.pop()

    Balance().feed(make_page(package, IMPORTS))
    assert [] == open_tags
