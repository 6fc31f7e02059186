"""Mend what the tools write into a page: what assistive technology trips over, and boxes that hold up a phone."""

import re
from itertools import count
from typing import Any

from sphinx.application import Sphinx

MENDED = {
    # docutils: a deprecated role, and one that no list may hold.
    'role="doc-biblioentry"': 'role="listitem"',
    # MyST-NB: a name that hides the visible "Show code cell content".
    '<summary aria-label="Toggle hidden content">': "<summary>",
}
# pandas: styles of its own, header cells without a word, and nothing that lets a wide table scroll.
FRAME = re.compile(
    r'<style scoped>.*?</style>\n<table border="1" class="dataframe">(.*?)</table>',
    re.DOTALL,
)
NAMELESS = re.compile(r"<th( [^>]*)?></th>")
# Pygments: names, brackets and blanks, half of a chapter's boxes, each coloured as the text around them.
PLAIN = re.compile(r'<span class="(?:n|nn|p|w)">([^<]*)</span>|<span></span>')
TABLE = '<div class="pst-scrollable-table-container"'


def _framed(match: re.Match[str]) -> str:
    """A table of pandas as the theme writes one."""
    rows = NAMELESS.sub(r"<td\1></td>", match[1])
    rows = rows.replace(' style="text-align: right;"', "")
    return f'{TABLE}><table class="dataframe">{rows}</table></div>'


def _mend(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object
) -> None:
    body = context.get("body", "")
    for written, better in MENDED.items():
        body = body.replace(written, better)
    body = PLAIN.sub(lambda match: match[1] or "", FRAME.sub(_framed, body))
    # The theme: a table too wide for a phone scrolls, but only by a finger. A stop for the keyboard needs a name.
    number = count(1)
    named = f'{TABLE} role="region" aria-label="Table {{}}" tabindex="0"'
    context["body"] = re.sub(TABLE, lambda _: named.format(next(number)), body)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", _mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
