"""Keep of the tools' style sheets what the book uses: the rules whose classes and ids occur in a page or in a script.

A page waits for its style sheets, and nine tenths of them are about things that no page has.
"""

import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import tinycss2
from sphinx.application import Sphinx

COMPOSED = {
    "bs-tooltip-auto"
}  # names that a script puts together from parts of them
ICONS = "vendor/fontawesome"  # the theme's, in whose place stands icons.css
BRACKETS = ("media", "supports")


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
        elif rule.type == "at-rule" and rule.lower_at_keyword in BRACKETS:
            inner = tinycss2.parse_rule_list(
                rule.content, skip_comments=True, skip_whitespace=True
            )
            if kept := _kept(inner, names):
                css += f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{\n{kept}}}\n"
        else:
            css += rule.serialize() + "\n"
    return css


def _lighten(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    shutil.rmtree(static / ICONS, ignore_errors=True)
    names = set(COMPOSED)
    for kind in ("*.html", "*.js"):
        for path in Path(app.outdir).rglob(kind):
            names.update(
                re.findall(r"[\w-]+", path.read_text(encoding="utf-8"))
            )
    for path in static.rglob("*.css"):
        rules = tinycss2.parse_stylesheet(
            path.read_text(encoding="utf-8"),
            skip_comments=True,
            skip_whitespace=True,
        )
        path.write_text(_kept(rules, names), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("build-finished", _lighten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
