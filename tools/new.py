"""Begin a chapter: a small lesson that passes its own tests of form, to be rewritten part by part (``make new``)."""

import argparse
import re
import sys
from pathlib import Path

import jupytext
import nbformat

from build import ROOT

TEMPLATE = Path(__file__).with_name("template.txt")  # as jupytext's py:percent
LAST_CHAPTER = re.compile(r"(.*\n)( *- file: book/)\d\d_\w+\n", re.DOTALL)


def main() -> int:
    """Write the notebook and list it behind the last chapter in ``_toc.yml``. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Begin a chapter.")
    parser.add_argument("number", help="two digits, such as 14")
    parser.add_argument("title")
    asked = parser.parse_args()
    words = "_".join(re.findall(r"[a-z0-9]+", asked.title.lower()))
    if not re.fullmatch(r"\d\d", asked.number) or not words:
        print(f"needed: a number of two digits and a title, got {asked.number!r} and {asked.title!r}", file=sys.stderr)
        return 1
    if there := sorted((ROOT / "book").glob(f"{asked.number}_*.ipynb")):
        print(f"there is a chapter {asked.number}: {there[0].name}", file=sys.stderr)
        return 1
    path = ROOT / "book" / f"{asked.number}_{words}.ipynb"
    model = nbformat.read(min((ROOT / "book").glob("01_*.ipynb")), as_version=4)  # type: ignore[no-untyped-call]
    (colab,) = (cell.source for cell in model.cells if "remove-cell" in cell.metadata.get("tags", []))
    text = TEMPLATE.read_text(encoding="utf-8").replace("TITLE", asked.title, 1)
    notebook = jupytext.reads(text.replace("NUMBER", str(int(asked.number))), fmt="py:percent")
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:02}"
        cell.source = cell.source.replace("COLAB", colab)
    notebook.metadata = model.metadata
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
    toc = ROOT / "_toc.yml"
    listed = LAST_CHAPTER.sub(rf"\g<0>\g<2>{path.stem}\n", toc.read_text(encoding="utf-8"), count=1)
    toc.write_text(listed, encoding="utf-8", newline="\n")
    print(
        f"{path.relative_to(ROOT)} is begun, and stands last in _toc.yml: move it where it belongs.\n"
        "It wants a row in the introduction's table, and its exercises rows in book/teaching.md.\n"
        f"Look at it with `make chapter N={asked.number}`, then `make serve`; then make it yours."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
