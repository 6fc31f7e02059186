"""Take the pictures of figures that answer out of the page: files that a reader's browser loads when they are needed.

In a notebook such a figure is one piece, pictures, style and script included, so that it works wherever it is opened.
"""

import re
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

FOLDER = "_static/explorers"
FIGURE = re.compile(
    r'<figure class="(at-explorer|at-quiz)".*?</figure>', re.DOTALL
)
FRAME = re.compile(r"data:image/(\w+);base64,([A-Za-z0-9+/=]+)")
STYLE = re.compile(r"<style>.*?</style>\n", re.DOTALL)
SCRIPT = re.compile(r"<script>(.*?)</script>\n", re.DOTALL)


def _lighten(
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    def stored(content: bytes, suffix: str) -> str:
        """Write a file named after its content, once. Returns its address."""
        name = f"{FOLDER}/{sha256(content).hexdigest()[:16]}.{suffix}"
        path = Path(app.outdir) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(content)
        return str(context["pathto"](name, 1))

    def frame(match: re.Match[str]) -> str:
        return stored(b64decode(match[2]), match[1])

    def script(match: re.Match[str]) -> str:
        return (
            f'<script defer src="{stored(match[1].encode(), "js")}"></script>\n'
        )

    seen = set()

    def lighter(match: re.Match[str]) -> str:
        figure = FRAME.sub(frame, match[0])
        if (
            match[1] in seen
        ):  # the script and the style of the first one of a kind are for all
            return SCRIPT.sub("", STYLE.sub("", figure))
        seen.add(match[1])
        return SCRIPT.sub(script, figure)

    context["body"] = FIGURE.sub(lighter, context.get("body", ""))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", _lighten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
