"""What a built website must not hold: secrets of the course, dead links, anything fetched from elsewhere."""
import html
import re
import shutil
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from autograder.release.leaks import find_leaks, secrets

FETCHES = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
NOT_FETCHED = {"canonical", "prev", "next", "search", "index", "author"}          # values of a link's rel
BLOCK = re.compile(r"</?(?:pre|div|p|li|d[dt]|t[dhr]|h\d|br|main|section|article|figcaption)\b[^>]*>")  # own lines


class Page(HTMLParser):
    """The ids of a page, where it leads, and what it fetches."""

    def __init__(self, path: Path):
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        given = {key: value or "" for key, value in attributes}
        self.ids.update(given[key] for key in ("id", "name") if key in given)
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if given.get(FETCHES.get(tag)) and not NOT_FETCHED & set(given.get("rel", "").split()):
            self.fetched.append(given[FETCHES[tag]])


def what_is_wrong(site: Path, root: Path) -> list[str]:
    """One line for each fault of the site, which was built from the course in root."""
    pages = {path.resolve(): Page(path) for path in sorted(site.rglob("*.html")) if "_static" not in path.parts}
    faults = [f"{path.relative_to(site.resolve())}: {fault}" for path, page in pages.items()
              for fault in faults_of(path, page, pages, root)]
    return faults + [f"a line that students must not see: {leak}" for leak in leaks(site, root)]


def faults_of(path: Path, page: Page, pages: dict[Path, Page], root: Path) -> list[str]:
    found = [f"fetches {place} from elsewhere" for place in page.fetched if elsewhere(place)]
    for place in [*page.links, *page.fetched]:
        parts = urlsplit(place)
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if elsewhere(place) or parts.scheme:
            continue
        if not target.is_file():
            found.append(f"leads to {place}, which is not there")
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
            found.append(f"leads to {place}, a place that the page does not have")
    folders = str(root), f"{tempfile.gettempdir()}/tmp"
    return found + [f"names a folder of this machine: {folder}" for folder in folders if folder in page.text]


def elsewhere(place: str) -> bool:
    return bool(urlsplit(place).netloc)


def leaks(site: Path, root: Path) -> list:
    """Secret lines in what a reader sees of the pages, and in the index for the search."""
    with tempfile.TemporaryDirectory() as folder:
        for page in site.rglob("*.html"):
            plain = Path(folder, page.relative_to(site)).with_suffix(".txt")
            plain.parent.mkdir(parents=True, exist_ok=True)
            text = BLOCK.sub("\n", page.read_text(encoding="utf-8"))
            plain.write_text(html.unescape(re.sub(r"<[^>]*>", "", text)), encoding="utf-8")
        shutil.copy(site / "searchindex.js", folder)
        return find_leaks(Path(folder), secrets(root))
