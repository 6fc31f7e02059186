"""Make statements and anchors out of plain Markdown, so that notebooks read well wherever they are opened.

A quotation that begins with a bold label is a statement of the paper or the book, and ``<a id="…"></a>`` names the
paragraph, the statement or the section whose first words it precedes::

    > <a id="definition-3-1"></a>**Definition 3.1** (strong adversarial robustness)
    >
    > Let …
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

KINDS = {
    "Theorem": "theorem",
    "Remark": "note",
}  # by the label's first word; all else defines something
ANCHOR = re.compile(r'<a id="([a-z0-9-]+)">')


class Statements(SphinxTransform):
    """Turns quotations that begin with a bold label into admonitions."""

    default_priority = 200

    def apply(self, **kwargs: Any) -> None:
        """Change one page."""
        for quotation in list(self.document.findall(nodes.block_quote)):
            opening, *body = quotation.children
            words = [
                child
                for child in opening.children
                if child.astext() and not isinstance(child, nodes.raw)
            ]
            if not (
                isinstance(opening, nodes.paragraph)
                and words
                and isinstance(words[0], nodes.strong)
            ):
                continue
            kind = KINDS.get(words[0].astext().split()[0], "definition")
            words[0].replace_self(words[0].children)  # the title is bold enough
            title = nodes.title("", "", *opening.children)
            statement = nodes.admonition("", title, *body, classes=[kind])
            statement.source, statement.line = quotation.source, quotation.line
            quotation.replace_self(statement)


class Anchors(SphinxTransform):
    """Turns anchors into names that links can lead to."""

    default_priority = 210  # statements have titles by now, and MyST has not yet looked for what its links lead to

    def apply(self, **kwargs: Any) -> None:
        """Change one page."""
        for opened in list(self.document.findall(nodes.raw)):
            if not (anchor := ANCHOR.fullmatch(opened.astext())):
                continue
            closed = opened.next_node(descend=False, siblings=True)
            if closed is None or closed.astext() != "</a>":
                continue
            name, holder = anchor[1], opened.parent
            holder.remove(opened)
            holder.remove(closed)
            named = holder.parent if isinstance(holder, nodes.title) else holder
            if isinstance(taken := self.document.ids.get(name), nodes.section):
                taken["ids"] = [
                    f"section-{name}"
                ]  # a heading of the same words
                self.document.ids[f"section-{name}"] = taken
            elif taken is not None:
                logging.getLogger(__name__).warning(
                    "two anchors are called %s", name, location=named
                )
            named["ids"].append(name)
            named["names"].append(name)
            self.document.ids[name] = named
            self.document.nameids[name], self.document.nametypes[name] = (
                name,
                True,
            )
            # Where MyST looks for the end of a link such as page.ipynb#name.
            slugs = self.env.metadata[self.env.docname].setdefault(
                "myst_slugs", {}
            )
            slugs[name] = (named.line, name, holder.astext())


class Formulas(SphinxTransform):
    """Keeps numbered formulas of several lines out of Sphinx's ``split``, where a number cannot stand."""

    default_priority = 200

    def apply(self, **kwargs: Any) -> None:
        """Change one page."""
        for formula in self.document.findall(nodes.math_block):
            text = formula.astext()
            if r"\tag" in text and r"\\" in text and not formula["nowrap"]:
                formula.children = [
                    nodes.Text(rf"\begin{{equation}}{text}\end{{equation}}")
                ]
                formula["nowrap"] = True


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_transform(Statements)
    app.add_transform(Anchors)
    app.add_transform(Formulas)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
