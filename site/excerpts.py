"""The texts of all pages in one script, from which the search shows excerpts: files may not fetch each other."""
import html
import json
import re
from pathlib import Path

from check import BLOCK

ARTICLE = re.compile(r'<article class="bd-article">(.*?)</article>', re.DOTALL)
LEFT_OUT = re.compile(r'<a class="headerlink".*?</a>|<[^>]*>', re.DOTALL)


def write_texts(site: Path) -> None:
    """searchtexts.js: the text of each page, by the name that searchindex.js gives it."""
    texts = {}
    for page in sorted(site.rglob("*.html")):
        if article := ARTICLE.search(page.read_text(encoding="utf-8")):
            text = html.unescape(LEFT_OUT.sub("", BLOCK.sub(" ", article[1])))
            texts[page.relative_to(site).with_suffix("").as_posix()] = " ".join(text.split())
    (site / "searchtexts.js").write_text(f"const pageTexts = {json.dumps(texts, ensure_ascii=False)};\n", "utf-8")
