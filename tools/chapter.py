"""Run chapters from top to bottom and store their outputs in them (``make chapter N=05``).

An output that says and shows what the stored one did is left as it was, so that a diff holds what has changed.
"""

import argparse
import base64
import io
import json
import os
import re
import sys
from itertools import zip_longest
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode
from PIL import Image
from scipy.ndimage import uniform_filter

from build import ROOT, failed_cell, run

PICTURE = re.compile(r"[A-Za-z0-9+/]{200,}=*")  # as base64
LIKE, PLACE = 4, 16  # grey levels of 255, on average over so many pixels a side: a letter more differs by 20 and more


def main() -> int:
    """Run the chapters that are named, and say of each how many outputs are new. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Run chapters and store their outputs in them.")
    parser.add_argument("names", nargs="+", help="how a chapter's file name begins, such as 05 or intro")
    names = parser.parse_args().names
    os.environ["OMP_NUM_THREADS"] = "1"  # as the build and the tests run them
    for name in names:
        found = sorted((ROOT / "book").glob(f"{name}*.ipynb"))
        if len(found) != 1:
            print(f"one chapter must begin with {name!r}, got {[path.name for path in found]}", file=sys.stderr)
            return 1
        stored = nbformat.read(found[0], as_version=4)  # type: ignore[no-untyped-call]
        fresh = nbformat.read(found[0], as_version=4)  # type: ignore[no-untyped-call]
        for cell in fresh.cells:
            if cell.cell_type == "code":
                cell.update(outputs=[], execution_count=None)
        seconds, error = run(fresh)
        if error:
            print(f"{found[0].name}, {failed_cell(fresh)}:\n\n{error}", file=sys.stderr)
            return 1
        changed = refresh(stored, fresh)
        nbformat.write(stored, found[0])  # type: ignore[no-untyped-call]
        print(f"{found[0].name}: run in {seconds:.1f} s, {changed} cells have new outputs")
    return 0


def refresh(stored: NotebookNode, fresh: NotebookNode) -> int:
    """Put the outputs of a run into a stored notebook where they differ. Returns how many cells have new ones."""
    changed = 0
    for old, new in zip(stored.cells, fresh.cells, strict=True):
        if new.cell_type != "code":
            continue
        old.execution_count = new.execution_count
        if all(same(*pair) for pair in zip_longest(old.outputs, new.outputs)):
            for kept, made in zip(old.outputs, new.outputs, strict=True):
                if "execution_count" in made:
                    kept.execution_count = made.execution_count
        else:
            old.outputs, changed = new.outputs, changed + 1
    return changed


def same(old: Any, new: Any) -> bool:
    """Whether two outputs say the same and show pictures that look the same."""
    if old is None or new is None:
        return False
    texts, pictures = zip(*map(told_and_shown, (old, new)), strict=True)
    return texts[0] == texts[1] and len(pictures[0]) == len(pictures[1]) and all(map(alike, *pictures))


def told_and_shown(output: NotebookNode) -> tuple[str, list[str]]:
    """An output's text, with its pictures taken out, and these."""
    text = json.dumps({**output, "execution_count": None}, sort_keys=True)
    return PICTURE.sub("", text), PICTURE.findall(text)


def alike(one: str, other: str) -> bool:
    """Whether two encoded pictures are of one size and the same but for rounding."""
    if one == other:
        return True
    first, second = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(code))).convert("RGB"), int) for code in (one, other)
    )
    if first.shape != second.shape:
        return False
    apart = np.abs(first - second).mean(axis=2)
    return bool(uniform_filter(apart, PLACE).max() < LIKE)


if __name__ == "__main__":
    sys.exit(main())
