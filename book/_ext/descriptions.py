"""Describe each page, to search engines by its first paragraph, and to whoever shares it with a picture besides."""

from html import escape
from pathlib import Path
from textwrap import shorten
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

LONGEST = 200  # characters; search engines show fewer
PREVIEW = "_static/preview.png"
WIDTH, HEIGHT = 1200, 630  # pixels, as all who show previews ask for
SEEN = (
    "A square. The teacher is sure of two strips, left and right; the student, trained on two corners, draws a diagonal "
    "line and errs in two hatched triangles, one eighth of what the teacher is sure of."
)


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
    known = app.env.titles.get(page)
    title = known.astext() if known else page.capitalize()
    text = next(opening, f"{title} in {app.config.html_title}")
    content = shorten(text, LONGEST, placeholder=" …")
    said = {
        "og:site_name": app.config.html_title,
        "og:type": "article",
        "og:title": title,
        "og:description": content,
        "og:url": context.get("pageurl"),
        "og:image": f"{app.config.html_baseurl}{PREVIEW}",
        "og:image:width": WIDTH,
        "og:image:height": HEIGHT,
        "og:image:alt": SEEN,
    }
    tags = [f'<meta name="description" content="{escape(content)}">']
    tags += [
        f'<meta property="{name}" content="{escape(str(value))}">'
        for name, value in said.items()
    ]
    tags += ['<meta name="twitter:card" content="summary_large_image">']
    context["metatags"] = context.get("metatags", "") + "\n".join(tags)


def _draw_preview(app: Sphinx, error: Exception | None) -> None:
    """The picture that stands for the book: Fig. 3.2, left, as chapter 3 draws it, and the title."""
    if error or app.builder.format != "html":
        return
    import numpy as np  # only where a book is built
    from matplotlib.figure import Figure

    from active_teacher import figures, generators, students, teachers
    from active_teacher.figures.style import INK
    from active_teacher.geometry import Box

    fig = Figure(
        figsize=(WIDTH / 100, HEIGHT / 100), dpi=100, facecolor="white"
    )
    mu = generators.Uniform(
        Box([0.5, 0.5], [1, 1]), Box([-1, -1], [-0.5, -0.5])
    )
    teacher = teachers.AxisThreshold(axis=0, low=-0.5, high=0.5)
    data = mu.sample(80, np.random.default_rng(2021))
    ax = fig.add_axes((0.05, 0.1, 0.8 * HEIGHT / WIDTH, 0.8))
    figures.regions(
        teacher,
        students.Linear([1, 1]),
        box=Box([-1, -1], [1, 1]),
        x=data,
        ax=ax,
    )
    ax.set(xlabel="", ylabel="", xticks=[], yticks=[])
    fig.text(
        0.53,
        0.64,
        app.config.html_title,
        fontsize=36,
        fontweight="bold",
        color=INK,
    )
    lines = "Perfect on its data,\nwrong on exactly one eighth\nof what its teacher is sure of."
    fig.text(
        0.53, 0.56, lines, fontsize=25, linespacing=1.5, va="top", color=INK
    )
    fig.savefig(Path(app.outdir) / PREVIEW)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", _describe)
    app.connect("build-finished", _draw_preview)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
