"""Let links to a cited work lead to its entry in the bibliography, which also works without a network.

``[Szegedy et al., 2013](https://arxiv.org/abs/1312.6199)`` reads well everywhere; a citation role would be raw text
outside the book.
"""

from typing import Any, cast
from urllib.parse import quote

from docutils import nodes
from pybtex.database import Entry
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode
from sphinxcontrib.bibtex.domain import BibtexDomain


def address(entry: Entry) -> str | None:
    """Where a work of the bibliography is found: its ``url``, or else its ``doi`` as a link; None if it has neither."""
    if url := entry.fields.get("url"):
        return str(url)
    doi = entry.fields.get("doi")
    return f"https://doi.org/{quote(doi)}" if doi else None


class Citations(SphinxPostTransform):
    """Turns links to works into links to their entries."""

    default_priority = (
        4  # before the bibliography is written, whose own links lead out
    )

    def run(self, **kwargs: Any) -> None:
        """Change the links of one page."""
        domain = cast(BibtexDomain, self.env.get_domain("cite"))
        entries = {
            address(domain.bibdata.data.entries[each.key]): each
            for each in domain.citations
        }
        for link in list(self.document.findall(nodes.reference)):
            if found := entries.get(link.get("refuri")):
                page = found.bibliography_key.docname
                inside = make_refnode(
                    self.app.builder,
                    self.env.docname,
                    page,
                    found.citation_id,
                    link.children,
                )
                link.replace_self(inside)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_post_transform(Citations)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
