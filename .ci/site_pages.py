"""What the site adds to the folder `docs`: the navigation, and the pages outside of it that its pages link to.

The list in docs/README.md is the navigation, so there is one list and not two. A link that leaves the folder works on
a code host; here the file it leads to becomes a page below `project/`, so that it works on a disk too.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
INDEX = "docs/README.md"
IMAGES = (".png", ".svg", ".jpg")
KINDS = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".json": "json", ".sh": "bash"}

_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)(?P<path>[^)\s#]+)(?P<anchor>#[^)\s]*)?(?=\))")
_FENCED = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
_LISTED = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<path>[^)\s#]+)\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """The navigation: home, and a section for each heading of the index."""
    config.nav = navigation((ROOT / INDEX).read_text("utf-8"))
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The pages below `project/`: what the documentation links to, and what these link to in turn."""
    waiting = [f"docs/{file.src_uri}" for file in files.documentation_pages()]
    known = set(waiting)
    while waiting:
        page = waiting.pop()
        for path in linked(page):
            if path not in known:
                known.add(path)
                content = (ROOT / path).read_bytes() if path.endswith(IMAGES) else _text(path)
                files.append(File.generated(config, site_path(path), content=content))
                waiting.append(path)
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Links lead to where their targets are on the site."""
    here = repository_path(page.file.src_uri)

    def moved(link: re.Match[str]) -> str:
        target = _target(here, link["path"])
        if target is None:
            return link[0]
        return posixpath.relpath(site_path(target), posixpath.dirname(page.file.src_uri)) + (link["anchor"] or "")

    return "".join(part if part.startswith("```") else _LINK.sub(moved, part) for part in _FENCED.split(markdown))


def navigation(index: str) -> list[dict[str, Any]]:
    """Sections of the index in the form of `nav`; an item of several links is a section of its own."""
    sections: list[dict[str, Any]] = [{"Home": "README.md"}]
    for title, items in re.findall(r"^## (?P<title>.+)\n\n(?P<items>(?:[- ] .+\n)+)", index, re.MULTILINE):
        entries: list[dict[str, Any]] = []
        for item in re.split(r"^- ", items, flags=re.MULTILINE)[1:]:
            text = " ".join(item.split())
            links = [{name: site_path(_target(INDEX, path) or f"docs/{path}")} for name, path in _LISTED.findall(text)]
            # what a page is said to be may link to others; a list of links has words before it
            entries += links[:1] if text.startswith("[") else [{text.partition(":")[0]: _capital(links)}]
        sections.append({title: entries})
    return sections


def linked(page: str) -> list[str]:
    """The files of the repository that a page links to, but for those in `docs`."""
    if not page.endswith(".md"):
        return []
    prose = _FENCED.split(_text(page))[::2]
    targets = [_target(page, link["path"]) for part in prose for link in _LINK.finditer(part)]
    return [target for target in targets if target and not target.startswith("docs/")]


def site_path(path: str) -> str:
    """Where a file of the repository is on the site."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return f"project/{path}" if path.endswith((".md", *IMAGES)) else f"project/{path}.md"


def repository_path(src_uri: str) -> str:
    """The file of the repository that a page of the site shows."""
    if not src_uri.startswith("project/"):
        return f"docs/{src_uri}"
    path = src_uri.removeprefix("project/")
    return path if (ROOT / path).exists() else path.removesuffix(".md")


def _target(page: str, link: str) -> str | None:
    """The file of the repository that a link leads to: a folder's is its README, where it has one."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), link))
    if path.startswith(("/", "..")):
        return None
    if (ROOT / path / "README.md").is_file():
        return f"{path}/README.md"
    return path if (ROOT / path).exists() else None


def _text(path: str) -> str:
    """A page as it is; any other file as a block, a folder as the blocks of its files."""
    place = ROOT / path
    if path.endswith(".md"):
        return place.read_text("utf-8")
    files = sorted(file for file in place.iterdir() if file.is_file()) if place.is_dir() else [place]
    head = f"---\nsearch: {{exclude: true}}\n---\n\n# {path}\n"
    return head + "".join(_block(file, titled=place.is_dir()) for file in files)


def _block(file: Path, titled: bool) -> str:
    kind = KINDS.get(file.suffix, "text")
    title = f' title="{PurePosixPath(file.relative_to(ROOT))}"' if titled else ""
    return f"\n````{kind}{title}\n{file.read_text('utf-8')}\n````\n"


def _capital(links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name[:1].upper() + name[1:]: path} for link in links for name, path in link.items()]
