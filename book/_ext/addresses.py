"""Say where each page lives: its canonical address, and a sitemap.

The book is published by its repository's GitHub Pages: their address is that of the repository, said another way.
"""

import re
from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

REPOSITORY = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)/?")


def published(repository: str) -> str:
    """The address of a repository's GitHub Pages, which ends in a slash. Raises ConfigError for other addresses."""
    if not (found := REPOSITORY.fullmatch(repository)):
        raise ConfigError(
            f"the book's own address is not known: repository.url is {repository!r}, not https://github.com/OWNER/NAME;"
            " give sphinx.config.html_baseurl in _config.yml"
        )
    owner, name = found.groups()
    host = f"{owner.lower()}.github.io"
    return (
        f"https://{host}/"
        if name.lower() == host
        else f"https://{host}/{name}/"
    )


def _settle(app: Sphinx, config: Config) -> None:
    if not config.html_baseurl:
        config["html_baseurl"] = published(
            config.html_theme_options["repository_url"]
        )


def _write_sitemap(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    pages = (
        app.builder.get_target_uri(page) for page in sorted(app.env.found_docs)
    )
    urls = "".join(
        f"<url><loc>{escape(app.config.html_baseurl + page)}</loc></url>\n"
        for page in pages
    )
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
    (Path(app.outdir) / "sitemap.xml").write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("config-inited", _settle)
    app.connect("build-finished", _write_sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
