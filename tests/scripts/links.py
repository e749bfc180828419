"""The links of HTML pages in a folder, and which of them lead nowhere."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LINKS = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "srcset"}


class Reader(HTMLParser):
    """What a page points to, and the names in it that can be pointed to."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.names: set[str] = {""}
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note ids and links."""
        found = dict(attributes)
        self.names |= {found[key] for key in ("id", "name") if found.get(key)}
        if found.get(LINKS.get(tag, "")):
            self.targets.append(found[LINKS[tag]])


def dead_links(folder: Path) -> list[str]:
    """Links to files or names that are not in the folder; links out of it are left alone."""
    pages = {page: Reader(page) for page in sorted(folder.rglob("*.html"))}
    dead = []
    for page, reader in pages.items():
        for target in reader.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            file = (page.parent / unquote(parts.path)).resolve() if parts.path else page.resolve()
            file = file / "index.html" if file.is_dir() else file
            known = pages.get(file) or pages.get(folder / file.relative_to(folder.resolve()))
            if not file.exists() or (known and unquote(parts.fragment) not in known.names):
                dead.append(f"{page.relative_to(folder)}: {target}")
    return dead
