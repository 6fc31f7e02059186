"""Boxes: which points they hold and share, and the exact volume of what a half space cuts from them."""

from fractions import Fraction
from itertools import pairwise, permutations, product
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from active_teacher.geometry import Box, HalfSpace, check_disjoint
from active_teacher.machinery.cuts import CutBox, cut
from active_teacher.machinery.volumes import MOST_DIMENSIONS, volume_below

FLOATS = st.floats(-8, 8, allow_subnormal=False)


def half_grid(d, reach=3):
    """All points whose coordinates are multiples of 1/2: each face and the inside of each integer box hold some."""
    axis = np.arange(-reach - 0.5, reach + 1, 0.5)
    return np.stack(np.meshgrid(*[axis] * d), axis=-1).reshape(-1, d)


@st.composite
def ends(draw, d, low=-2, high=2):
    """What four arguments make a box with integer sides, or an empty one."""
    corners = [draw(st.lists(st.integers(low, high), min_size=d, max_size=d)) for _ in range(2)]
    flags = [draw(st.lists(st.booleans(), min_size=d, max_size=d)) for _ in range(2)]
    return *corners, *flags


def holds(ends, point):
    """Whether low <= x <= high, or < where open, in plain Python."""
    return all(
        (lo < x if olo else lo <= x) and (x < hi if ohi else x <= hi)
        for lo, hi, olo, ohi, x in zip(*ends, point, strict=True)
    )


def box_of(ends):
    low, high, open_low, open_high = ends
    return Box(low, high, open_low=open_low, open_high=open_high)


def area_of_polygon_below(box, w, b):
    """The area where w·x + b < 0: Sutherland and Hodgman clip the rectangle, the shoelace formula measures it."""
    (x0, y0), (x1, y1) = ([Fraction(float(end)) for end in side] for side in (box.low, box.high))
    w, b = [Fraction(float(c)) for c in w], Fraction(float(b))
    kept = []
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    for p, q in pairwise([*corners, corners[0]]):
        at_p, at_q = (w[0] * point[0] + w[1] * point[1] + b for point in (p, q))
        if at_p <= 0:
            kept.append(p)
        if (at_p < 0 < at_q) or (at_q < 0 < at_p):
            t = at_p / (at_p - at_q)
            kept.append((p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])))
    turns = [p[0] * q[1] - q[0] * p[1] for p, q in pairwise([*kept, *kept[:1]])]
    return abs(sum(turns, start=Fraction(0))) / 2


@given(st.data(), st.integers(1, 2))
def test_a_box_holds_the_points_between_its_sides(data, d):
    given_ends = data.draw(ends(d))
    grid = half_grid(d)
    expected = [holds(given_ends, point) for point in grid]
    if any(expected):
        assert box_of(given_ends).contains(grid).tolist() == expected
    else:
        with pytest.raises(ValueError, match="at least one point"):
            box_of(given_ends)


@given(st.data(), st.integers(1, 2))
def test_an_intersection_holds_what_both_hold(data, d):
    grid = half_grid(d)
    one, other = (data.draw(ends(d).filter(lambda e: any(holds(e, point) for point in half_grid(d)))) for _ in range(2))
    both = [holds(one, point) and holds(other, point) for point in grid]
    shared = box_of(one).intersection(box_of(other))
    assert (shared is not None) == any(both)
    if shared is not None:
        assert shared.contains(grid).tolist() == both


@pytest.mark.parametrize("side", [0.5, -0.1, 1 / 3, 1e-300])
def test_a_closed_side_is_in_and_an_open_one_is_out_to_the_last_bit(side):
    closed, opened = Box([side], [9]), Box([side], [9], open_low=True)
    below, above = [[np.nextafter(side, -np.inf)]], [[np.nextafter(side, np.inf)]]
    assert closed.contains([*below, [side], *above]).tolist() == [False, True, True]
    assert opened.contains([*below, [side], *above]).tolist() == [False, False, True]


def test_a_box_may_be_a_point():
    assert Box([1, 2], [1, 2]).contains([[1, 2], [1, 2.5]]).tolist() == [True, False]
    assert Box([1, 2], [1, 2]).volume == 0


@pytest.mark.parametrize(
    ("low", "high", "flags"),
    [
        ([1], [0], {}),
        ([1], [1], {"open_low": True}),
        ([1], [1], {"open_high": True}),
        ([0, 2], [5, 1], {}),
        ([np.inf], [np.inf], {}),
        ([-np.inf], [-np.inf], {}),
    ],
)
def test_no_box_is_empty(low, high, flags):
    with pytest.raises(ValueError, match="at least one point"):
        Box(low, high, **flags)


def test_one_flag_opens_all_sides_and_a_row_of_flags_one_each():
    assert Box([0, 0], [1, 1], open_low=True).open_low.tolist() == [True, True]
    assert Box([0, 0], [1, 1], open_high=[False, True]).contains([[1, 0], [0, 1]]).tolist() == [True, False]


def test_infinite_sides_hold_all_that_is_finite():
    half_plane = Box([-np.inf, 0], [np.inf, np.inf])
    assert half_plane.contains([[-1e308, 0], [1e308, 1e308], [0, -1e-300]]).tolist() == [True, True, False]
    assert not half_plane.bounded
    assert Box([-1e300], [1e300]).bounded


@pytest.mark.parametrize(("low", "high"), [([-np.inf], [0]), ([0], [np.inf])])
def test_an_unbounded_box_has_no_volume(low, high):
    with pytest.raises(ValueError, match="unbounded"):
        _ = Box(low, high).volume
    with pytest.raises(ValueError, match="unbounded"):
        volume_below(Box(low, high), [1.0])


def test_a_side_longer_than_any_float_is_refused():
    with pytest.raises(ValueError, match="finite length"):
        Box([0, -1.7e308], [1, 1.7e308])


def test_a_point_in_a_box_is_one_point():
    box = Box([0, 0], [1, 2])
    assert [1, 2] in box
    assert np.array([1.5, 2]) not in box
    assert 0.5 in Box([0], [1])
    with pytest.raises(ValueError, match="shape"):
        _ = [[0, 0], [9, 9]] in box


def test_a_box_keeps_its_sides_when_the_arrays_it_was_made_of_change():
    low, flags = np.zeros(2), np.array([False, False])
    box = Box(low, [1, 1], open_low=flags)
    low[:], flags[:] = 5, True
    assert [0, 0] in box


def test_boxes_of_different_dimensions_share_nothing_that_can_be_named():
    with pytest.raises(ValueError, match="one dimension, got 1 and 2"):
        Box([0], [1]).intersection(Box([0, 0], [1, 1]))


@given(st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=4))
def test_the_volume_is_the_exact_product_of_the_sides(sides):
    low, high = np.sort(np.array(sides), axis=1).T
    expected = Fraction(1)
    for a, b in zip(low.tolist(), high.tolist(), strict=True):
        expected *= Fraction(b) - Fraction(a)
    assert Box(low, high).volume == expected


@pytest.mark.parametrize(
    ("w", "b", "area"),
    [
        ([1, 1], 0, 2),
        ([1, 1], -1, Fraction(7, 2)),
        ([1, 1], -2, 4),
        ([1, 1], 2, 0),
        ([1, 0], 0, 2),
        ([0, -4], 2, 1),
        ([2, 1], 0, 2),
        ([1, 2], -2, Fraction(15, 4)),
        ([0, 0], -1, 4),
        ([0, 0], 0, 0),
        ([0, 0], 1, 0),
    ],
)
def test_the_area_below_a_line_in_the_square_of_side_2(w, b, area):
    assert volume_below(Box([-1, -1], [1, 1]), w, b) == area


@given(st.lists(st.tuples(FLOATS, FLOATS), min_size=2, max_size=2), st.tuples(FLOATS, FLOATS), FLOATS)
def test_the_area_below_a_line_is_that_of_the_clipped_polygon(sides, w, b):
    low, high = np.sort(np.array(sides), axis=1).T
    box = Box(low, high)
    everything_or_nothing = box.volume if b < 0 else 0
    assert volume_below(box, w, b) == (area_of_polygon_below(box, w, b) if any(w) else everything_or_nothing)


@given(st.data(), st.integers(1, 5))
def test_what_is_below_and_what_is_above_make_the_whole(data, d):
    low, high = np.sort([data.draw(st.tuples(FLOATS, FLOATS)) for _ in range(d)], axis=1).T
    w = np.array(data.draw(st.lists(FLOATS, min_size=d, max_size=d).filter(any)))
    b = data.draw(FLOATS)
    box = Box(low, high)
    below, above = volume_below(box, w, b), volume_below(box, -w, -b)
    assert below + above == box.volume
    assert min(below, above) >= 0


@given(st.data(), st.integers(1, 4))
def test_the_volume_below_adds_up_over_the_parts_of_a_box(data, d):
    w = data.draw(st.lists(FLOATS, min_size=d, max_size=d))
    b, cut = data.draw(FLOATS), data.draw(st.floats(-1, 2))
    whole, left, right = Box([-1] * d, [2] * d), [2] * d, [-1] * d
    left[0] = right[0] = cut
    parts = Box([-1] * d, left), Box(right, [2] * d)
    assert volume_below(whole, w, b) == sum(volume_below(part, w, b) for part in parts)


@pytest.mark.parametrize("d", range(1, 7))
def test_the_slices_of_the_cube_have_the_eulerian_numbers_as_volumes(d):
    """Between Σx = k and Σx = k + 1 lie as many d!-ths of the cube as permutations of d have k descents."""
    descents = [sum(a > b for a, b in pairwise(order)) for order in permutations(range(d))]
    below = [volume_below(Box([0] * d, [1] * d), [1] * d, -k) for k in range(d + 1)]
    assert [upper - lower for lower, upper in pairwise(below)] == [
        Fraction(descents.count(k), factorial(d)) for k in range(d)
    ]


@pytest.mark.parametrize("d", [1, 3, MOST_DIMENSIONS])
def test_half_of_a_symmetric_box_is_below_a_plane_through_its_middle(d):
    w = 1 + np.arange(d) / 8
    assert volume_below(Box([-1] * d, [1] * d), w) == Fraction(2**d, 2)


def test_the_volume_below_agrees_with_a_sample():
    rng = np.random.default_rng(2021)
    low, high = np.array([-1, 0, 0.3, -2, 0]), np.array([2, 1, 0.4, -1, 3])
    x = rng.uniform(low, high, size=(200_000, 5))
    for w in rng.normal(size=(4, 5)):
        b = -float(w @ (low + high) / 2) + 0.3 * rng.normal()
        box = Box(low, high)
        share = float(volume_below(box, w, b) / box.volume)
        assert abs(np.mean(x @ w + b < 0) - share) < 5 * np.sqrt(share * (1 - share) / len(x))
        assert 0.01 < share < 0.99


@given(st.tuples(FLOATS, FLOATS), FLOATS, st.integers(-30, 30))
def test_the_volume_below_does_not_depend_on_the_scale_of_the_score(w, b, power):
    box = Box([-1, 0.5], [3, 0.75])
    scaled = np.array(w) * 2.0**power
    assert volume_below(box, scaled, b * 2.0**power) == volume_below(box, w, b)


def test_open_sides_do_not_change_a_volume():
    opened = Box([0, 0], [1, 2], open_low=True, open_high=True)
    assert (opened.volume, volume_below(opened, [1, 1], -1)) == (2, Fraction(1, 2))


def test_coordinates_that_do_not_count_cost_nothing():
    d = MOST_DIMENSIONS + 20
    w = np.zeros(d)
    w[:2] = 1
    assert volume_below(Box([0] * d, [1] * d), w, -1) == Fraction(1, 2)


def test_too_many_coordinates_are_refused():
    d = MOST_DIMENSIONS + 1
    with pytest.raises(ValueError, match="at most 16 coefficients may be nonzero, got 17"):
        volume_below(Box([0] * d, [1] * d), [1] * d, -1)


@pytest.mark.parametrize(
    ("first", "second", "disjoint"),
    [
        (Box([0], [1]), Box([1], [2]), False),
        (Box([0], [1], open_high=True), Box([1], [2]), True),
        (Box([0], [1]), Box([1], [2], open_low=True), True),
        (Box([0, 0], [1, 1]), Box([1, 1], [2, 2]), False),
        (Box([0, 0], [1, 1]), Box([1, 1], [2, 2], open_low=[False, True]), True),
        (Box([0], [1]), Box([-5], [5]), False),
        (Box([0], [1]), Box([3], [5]), True),
    ],
)
def test_boxes_that_touch_are_disjoint_if_one_leaves_the_touching_side_open(first, second, disjoint):
    if disjoint:
        check_disjoint([first, second])
    else:
        with pytest.raises(ValueError, match="parts must be disjoint, but number 0 and number 1 share points"):
            check_disjoint([first, second], name="parts")


def test_the_pair_that_is_not_disjoint_is_named():
    boxes = [Box([i], [i + 0.5]) for i in range(4)]
    check_disjoint(boxes)
    with pytest.raises(ValueError, match="number 2 and number 4"):
        check_disjoint([*boxes, Box([2.5], [2.6])])


def test_quadrants_that_are_open_are_disjoint_and_those_that_are_closed_share_the_origin():
    for opened in (True, False):
        quadrants = [
            Box([-(a < 0), -(b < 0)], [a > 0, b > 0], open_low=opened, open_high=opened)
            for a, b in product((-1, 1), repeat=2)
        ]
        if opened:
            check_disjoint(quadrants)
        else:
            with pytest.raises(ValueError, match="share points"):
                check_disjoint(quadrants)


# The least of one linear function where another is large


def corners_beyond(box, u, h):
    """The corners of the part of a box where u·x >= h, in fractions: its own ones, and where its edges meet u·x = h."""
    ends = [(Fraction(float(lo)), Fraction(float(hi))) for lo, hi in zip(box.low, box.high, strict=True)]
    found = [list(corner) for corner in product(*ends)]
    for i, slope in enumerate(u):
        if slope:
            for corner in product(*ends[:i], [Fraction(0)], *ends[i + 1 :]):
                x = (Fraction(h) - dot(u, corner)) / Fraction(slope)
                if ends[i][0] <= x <= ends[i][1]:
                    found.append([*corner[:i], x, *corner[i + 1 :]])
    return [corner for corner in found if dot(u, corner) >= h]


def dot(w, x):
    return sum((Fraction(float(c)) * Fraction(z) for c, z in zip(w, x, strict=True)), start=Fraction(0))


@settings(max_examples=300)
@given(st.data(), st.integers(1, 3))
def test_the_least_beyond_a_plane_is_at_a_corner(data, d):
    entries = st.lists(st.integers(-3, 3), min_size=d, max_size=d)
    low, size = np.array(data.draw(entries)), np.abs(data.draw(entries))
    box, w, u, h = Box(low, low + size), data.draw(entries), data.draw(entries), data.draw(st.integers(-8, 8)) / 2
    corners = corners_beyond(box, u, h)
    part = cut(box, HalfSpace(u, -h))
    if not corners:
        assert part is None
        return
    least, point = part.least(HalfSpace(w, 0.5))
    least -= Fraction(1, 2)
    assert isinstance(least, Fraction)
    assert least == min(dot(w, corner) for corner in corners)
    assert point in box
    assert point.dtype == np.float64
    assert np.dot(u, point) >= h - 1e-12
    assert np.dot(w, point) == pytest.approx(float(least), abs=1e-12)


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.integers(1, 7))
def test_the_least_beyond_a_plane_is_that_of_a_linear_program(seed, d):
    rng = np.random.default_rng(seed)
    low = rng.normal(size=d)
    high = low + rng.random(d)
    w, u = rng.normal(size=(2, d)) * rng.integers(0, 2, size=(2, d))
    h = float(u @ (low + high) / 2 + 0.4 * np.abs(u).sum() * rng.normal())
    program = linprog(w, A_ub=-u[None], b_ub=[-h], bounds=list(zip(low, high, strict=True)))
    part = cut(Box(low, high), HalfSpace(u, -h))
    assert (part is None) == (program.status == 2)
    if part is not None:
        found = part.least(HalfSpace(w, 0))
        assert float(found[0]) == pytest.approx(program.fun, abs=1e-9)
        assert np.dot(w, found[1]) == pytest.approx(program.fun, abs=1e-9)
        assert np.dot(u, found[1]) >= h - 1e-12
        assert found[1] in Box(low, high)


def least(box, w, u, h):
    """The least w·x where u·x >= h, or None if that is nowhere."""
    part = cut(box, HalfSpace(u, -h))
    return part if part is None else part.least(HalfSpace(w, 0))


def test_the_edge_of_what_is_beyond_counts():
    box = Box([0, 0], [1, 1])
    assert least(box, [1, 0], [1, 1], 2) == (1, pytest.approx([1, 1]))
    assert least(box, [1, 0], [1, 1], np.nextafter(2, 3)) is None
    assert least(box, [0, 0], [1, 1], 2)[0] == 0
    assert least(box, [1, 2], [0, 0], 0)[0] == 0
    assert least(box, [1, 2], [0, 0], 1e-300) is None
    assert cut(box, HalfSpace([1, 1], -2, strict=True)) is None
    assert cut(box, HalfSpace([0, 0], 0, strict=True)) is None


def test_the_deepest_point_is_in_the_middle_or_furthest_beyond_the_cut():
    box = Box([0, 0, 4], [1, 1, 8])
    assert box.deepest.tolist() == [0.5, 0.5, 6]
    assert cut(box, HalfSpace([2, -1, 0], 0)).deepest.tolist() == [1, 0, 6]


def test_a_part_of_a_box_holds_what_both_hold():
    box, half_space = Box([-1, -1], [1, 1]), HalfSpace([1, 2], -0.5)
    x = np.random.default_rng(2021).uniform(-2, 2, size=(500, 2))
    inside = (np.abs(x) <= 1).all(axis=1) & (x @ [1, 2] >= 0.5)
    assert (cut(box, half_space).contains(x) == inside).all()
    assert (box.box, box.cuts) == (box, ())
    assert (cut(box, half_space).box, cut(box, half_space).cuts) == (box, (half_space,))


@pytest.mark.parametrize("strict", [False, True])
def test_the_boundary_belongs_to_a_half_space_unless_it_is_strict(strict):
    half_space = HalfSpace([1, -2], 3, strict=strict)
    assert half_space.contains([[1, 2], [1, 1.75], [1, 2.25]]).tolist() == [not strict, True, False]
    assert half_space.score(np.array([0.1, 0.25])) == Fraction(0.1) + Fraction(5, 2)
    assert [half_space.admits(Fraction(score)) for score in (-1, 0, 1)] == [False, not strict, True]


def test_a_half_space_keeps_its_own_numbers():
    w = np.array([1.0, 2.0])
    half_space = HalfSpace(w, 0)
    w[:] = 9
    assert half_space.w.tolist() == [1, 2]


@pytest.mark.parametrize("region", [Box([0, 0], [1, 1]), cut(Box([0, 0], [1, 1]), HalfSpace([1, 0], 0))])
@pytest.mark.parametrize("ask", ["least", "worst"])
def test_a_region_and_a_half_space_live_in_one_space(region, ask):
    with pytest.raises(ValueError, match="a half space of 3 coordinates was given a box of 2"):
        getattr(region, ask)(HalfSpace([1, 2, 3], 0))


def test_an_unbounded_box_has_no_worst_point_and_an_open_one_no_cut():
    with pytest.raises(ValueError, match="unbounded"):
        Box([0, 0], [1, np.inf]).least(HalfSpace([1, 1], 0))
    with pytest.raises(ValueError, match="unbounded"):
        cut(Box([0, 0], [1, np.inf]), HalfSpace([1, 1], 0))
    with pytest.raises(ValueError, match="must be a closed box, got one with open sides"):
        cut(Box([0, 0], [1, 1], open_high=True), HalfSpace([1, 1], 0))


def test_a_part_without_points_is_none_or_no_part():
    with pytest.raises(ValueError, match="must hold at least one point"):
        CutBox(Box([0], [1]), HalfSpace([1], -2))
