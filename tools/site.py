"""A hook of mkdocs (`make docs`): what docs/ shares with the repository is taken over into the site.

Pages are read in two places, on the repository's host and in the site. Two things differ there:

- ``<!-- include: README.md#formats -->`` in a page becomes the section of that heading; with no
  heading, the whole file but its title. On the host it is a comment, and the link beside it leads there.
- A link out of docs/ leads to the page that has taken the file over, or to the file on the host.

Besides, a line break between two Chinese letters is none: as a space it would be seen. And a page whose name says that it
is Chinese (``tutorial.zh.md``) says so to the browser, which chooses letters by it.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HOST = "https://github.com/lambda-bridge/lambda-bridge/blob/main/"
# Files of the root that are a page.
PAGES = {"README.md": "docs/index.md", "CONTRIBUTING.md": "docs/contributing.md", "CHANGELOG.md": "docs/changelog.md"}

_INCLUDE = re.compile(r"^<!-- include: (\S+) -->$", re.MULTILINE)
_LINK = re.compile(r"(\]\(|^\[[^\]^]+\]: )(?![a-z][a-z0-9+.-]*:|#)([^)#\s]*)(#[^)\s]*)?")
_CHINESE = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_CHINESE_BREAK = re.compile(f"(?<={_CHINESE})\n(?={_CHINESE})")
# Of a docstring: a name on a line of its own, and what it is below it.
_NAME_AND_TEXT = re.compile(r"^(``.+``)\n((?:    .*\n?)+)", re.MULTILINE)
_FENCE = re.compile(r"^ *(`{3,}|~{3,}).*?^ *\1", re.MULTILINE | re.DOTALL)


def on_config(config: Any) -> Any:
    """Let lists be indented by two spaces, as the host has it; Markdown in Python wants four."""
    from markdown import Extension

    class TwoSpaces(Extension):
        def extendMarkdown(self, md: Any) -> None:  # noqa: N802
            md.tab_length = 2

    config.markdown_extensions.append(TwoSpaces())
    return config


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The page's text, for the site."""
    return make_page(markdown, "docs/" + page.file.src_uri)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """The page as it is written; raises ValueError for one that a browser would have to ask strangers for."""
    strangers = find_fetched(output)
    if strangers:
        raise ValueError(f"{page.file.src_uri}: a reader's browser would fetch {', '.join(strangers)}")
    return in_its_language(output, page.file.src_uri)


def in_its_language(html: str, name: str) -> str:
    return html.replace('<html lang="en"', '<html lang="zh-Hans"', 1) if name.endswith(".zh.md") else html


def find_fetched(html: str) -> list[str]:
    """What a browser fetches from other hosts to show a page: scripts, styles, fonts, pictures; links are none."""
    tags = re.findall(r"<(?:script|img|source|iframe|link)\b[^>]*>", html)
    shown = [tag for tag in tags if not re.search(r'rel="?(?:canonical|next|prev|alternate)', tag)]
    return [url for tag in shown for url in re.findall(r"""(?:src|href|srcset)=["']?((?:https?:)?//[^"'\s>]+)""", tag)]


def make_page(text: str, page: str) -> str:
    """The text of *page*, a path from the root, with what it includes, and with links for the site."""
    parts = _INCLUDE.split(relink(text, page, page))
    for at in range(1, len(parts), 2):
        path, _, heading = parts[at].partition("#")
        parts[at] = relink(section(read(path), heading, parts[at]), path, page)
    return "".join(parts)


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def section(text: str, heading: str, name: str) -> str:
    """What stands below the *heading*, named as in a link, up to the next one of its level; "" is the title.

    Raises ValueError, with *name*, where there is no such heading.
    """
    found = ""
    lines: list[str] = []
    for line, is_code in _lines(text):
        level = "" if is_code else line.partition(" ")[0]
        is_heading = bool(level) and not level.strip("#")
        if found and is_heading and len(level) <= len(found):
            break
        if found:
            lines.append(line)
        elif is_heading and (not heading or slug(line.lstrip("# ")) == heading):
            found = level
    if not found:
        raise ValueError(f"{name}: there is no such heading")
    return "\n".join(lines).strip() + "\n"


def _lines(text: str) -> list[tuple[str, bool]]:
    """Each line, and whether it is inside of a block of code."""
    found, fence = [], ""
    for line in text.splitlines():
        mark = re.match(r" *(`{3,}|~{3,})", line)
        is_code = bool(fence or mark)
        if mark:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        found.append((line, is_code))
    return found


def slug(heading: str) -> str:
    """The mark of a heading, as the host makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def relink(text: str, source: str, page: str) -> str:
    """*text* of the file *source* with links that work in *page*; both are paths from the root."""
    done, parts = 0, []
    for fence in _FENCE.finditer(text):
        parts += [_relink(text[done : fence.start()], source, page), fence[0]]
        done = fence.end()
    return "".join([*parts, _relink(text[done:], source, page)])


def _relink(text: str, source: str, page: str) -> str:
    def replace(match: re.Match[str]) -> str:
        before, target, mark = match[1], match[2], match[3] or ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        if path in PAGES and not (path == "README.md" and mark):
            path = PAGES[path]
        if not path.startswith("docs/"):
            return before + HOST + path + mark
        return before + posixpath.relpath(path, posixpath.dirname(page)) + mark

    return re.sub(_CHINESE_BREAK, "", re.sub(_LINK, replace, text))


def make_markdown(docstring: str) -> str:
    """A docstring as Markdown, which has neither ``::`` before a block of code nor names above their text."""
    text = re.sub(r"^::\n", "", docstring, flags=re.MULTILINE)
    text = re.sub(r"::\n", ":\n", text)
    # A definition list: its text begins after a colon.
    return re.sub(_NAME_AND_TEXT, lambda found: f"{found[1]}\n:   {found[2].lstrip()}\n", text)
