"""A built website in a real browser, from its files: python site/browse.py build/site/html (make site does it last).

Every page in a wide and in a narrow window; some, light and dark, with axe, which looks for what a reader who cannot
see well, or has no mouse, would stumble over; the search; the keyboard; sizes and times of two pages.
"""
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

ACCESSIBLE = ("index.html", "modules/05_autograd.html", "modules/12_attention.html",
              "milestones/01_1957_perceptron.html", "reference/commands.html", "reference/tensor.html",
              "guides/instructors.html")
MEASURED = ("index.html", "modules/05_autograd.html")
LARGEST, SLOWEST = 1_500_000, 1000                   # bytes of all files of a page; milliseconds to its first paint
PATIENCE = 10_000                                    # milliseconds for the search
OPTIONS = {"resultTypes": ["violations"], "preload": False}      # to preload styles it would ask for files again
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
UNTOLD = "[...document.images].filter(i => !i.hasAttribute('alt') || !i.naturalWidth).map(i => i.src)"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
VISIBLE = """[...document.querySelectorAll('a[href], button, input, select, summary')]
    .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && e.tabIndex >= 0)"""


def browse(site: Path, advance: Callable[[str], None] = lambda _: None) -> list[str]:
    """One line for each fault. Needs Chromium."""
    from playwright.sync_api import sync_playwright

    found: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        window = browser.new_page(viewport=WIDE)
        requests = watch(window, found)
        for path in sorted(site.rglob("*.html")):
            if "_static" not in path.parts:
                found += look(window, site, path, requests)
                advance(path.stem)
        found += search(window, site) + keyboard(window, site) + with_axe(browser, site)
        browser.close()
    return found


def watch(window, found: list[str]) -> list[str]:
    """Notes errors and requests to other hosts as they come; gives the list that each request is added to."""
    requests: list[str] = []

    def here() -> str:
        return Path(urlsplit(window.url).path).name

    def asked(request) -> None:
        requests.append(request.url)
        if not request.url.startswith(("file:", "data:", "blob:")):
            found.append(f"{here()}: asks {request.url}")

    window.on("console", lambda said: found.append(f"{here()}: the console says: {said.text}")
              if said.type in ("error", "warning") else None)
    window.on("pageerror", lambda error: found.append(f"{here()}: a script fails: {error}"))
    window.on("requestfailed", lambda request: found.append(f"{here()}: {request.url} did not load"))
    window.on("request", asked)
    return requests


def look(window, site: Path, path: Path, requests: list[str]) -> list[str]:
    name, found = path.relative_to(site).as_posix(), []
    requests.clear()
    window.set_viewport_size(WIDE)
    window.goto(path.resolve().as_uri(), wait_until="load")
    if name in MEASURED:
        files = {Path(unquote(urlsplit(url).path)) for url in requests if url.startswith("file:")}
        size = sum(file.stat().st_size for file in files)
        paint = window.wait_for_function(PAINT).json_value()
        print(f"{name}: {size / 1e6:.2f} MB in {len(files)} files, first paint after {paint:.0f} ms")
        if size > LARGEST:
            found.append(f"{name}: {size / 1e6:.2f} MB, more than {LARGEST / 1e6} MB")
        if paint > SLOWEST:
            found.append(f"{name}: first paint after {paint:.0f} ms, more than {SLOWEST} ms")
    found += [f"{name}: a picture without words, or not there: {source}" for source in window.evaluate(UNTOLD)]
    for size in (WIDE, NARROW):
        window.set_viewport_size(size)
        if (wide := window.evaluate("document.documentElement.scrollWidth")) > size["width"]:
            found.append(f"{name}: {wide} pixels wide in a window of {size['width']}")
    return found


def search(window, site: Path) -> list[str]:
    window.set_viewport_size(WIDE)
    window.goto((site / "search.html").resolve().as_uri() + "?q=backward")
    try:
        window.wait_for_selector("#search-results li .excerpt:text('backward')", timeout=PATIENCE)
        return []
    except Exception as error:
        return [f"the search shows nothing found: {str(error).splitlines()[0]}"]


def keyboard(window, site: Path) -> list[str]:
    """Tab reaches every link and button of the landing page, and each shows that it has been reached."""
    window.goto((site / "index.html").resolve().as_uri())
    wanted = window.evaluate(f"{VISIBLE}.map((e, i) => [e.outerHTML.slice(0, 90), e.dataset.reach = i][0])")
    reached = set()
    for _ in range(len(wanted) + 20):
        window.keyboard.press("Tab")
        reached.add(window.evaluate("document.activeElement?.dataset.reach"))
    return [f"index.html: the keyboard does not reach {what}" for i, what in enumerate(wanted) if str(i) not in reached]


def with_axe(browser, site: Path) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for scheme in ("light", "dark"):
        window = browser.new_page(viewport=WIDE, color_scheme=scheme)
        window.goto((site / "index.html").resolve().as_uri())         # the theme's first page fades into its colours
        for name in (name for name in ACCESSIBLE if (site / name).exists()):
            window.goto((site / name).resolve().as_uri(), wait_until="load")
            found += [f"{name}, {scheme}: {fault['id']}, {fault['impact']}: {fault['help']}: "
                      f"{fault['nodes'][0]['html'][:150]} ({len(fault['nodes'])} places)"
                      for fault in Axe().run(window, options=OPTIONS).response["violations"]
                      if fault["impact"] in ("serious", "critical")]
    return found


if __name__ == "__main__":
    faults = browse(Path(sys.argv[1]))
    print(*faults, sep="\n", file=sys.stderr)
    sys.exit(1 if faults else 0)
