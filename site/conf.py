"""Sphinx's settings for the website; `python site/build.py` calls Sphinx with them."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

project = "TinyTorch"
html_title = "TinyTorch"
extensions = ["myst_nb", "formulas"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
nb_execution_mode = "off"                     # build.py has run them
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
html_theme = "sphinx_book_theme"
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": False,
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "navigation_with_keys": False,
    "navbar_persistent": [],                  # one search field, in the sidebar
    "footer_content_items": [],               # no author, no date
}
html_context = {"default_mode": "auto"}        # light or dark, as the reader's system is
html_show_search_summary = False              # Sphinx would fetch every page found, which file:// refuses: excerpts.py
html_static_path = ["static"]
html_css_files = ["course.css"]
html_js_files = ["course.js", "excerpts.js"]
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_show_copyright = False
suppress_warnings = ["myst.header"]           # a notebook may begin a part with a smaller heading
