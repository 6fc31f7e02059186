"""Let plain Markdown links cite: ``[Szegedy et al., 2013](#cite-szegedy2013)`` leads to the entry in the bibliography.

A citation role would show as raw text in Colab and JupyterLab; a link reads well everywhere.
"""

from typing import Any, cast

from sphinx.application import Sphinx
from sphinx.domains.std import StandardDomain
from sphinx.environment import BuildEnvironment
from sphinxcontrib.bibtex.domain import BibtexDomain


def _label_entries(app: Sphinx, env: BuildEnvironment) -> None:
    labels = cast(StandardDomain, env.get_domain("std")).anonlabels
    for citation in cast(BibtexDomain, env.get_domain("cite")).citations:
        labels[f"cite-{citation.key}"] = (
            citation.bibliography_key.docname,
            citation.citation_id,
        )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect(
        "env-check-consistency", _label_entries
    )  # by then the bibliography has been read
    return {"parallel_read_safe": True, "parallel_write_safe": True}
