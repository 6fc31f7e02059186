"""Hypothesis draws the same examples in every run: what fails anywhere fails here. Long files come first."""

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("browsing")

settings.register_profile("book", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("book")

# Two workers take whole files, in this order, so that neither waits for the other's longest file at the end.
LONGEST = ("test_site.py", "10_shape_or_texture.ipynb", "test_build.py", "test_site_explorers.py", "test_sweep.py")
LONGEST += ("test_bad_input.py", "test_colab.py", "test_pdf.py", "07_parity_hardness.ipynb", "test_image_ways.py")


def pytest_collection_modifyitems(items):
    """Where test_lab runs, too, JupyterLab has a look at each notebook: after its last cell, with nbval's kernel."""
    for lab in {item.module for item in items if item.path.name == "test_lab.py"}:
        for chapter in {item.parent for item in items if item.path.suffix == ".ipynb"}:
            if chapter.path.stem not in lab.RUN_WHOLE:
                last = max(place for place, item in enumerate(items) if item.parent is chapter)
                items.insert(last + 1, lab.InJupyterLab.from_parent(chapter, name="JupyterLab"))
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))
