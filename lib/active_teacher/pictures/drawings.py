"""Line drawings as arrays, black on white (Fig. 1.1)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_array, as_count, as_points, as_positive, as_real, as_row


def arc(
    centre: tuple[float, float], radii: float | tuple[float, float], *, start: float = 0.0, stop: float = 360.0
) -> NDArray[np.float64]:
    """A stroke along an ellipse from one angle to another, in degrees, counted from the right against the clock.

    centre: (x, y); radii: one, or one for x and one for y, positive. Returns (m, 2) points, one every 5° or closer.
    Raises TypeError or ValueError for any other.

    >>> from active_teacher.pictures.drawings import arc
    >>> arc((0.5, 0.5), 0.4, stop=180)[[0, -1]].round(2).tolist()
    [[0.9, 0.5], [0.1, 0.5]]
    """
    middle, lengths = as_row(centre, name="centre"), as_row(np.atleast_1d(as_array(radii, name="radii")), name="radii")
    if len(middle) != 2:
        raise ValueError(f"centre must be (x, y), got {centre}")
    if len(lengths) > 2 or lengths.min() <= 0:
        raise ValueError(f"radii must be one or two positive numbers, got {radii}")
    (x, y), (across, up) = middle, np.broadcast_to(lengths, 2)
    start, stop = as_real(start, name="start"), as_real(stop, name="stop")
    angles = np.radians(np.linspace(start, stop, 2 + int(abs(stop - start) // 5)))
    return np.stack([x + across * np.cos(angles), y + up * np.sin(angles)], axis=1)


def drawing(strokes: Sequence[ArrayLike], *, pixels: int = 200, width: float = 0.016) -> NDArray[np.float64]:
    """The picture of black strokes on white paper, x to the right and y up, both from 0 to 1.

    strokes: one or more polylines, (m, 2) points each; pixels: of a side; width: of the pen, positive.
    Returns (pixels, pixels), 0 black and 1 white, grey only where a stroke's edge cuts a pixel.
    Raises TypeError or ValueError for any other.

    >>> from active_teacher.pictures.drawings import drawing
    >>> drawing([[(0.5, 0), (0.5, 1)]], pixels=5, width=0.2)[0]
    array([1., 1., 0., 1., 1.])
    """
    if not isinstance(strokes, Sequence) or len(strokes) == 0:
        raise TypeError(f"strokes must be a sequence of one or more polylines, got {strokes!r}")
    pixels = as_count(pixels, name="pixels")
    as_positive(width, name="width")
    middles = (np.arange(pixels) + 0.5) / pixels
    paper = np.stack(np.meshgrid(middles, middles[::-1]), axis=-1)
    distance = np.full((pixels, pixels), np.inf)  # of each pixel to the nearest stroke
    for k, stroke in enumerate(strokes):
        line = as_points(stroke, name=f"stroke {k}", dimension=2)
        for start, along in zip(line, np.diff(line, axis=0, append=line[-1:]), strict=True):
            way = np.clip((paper - start) @ along / max(along @ along, np.finfo(float).tiny), 0, 1)
            distance = np.minimum(distance, np.linalg.norm(paper - start - way[..., None] * along, axis=-1))
    return np.asarray(1 - np.clip((width / 2 - distance) * pixels + 0.5, 0, 1))
