"""Hypothesis draws the same examples in every run: what fails anywhere fails here. And what takes long begins first."""

from hypothesis import settings

settings.register_profile("book", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("book")

LONG = ("test_lab.py", "10_shape_or_texture.ipynb", "11_ways_compared.ipynb", "test_site.py", "test_build.py")


def pytest_collection_modifyitems(items):
    """The longest files first: else one worker is left with them when the other has nothing to do."""
    order = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get(item.path.name, len(LONG)))
