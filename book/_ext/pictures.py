"""Say how large each picture is, so that nothing moves when it comes, and let it come when the reader does.

The size is the one in the notebook's output, in CSS pixels (a picture for a sharp screen has twice as many), or the file's.
"""

import re
from html import unescape
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image
from sphinx.application import Sphinx

IMAGE = re.compile(r"<img\b[^>]*?\s*/?>")
SIZE = re.compile(r' style="width: ([\d.]+)px; height: ([\d.]+)px;?"')


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

    def sized(match: re.Match[str]) -> str:
        image = match[0]
        if said := SIZE.search(image):
            width, height = (round(float(size)) for size in said.groups())
            image = SIZE.sub("", image)
        elif " width=" not in image:
            name = PurePosixPath(
                unescape(re.findall(r' src="([^"]*)"', image)[0])
            ).name
            if name not in files or files[name].suffix == ".svg":
                return image
            with Image.open(files[name]) as picture:
                width, height = picture.size
        else:
            return image.replace("<img", '<img loading="lazy"', 1)
        return image.replace(
            "<img", f'<img loading="lazy" width="{width}" height="{height}"', 1
        )

    context["body"] = IMAGE.sub(sized, context.get("body", ""))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", _size_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
