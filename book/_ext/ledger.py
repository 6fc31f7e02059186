"""Join the ledger of chapter 12 to the cells that it names: names for cells, links that work on pages, and the way back.

In a notebook the ledger's links lead to the file beside it, ``03_adversarial_examples.ipynb#code-cell-18``.
"""

import json
import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

LINK = re.compile(r'href="(\d\d_\w+)\.ipynb#')


@cache
def _back() -> dict[str, list[str]]:
    """The names of the claims that each cell shows, by "03#cell-18"."""
    from active_teacher.claims.paper import CLAIMS  # only where a book is built

    named: dict[str, list[str]] = {}
    for claim in CLAIMS:
        for cell in claim.shown:
            named.setdefault(cell, []).append(claim.name)
    return named


class Cells(SphinxTransform):
    """Names each code cell after its id in the notebook, and says below it which claims it shows."""

    default_priority = 220

    def apply(self, **kwargs: Any) -> None:
        """Change one page."""
        path = Path(self.env.doc2path(self.env.docname))
        if path.suffix != ".ipynb":
            return
        stored = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for container in list(self.document.findall(nodes.container)):
            if container.get("nb_element") != "cell_code":
                continue
            name = stored[container["cell_index"]]["id"]
            container["ids"].append(f"code-{name}")
            claims = _back().get(f"{path.name[:2]}#{name}", [])
            if claims and not path.name.startswith("12"):
                links = ", ".join(
                    f'<a href="12_claims.html#claim-{claim}">{escape(claim.replace("-", " "))}</a>'
                    for claim in claims
                )
                note = f'<p class="in-ledger">In the ledger: {links}</p>'
                container.append(nodes.raw("", note, format="html"))


def _link(
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    context["body"] = LINK.sub(r'href="\1.html#', context.get("body", ""))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_transform(Cells)
    app.connect("html-page-context", _link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
