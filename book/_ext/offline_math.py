"""Serve MathJax from the book itself: copy what the pages use of it out of a pip package, and ask no third party."""

import shutil
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

PACKAGE = (
    "sphinx-mathjax-offline"  # its own Sphinx extension would copy all 24 MB
)
MATHJAX = (
    Path(str(distribution(PACKAGE).locate_file(PACKAGE))) / "static" / "mathjax"
)
USED = ("tex-chtml.js", "input/tex/extensions", "output/chtml/fonts/woff-v2")


def _point_at_it(app: Sphinx, config: Config) -> None:
    config["mathjax_path"] = "mathjax/tex-chtml.js"


def _copy(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    for name in USED:
        source, target = (
            MATHJAX / name,
            Path(app.outdir) / "_static" / "mathjax" / name,
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy2(source, target)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("config-inited", _point_at_it)
    app.connect("build-finished", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
