"""Say how large each picture is, so that nothing moves when it comes, and let it come when the reader does.

The size is the one in the notebook's output, in CSS pixels (a picture for a sharp screen has twice as many), or the file's.
A picture of several panels is shown panel by panel, each through a window of its own: book.css puts them side by side, or
one below the other where a page is narrow.
"""

import json
import re
from base64 import b64decode
from hashlib import sha256
from html import unescape
from math import ceil
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image
from sphinx.application import Sphinx

IMAGE = re.compile(r"<img\b[^>]*?\s*/?>")
SIZE = re.compile(r' style="width: ([\d.]+)px; height: ([\d.]+)px;?"')
PANELS = re.compile(r' data-panels="(\d+)"')


def _panels_on(app: Sphinx, page: str) -> dict[str, int]:
    """The panels of each picture that a chapter's cells show, by the file name that MyST-NB gives it."""
    ran = Path(app.outdir).parent / "jupyter_execute" / f"{page}.ipynb"
    if not ran.exists():
        return {}
    cells = json.loads(ran.read_text(encoding="utf-8"))["cells"]
    pictures = (
        ("".join(output["data"]["image/png"]), output["metadata"])
        for cell in cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    )
    return {
        f"{sha256(b64decode(data)).hexdigest()}.png": said.get(
            "image/png", {}
        ).get("panels", 1)
        for data, said in pictures
    }


def _apart(image: str, width: int, height: int, panels: int) -> str:
    """A picture once for each of its panels, of which it shows that one; told in words once."""
    image = image.replace(
        f'width="{width}"', f'width="{ceil(width / panels)}"', 1
    )
    windows = []
    for panel in range(panels):
        style = f"aspect-ratio: {width / panels:g} / {height}; object-position: {panel / (panels - 1):.2%} 0"
        windows.append(image.replace("<img", f'<img style="{style}"', 1))
        image = re.sub(r' alt="[^"]*"', ' alt=""', image)
    return f'<span class="panels" style="--panels: {panels}; max-width: {width}px">{"".join(windows)}</span>'


def _size_all(
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    files = {
        name: Path(app.srcdir) / source
        for source, name in app.builder.images.items()
    }
    panels_of = _panels_on(app, page)

    def sized(match: re.Match[str]) -> str:
        image = match[0]
        name = PurePosixPath(
            unescape(re.findall(r' src="([^"]*)"', image)[0])
        ).name
        panels = panels_of.get(name, 1)
        if said := PANELS.search(image):
            panels = int(said[1])
            image = PANELS.sub("", image)
        if said := SIZE.search(image):
            width, height = (round(float(size)) for size in said.groups())
            image = SIZE.sub("", image)
        elif " width=" not in image:
            if name not in files or files[name].suffix == ".svg":
                return image
            with Image.open(files[name]) as picture:
                width, height = picture.size
        else:
            width, height = (
                int(re.findall(rf' {side}="(\d+)"', image)[0])
                for side in ("width", "height")
            )
            image = re.sub(r' (width|height)="\d+"', "", image)
        image = image.replace(
            "<img", f'<img loading="lazy" width="{width}" height="{height}"', 1
        )
        return image if panels == 1 else _apart(image, width, height, panels)

    context["body"] = IMAGE.sub(sized, context.get("body", ""))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", _size_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
