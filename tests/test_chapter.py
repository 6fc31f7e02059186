"""`make chapter`: outputs that say and show the same stay as they were, and no others."""

import base64
import io

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from active_teacher import figures
from chapter import refresh


def drawn(label: str, noise: int = 0) -> str:
    figure = figures.curves([0, 1], {"": np.array([0, 1])}, xlabel=label, ylabel="y")
    page = io.BytesIO()
    figure.savefig(page, format="png")
    pixels = np.asarray(Image.open(page).convert("RGB"), int)
    pixels = np.clip(pixels + np.random.default_rng(2021).integers(-noise, noise + 1, pixels.shape), 0, 255)
    again = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(again, "PNG")
    return base64.b64encode(again.getvalue()).decode()


def notebook(picture: str, text: str = "a curve", count: int = 1):
    output = new_output("display_data", {"image/png": picture, "text/plain": text})
    return new_notebook(cells=[new_code_cell("draw()", execution_count=count, outputs=[output])])


@pytest.mark.parametrize(
    ("picture", "text", "changed"),
    [
        (drawn("formula (8a)"), "a curve", 0),
        (drawn("formula (8a)", noise=2), "a curve", 0),
        (drawn("formula (8b)"), "a curve", 1),
        (drawn("formula (8a)"), "two curves", 1),
    ],
)
def test_an_output_is_replaced_if_it_says_or_shows_something_else(picture, text, changed):
    stored, fresh = notebook(drawn("formula (8a)")), notebook(picture, text, count=7)
    before = stored.cells[0].outputs[0]["data"]["image/png"]
    assert refresh(stored, fresh) == changed
    assert stored.cells[0].execution_count == 7
    assert stored.cells[0].outputs[0]["data"]["image/png"] == (picture if changed else before)
