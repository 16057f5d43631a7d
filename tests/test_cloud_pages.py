"""The pages in docs/clouds say what the code's tables say, name everything once, and lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lambda_bridge import formats, websockets
from lambda_bridge.deploy.init.tools import TOOLS
from lambda_bridge.recognize import NAMES
from lambda_bridge.triggers import MODULES
from lambda_bridge.web.platforms import PLATFORMS as WEB_PLATFORMS
from tests.real.drivers import platforms, sockets, triggers
from tests.real.venvs import RUNTIMES
from tools import cloud_pages
from tools.cloud_pages import PAGES, PARTS

FILES = tuple(sorted(path.stem for path in cloud_pages.FOLDER.glob("*.md")))


def read(file: str) -> str:
    return (cloud_pages.FOLDER / f"{file}.md").read_text(encoding="utf-8")


def test_each_page_is_one_of_the_table() -> None:
    assert sorted([*PAGES, "index"]) == list(FILES)


@pytest.mark.parametrize("file", FILES)
def test_what_a_page_says_of_the_code_is_what_the_code_says(file: str) -> None:
    """`python -m tools.cloud_pages --write` writes it."""
    assert cloud_pages.remade(file, read(file)) == read(file)


@pytest.mark.parametrize("file", PAGES)
def test_a_page_has_every_part_once(file: str) -> None:
    """In the order of the headings; of tools only where `init` has any."""
    wanted = [name for name in PARTS if name != "deploy" or PAGES[file].deploy]

    assert re.findall(r"<!-- made: (\w+) -->", read(file)) == wanted
    assert read(file).count("<!-- made until here -->") == len(wanted)


def test_every_format_has_its_page() -> None:
    assert sorted(name for page in PAGES.values() for name in page.formats) == sorted(NAMES)


def test_every_source_cloud_of_init_and_gateway_of_websockets_has_its_page() -> None:
    assert sorted(name for page in PAGES.values() for name in page.triggers) == sorted(MODULES)
    assert sorted(page.deploy for page in PAGES.values() if page.deploy) == sorted({tool.cloud for tool in TOOLS})
    assert sorted(page.websockets for page in PAGES.values() if page.websockets) == sorted(websockets.MODULES)


def test_every_runtime_is_named_where_its_formats_are() -> None:
    """A page has each runtime on which one of its formats is proved, and no runtime but those and web servers."""
    for page in PAGES.values():
        proved = {each.runtime for each in platforms() if each.format in page.formats} - {"vercel", "web", "openlambda"}
        assert proved <= set(page.real)
        assert page.is_web == ("web" in page.real)
    named = {name for page in PAGES.values() for name in page.real}
    assert named == set(RUNTIMES) == {each.runtime for each in platforms()} | {each.runtime for each in sockets()}


@pytest.mark.parametrize("file", PAGES)
def test_the_command_runs_the_runtimes_that_stand_beside_it(file: str) -> None:
    """As `make real` reads PLATFORMS: each name is a beginning."""
    every = {each.name: each.runtime for each in platforms()} | {each.name: each.runtime for each in triggers()}
    every |= {each.name: each.runtime for each in sockets()}
    commands = re.findall(r'`make real PLATFORMS="([^"]+)"`', read(file))
    chosen = {name for words in commands for name in every if name.startswith(tuple(words.split()))}

    assert chosen == {name for name, runtime in every.items() if runtime in PAGES[file].real}


@pytest.mark.parametrize("file", PAGES)
def test_a_page_tells_how_to_try_its_formats(file: str) -> None:
    """A line with `lambda-bridge dev`, for a format of the page."""
    named = re.findall(r"lambda-bridge dev myapp:app --format (\S+)", read(file))

    assert named
    assert set(named) <= set(formats.spellings())
    assert {name.partition(":")[0] for name in named} <= set(PAGES[file].formats)


@pytest.mark.parametrize("file", FILES)
def test_links_to_headings_of_other_pages_lead_there(file: str) -> None:
    """As renderers name headings: lower case, without punctuation, hyphens for spaces."""
    links = re.findall(r"\]\(([\w./-]+\.md)#([\w-]+)\)", read(file))
    for target, anchor in links:
        text = (cloud_pages.FOLDER / target).resolve().read_text(encoding="utf-8")
        headings = [
            re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        ]
        assert anchor in headings, f"{target} has no heading {anchor!r}"


def test_clouds_with_web_functions_are_those_with_a_platform() -> None:
    """A page that speaks of them belongs to a row of `lambda_bridge.web`, or to any container."""
    own = {"tencent": "tencent", "aliyun": "aliyun", "huawei": "huawei", "azure": "azure", "gcp": "cloudrun"}
    own |= {"others": "volcengine", "knative": "cloudrun"}

    assert own.keys() == {file for file, page in PAGES.items() if page.is_web}
    assert set(own.values()) <= {each.name for each in WEB_PLATFORMS}


@pytest.mark.parametrize(
    ("count", "said"),
    [(8192, "8 KB"), (10_240, "10 KB"), (6_291_556, "6 MB"), (3_670_016, "3.5 MB"), (2**20, "1 MB"), (2**63, "–")],
)
def test_sizes_are_for_people(count: int, said: str) -> None:
    assert cloud_pages.size(count) == said


def test_notes_are_the_comments_of_the_table_of_limits(tmp_path: Path) -> None:
    """Those right above a row or a shared value; a name over two lines is one, and an address a link."""
    text = '# of all (x.org)\n_ALL = 1\n\nLIMITS = {\n    # see help.aliyun.com/a/1.html (2026), of some/\n    # repo\n    "a": 2,\n    "b": 3,\n}\n'

    comments = cloud_pages._comments(text)

    assert comments == {"_ALL": "of all (x.org)", "a": "see help.aliyun.com/a/1.html (2026), of some/repo"}
    assert cloud_pages._linked(comments["a"]).startswith(
        "see [help.aliyun.com/a/1.html](https://help.aliyun.com/a/1.html) (2026)"
    )
