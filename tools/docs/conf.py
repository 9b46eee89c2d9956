"""Sphinx's settings for the documentation site; ``tools/docs/build.py`` runs it."""

from __future__ import annotations

project = "KasGate"
html_title = "KasGate"
copyright = "The KasGate authors"  # noqa: A001 - Sphinx's name for it

extensions = ["myst_parser"]
exclude_patterns = ["screenshots"]
myst_heading_anchors = 4
nitpicky = True
smartquotes = False
suppress_warnings: list[str] = []

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
templates_path = ["templates"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "gateway.html",
        "sidebar/scroll-end.html",
    ]
}
html_theme_options = {
    "footer_icons": [],
    "light_css_variables": {
        "color-brand-primary": "#0b6b57",
        "color-brand-content": "#0b6b57",
        "color-brand-visited": "#0b6b57",
    },
    "dark_css_variables": {
        "color-brand-primary": "#57d3b4",
        "color-brand-content": "#57d3b4",
        "color-brand-visited": "#57d3b4",
    },
}
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_use_index = False
