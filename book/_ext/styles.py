"""Make one style sheet of all, and keep the rules whose classes and ids occur in a page or in a script.

A page waits for its style sheets; there are a dozen, and nine tenths of them are about things that no page has.
book/_templates/layout.html links to the one made here.
"""

import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import tinycss2
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

COMPOSED = {
    "bs-tooltip-auto"
}  # names that a script puts together from parts of them
ICONS = "vendor/fontawesome"  # the theme's, in whose place stands icons.css
THEME = (
    "basic.css",
    "styles/bootstrap.css",
    "styles/pydata-sphinx-theme.css",
)  # what the theme's own layout links to
ONE = "all.css"

others: list[str] = []  # what extensions and _config.yml add, in their order


def _used(selector: list[Any], names: set[str]) -> bool:
    """Whether all classes and ids outside of :not(), :is() and their like occur."""
    for token, following in pairwise([*selector, None]):
        if token.type == "hash" and token.value not in names:
            return False
        is_class = token == "." and following and following.type == "ident"
        if is_class and following.value not in names:
            return False
    return True


def _selectors(prelude: list[Any]) -> list[list[Any]]:
    selectors: list[list[Any]] = [[]]
    for token in prelude:
        if token == ",":
            selectors.append([])
        else:
            selectors[-1].append(token)
    return selectors


def _kept(rules: list[Any], names: set[str]) -> str:
    """The CSS of those rules that are used."""
    css = ""
    for rule in rules:
        if rule.type == "qualified-rule":
            used = [
                tinycss2.serialize(selector).strip()
                for selector in _selectors(rule.prelude)
                if _used(selector, names)
            ]
            if used:
                css += (
                    f"{','.join(used)}{{{tinycss2.serialize(rule.content)}}}\n"
                )
        elif rule.type == "at-rule" and rule.lower_at_keyword in (
            "media",
            "supports",
        ):
            inner = tinycss2.parse_rule_list(
                rule.content, skip_comments=True, skip_whitespace=True
            )
            if kept := _kept(inner, names):
                css += f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{\n{kept}}}\n"
        elif rule.type == "error":
            raise ExtensionError(f"A style sheet can't be read: {rule.message}")
        elif rule.lower_at_keyword != "charset":
            css += rule.serialize() + "\n"
    return css


def _note(
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    sheets = sorted(context["css_files"], key=lambda sheet: sheet.priority)
    others[:] = [
        str(sheet.filename).removeprefix("_static/") for sheet in sheets
    ]


def _unite(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html" or not others:
        return
    static = Path(app.outdir) / "_static"
    shutil.rmtree(static / ICONS, ignore_errors=True)
    names = set(COMPOSED)
    for kind in ("*.html", "*.js"):
        for path in Path(app.outdir).rglob(kind):
            names.update(
                re.findall(r"[\w-]+", path.read_text(encoding="utf-8"))
            )
    css = ""
    for sheet in (*THEME, *others):
        rules = tinycss2.parse_stylesheet(
            (static / sheet).read_text(encoding="utf-8"),
            skip_comments=True,
            skip_whitespace=True,
        )
        css += _kept(rules, names)
    (static / ONE).write_text(css, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("html-page-context", _note)
    app.connect(
        "build-finished", _unite, priority=900
    )  # the theme writes its colours for code at this event, too
    return {"parallel_read_safe": True}
