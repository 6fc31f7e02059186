"""Describe each page to search engines by its first paragraph."""

from html import escape
from textwrap import shorten
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

LONGEST = 200  # characters; search engines show fewer


def _describe(
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    opening = (
        paragraph.astext()
        for paragraph in (doctree.findall(nodes.paragraph) if doctree else ())
        if isinstance(paragraph.parent, nodes.section)
    )
    text = next(opening, f"{context.get('title')} in {app.config.project}")
    content = escape(shorten(text, LONGEST, placeholder=" …"))
    context["metatags"] = (
        f'{context.get("metatags", "")}<meta name="description" content="{content}">'
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", _describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
