"""What tools/site.py makes of a page: text in, text out, so that neither needs mkdocs."""

from __future__ import annotations

import pytest

from tools import site

README = """# Title

Before.

## One thing

Text, with a [page](docs/streaming.md#how) and a [file](examples/a.py).

```text
## no heading
[no link](docs/x.md)
```

### Below it

More.

## `Another`: thing

The end.
"""


@pytest.mark.parametrize(
    ("expected", "page", "text"),
    [
        ("[a](streaming.md#x)", "docs/a.md", "[a](streaming.md#x)"),
        ("[a](../streaming.md)", "docs/clouds/aws.md", "[a](../streaming.md)"),
        ("[a](index.md)", "docs/a.md", "[a](../README.md)"),
        ("[a](../contributing.md#rules)", "docs/clouds/aws.md", "[a](../../CONTRIBUTING.md#rules)"),
        (f"[a]({site.HOST}README.md#formats)", "docs/a.md", "[a](../README.md#formats)"),
        (f"[a]({site.HOST}examples/flask_app)", "docs/a.md", "[a](../examples/flask_app)"),
        (f"[a]: {site.HOST}Makefile", "docs/a.md", "[a]: ../Makefile"),
        (
            "[a](#here) [b](https://x.org) [c](mailto:a@x.org)",
            "docs/a.md",
            "[a](#here) [b](https://x.org) [c](mailto:a@x.org)",
        ),
        ("```sh\n[a](../Makefile)\n```", "docs/a.md", "```sh\n[a](../Makefile)\n```"),
        ("![a](console.png)", "docs/a.md", "![a](console.png)"),
    ],
)
def test_a_link_out_of_the_folder_leads_to_a_page_or_to_the_host(expected: str, page: str, text: str) -> None:
    """All others stay."""
    assert expected == site.relink(text, page, page)


def test_a_section_is_included_with_links_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends at the next heading of its level, and a heading inside of code is none."""
    monkeypatch.setattr(site, "read", {"README.md": README}.__getitem__)

    made = site.make_page("# Page\n\n<!-- include: README.md#one-thing -->\n\nAfter.\n", "docs/clouds/aws.md")

    assert made.startswith("# Page\n\nText, with a [page](../streaming.md#how)")
    assert f"[file]({site.HOST}examples/a.py)" in made
    assert "## no heading\n[no link](docs/x.md)\n```\n\n### Below it\n\nMore.\n\n\nAfter.\n" in made
    assert "Another" not in made


def test_a_whole_file_is_included_without_its_title() -> None:
    assert site.section(README, "", "README.md").startswith("Before.\n\n## One thing")


def test_a_heading_that_is_not_there_is_an_error() -> None:
    """So a section of the README cannot be renamed and leave a page empty."""
    with pytest.raises(ValueError, match=r"README\.md#two: there is no such heading"):
        site.section(README, "two", "README.md#two")


def test_a_chinese_page_says_so_to_the_browser() -> None:
    """Without it, browsers take letters and punctuation of other languages."""
    page = '<html lang="en" class="no-js">'

    assert site.in_its_language(page, "tutorial.zh.md") == '<html lang="zh-Hans" class="no-js">'
    assert site.in_its_language(page, "tutorial.md") == page


def test_a_line_break_between_chinese_letters_is_none() -> None:
    """One between paragraphs, before a list or in code stays."""
    text = "你好，\n世界。\n\n再见\n- 一\n```text\n一\n二\n```\n"

    assert text.replace("，\n", "，") == site.relink(text, "docs/a.md", "docs/a.md")


@pytest.mark.parametrize(
    ("expected", "html"),
    [
        ([], '<a href="https://example.org/">x</a> <script src="assets/a.js"></script> <img src="../a.png">'),
        ([], '<link rel="canonical" href="https://example.org/">'),
        (["https://cdn.example/a.js"], '<script defer src="https://cdn.example/a.js"></script>'),
        (["//fonts.example/a.css"], "<link rel=stylesheet href=//fonts.example/a.css>"),
        (["https://img.example/badge.svg"], '<p><img alt="x" src="https://img.example/badge.svg"></p>'),
    ],
)
def test_what_a_browser_would_fetch_is_found(expected: list[str], html: str) -> None:
    """A page of the site can be read without a network."""
    assert expected == site.find_fetched(html)


def test_a_docstring_becomes_markdown() -> None:
    """Its blocks of code and its lists of names, as this project writes them."""
    docstring = "A thing.\n\n::\n\n    code()\n\nSo::\n\n    more()\n\n``name``\n    str, what\n    it is\n``two``, ``three``\n    int\n"

    expected = "A thing.\n\n\n    code()\n\nSo:\n\n    more()\n\n``name``\n:   str, what\n    it is\n\n``two``, ``three``\n:   int\n\n"
    assert expected == site.make_markdown(docstring)


def test_marks_of_headings_are_the_hosts() -> None:
    assert ["another-thing", "运行-a_b", "a--b"] == [
        site.slug(text) for text in ("`Another`: thing", "运行 a_b", "A & b")
    ]
