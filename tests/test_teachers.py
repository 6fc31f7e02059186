"""Teachers: what they say, to the last bit where they become uncertain, and how often where they roll dice."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from active_teacher.generators import Finite
from active_teacher.geometry import Box
from active_teacher.labels import UNCERTAIN, A, B
from active_teacher.probabilities import Confident, Joint, Stochastic
from active_teacher.teachers import AxisThreshold, Boxes, LinearThreshold, Regions

SURE = 1e-6  # a true statement fails one such test in a million: the seeds below are fixed
U = UNCERTAIN
PAPER = AxisThreshold(axis=0, low=-0.5, high=0.5)
GRID = np.stack(np.meshgrid(np.arange(-3.5, 4, 0.5), np.arange(-3.5, 4, 0.5)), axis=-1).reshape(-1, 2)
LINE = np.array([[-1.0], [-0.3], [0.0], [0.3], [1.0]])
QUADRANTS = Boxes([
    (A, Box([-1, 0], [0, 1], open_low=[False, True], open_high=[True, False])),
    (B, Box([0, -1], [1, 0], open_low=[True, False], open_high=[False, True])),
])  # fmt: skip


def seeded(seed=2021):
    return np.random.default_rng(seed)


def nudged(value):
    """The float below, the float itself, and the float above."""
    return [np.nextafter(value, -np.inf), value, np.nextafter(value, np.inf)]


@st.composite
def domains(draw, d=2):
    """Boxes with integer sides from -3 to 3, open or closed."""
    low = draw(st.lists(st.integers(-3, 3), min_size=d, max_size=d))
    size = draw(st.lists(st.integers(0, 4), min_size=d, max_size=d))
    flags = [[draw(st.booleans()) and s > 0 for s in size] for _ in range(2)]
    return Box(low, np.add(low, size), open_low=flags[0], open_high=flags[1])


@st.composite
def box_teachers(draw):
    """Up to four disjoint boxes in a row, of the classes 0 .. 2, some of them touching."""
    regions, left = [], -3
    for _ in range(draw(st.integers(1, 4))):
        left, width = left + draw(st.integers(0, 1)), draw(st.integers(1, 2))
        bottom, height = draw(st.integers(-3, 2)), draw(st.integers(0, 3))
        box = Box([left, bottom], [left + width, bottom + height], open_low=[True, False])
        regions.append((draw(st.integers(0, 2)), box))
        left += width
    return Boxes(regions)


def test_the_paper_teacher_says_a_from_one_half_and_b_to_minus_one_half():
    x = np.array([*nudged(-0.5), 0, *nudged(0.5)])
    assert PAPER(np.stack([x, x[::-1]], axis=1)).tolist() == [B, B, U, U, U, A, A]


@given(st.integers(0, 2), st.lists(st.floats(-2, 2), min_size=3, max_size=3), st.floats(-1e9, 1e9))
def test_a_threshold_reads_one_coordinate_only(axis, point, other):
    changed = np.full(3, other)
    changed[axis] = point[axis]
    assert AxisThreshold(axis=axis)([point]) == AxisThreshold(axis=axis)([changed])


@pytest.mark.parametrize("side", [*nudged(-0.5), 0, *nudged(0.5)])
def test_three_ways_to_say_the_same_agree(side):
    x = np.concatenate([GRID, [[side, 0], [side, 3]]])
    as_boxes = Boxes([(B, Box([-np.inf, -np.inf], [-0.5, np.inf])), (A, Box([0.5, -np.inf], [np.inf, np.inf]))])
    as_regions = Regions([lambda x: x[:, 0] <= -0.5, lambda x: x[:, 0] >= 0.5])
    assert PAPER(x).tolist() == as_boxes(x).tolist() == as_regions(x).tolist()


@given(domains(), st.integers(0, 1), st.integers(-4, 3), st.integers(1, 4))
def test_the_certain_regions_of_a_threshold_are_where_it_is_certain(domain, axis, low, gap):
    agrees_with_its_boxes(AxisThreshold(axis=axis, low=low, high=low + gap), domain)


@given(domains(), box_teachers())
def test_the_certain_regions_of_boxes_are_where_they_are_certain(domain, teacher):
    agrees_with_its_boxes(teacher, domain)


def agrees_with_its_boxes(teacher, domain):
    x = GRID[domain.contains(GRID)]
    parts = teacher.certain_regions(domain)
    inside = np.array([box.contains(x) for _, box in parts]).reshape(len(parts), len(x))
    assert (inside.sum(axis=0) == (teacher(x) != U)).all()
    for (label, _), members in zip(parts, inside, strict=True):
        assert (teacher(x)[members] == label).all()
        assert members.any()  # integer boxes that are not empty hold a point of the grid


def test_a_threshold_needs_its_axis():
    with pytest.raises(ValueError, match=r"d > 2, got shape \(1, 2\)"):
        AxisThreshold(axis=2)([[0, 0]])
    with pytest.raises(ValueError, match="more than 2 dimensions, got 2"):
        AxisThreshold(axis=2).certain_regions(Box([0, 0], [1, 1]))


@pytest.mark.parametrize(("low", "high"), [(0.5, 0.5), (1, 0)])
def test_a_threshold_leaves_room_for_uncertainty(low, high):
    with pytest.raises(ValueError, match="low must be less than high"):
        AxisThreshold(low=low, high=high)


def test_the_open_quadrants_are_uncertain_on_the_axes_and_beyond_the_square():
    assert QUADRANTS([[-0.5, 0.5], [0.5, -0.5], [-1, 1], [1, -1]]).tolist() == [A, B, A, B]
    assert QUADRANTS([[0, 0], [0, 1], [-1, 0], [0.5, 0.5], [-1.5, 0.5]]).tolist() == [U] * 5
    assert QUADRANTS([[-5e-324, 5e-324]]).tolist() == [A]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.uint64, np.int64, int])
def test_the_labels_of_boxes_may_be_any_integers(dtype):
    answer = Boxes([(dtype(2), Box([0], [1]))])([[0.5], [5.0]])
    assert answer.tolist() == [2, U]
    assert answer.dtype == np.int64


@pytest.mark.parametrize(
    ("regions", "error", "said"),
    [
        ([], ValueError, "at least one"),
        ([(U, Box([0], [1]))], ValueError, "got UNCERTAIN"),
        ([(0, Box([0], [1])), (1, Box([1], [2]))], ValueError, "boxes must be disjoint, but number 0 and number 1"),
        ([(0, Box([0], [1])), (1, Box([3, 3], [4, 4]))], ValueError, "one dimension"),
        ([(0, Box([0], [1])), (0.5, Box([3], [4]))], TypeError, "regions' labels must be integer"),
        ([(0, Box([0], [1])), (True, Box([3], [4]))], TypeError, "label must be an integer, got True at position 1"),
        ([(0, Box([0], [1])), (Box([3], [4]), 1)], TypeError, "pairs, got .* at position 1"),
        ([(0, Box([0], [1])), 7], TypeError, "pairs, got 7 at position 1"),
    ],
)
def test_boxes_are_disjoint_and_have_classes(regions, error, said):
    with pytest.raises(error, match=said):
        Boxes(regions)


def test_the_kth_region_is_class_k_and_outside_all_is_uncertain():
    teacher = Regions([lambda x, k=k: np.abs(x[:, 0] - k) < 0.25 for k in range(4)])
    assert teacher([[3], [0.5], [0], [2], [1], [-1]]).tolist() == [3, U, 0, 2, 1, U]


def test_what_regions_were_made_of_may_change():
    given_regions = [lambda x: x[:, 0] > 0]
    teacher = Regions(given_regions)
    given_regions.append(None)
    assert teacher([[1.0], [-1.0]]).tolist() == [0, U]


def test_regions_may_be_of_images():
    teacher = Regions([lambda x: x.mean(axis=(1, 2)) < 0.2, lambda x: x.mean(axis=(1, 2)) > 0.8])
    assert teacher(np.stack([np.zeros((4, 4)), np.ones((4, 4)), np.full((4, 4), 0.5)])).tolist() == [0, 1, U]


def test_a_point_in_two_regions_is_named():
    teacher = Regions([lambda x: x[:, 0] > 0, lambda x: x[:, 0] < 5, lambda x: x[:, 0] > 1])
    assert teacher([[-1], [7e-324], [5]][:1]).tolist() == [1]
    with pytest.raises(ValueError, match=r"row 1 lies in \[0, 1\]"):
        teacher([[-1], [0.5], [3]])


@pytest.mark.parametrize("answer", [[1, 0], [True], [[True, False]], [0.5, 1.0]])
def test_a_membership_is_a_mask(answer):
    with pytest.raises(ValueError, match=r"class 1 must be \(2,\) bool, got shape"):
        Regions([lambda x: [False, False], lambda x: answer])([[0.0], [1.0]])


@pytest.mark.parametrize("p", [0.0, 5e-324, *nudged(0.01), 0.5, *nudged(0.99), 1.0])
def test_a_network_teacher_is_the_formula_of_remark_3_2(p):
    expected = A if p > 0.99 else B if p < 0.01 else U
    # Just below 0.01, one minus the probability rounds to 0.99 itself, and the answer is still no class.
    if 0 < 0.01 - p < 1e-16:
        expected = U
    assert Confident(lambda x: np.full(len(x), p))([[0.0], [1.0]]).tolist() == [expected] * 2


def test_a_probability_of_exactly_99_or_1_percent_is_uncertain():
    assert Confident(lambda x: np.array([0.99, 0.01]))([[0.0], [1.0]]).tolist() == [U, U]
    assert Confident(lambda x: np.array([[0.01, 0.99], [0.99, 0.01]]))([[0.0], [1.0]]).tolist() == [U, U]
    assert Confident(lambda x: np.array([0.990001, 0.009999]))([[0.0], [1.0]]).tolist() == [A, B]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.5, 0.999))
def test_one_probability_or_two_that_sum_to_1_are_the_same(p, confidence):
    p, x = np.array(p), np.zeros((len(p), 1))
    one = Confident(lambda x: p, confidence)
    two = Confident(lambda x: np.stack([1 - p, p], axis=1), confidence)
    assert one(x).tolist() == two(x).tolist()


@given(st.lists(st.integers(0, 50), min_size=2, max_size=5).filter(any), st.integers(0, 49))
def test_a_network_of_k_classes_is_believed_above_the_confidence(counts, percent_above_half):
    confidence = (50 + percent_above_half) / 100
    p = np.array(counts) / sum(counts)
    sure = [k for k, share in enumerate(p) if share > confidence]
    assert Confident(lambda x: p[None], confidence)([[0.0]]).tolist() == (sure or [U])


@pytest.mark.parametrize("confidence", [0.49, 1, 1.5, -0.99, 0])
def test_a_confidence_lets_one_class_pass_at_most(confidence):
    with pytest.raises(ValueError, match=rf"must lie in \[0.5, 1\), got {confidence}"):
        Confident(lambda x: x, confidence)


@pytest.mark.parametrize(
    ("p", "error"),
    [
        ([0.5, 1.5], ValueError),
        ([0.5, -1e-9], ValueError),
        ([0.5, np.nan], ValueError),
        ([0.5, -np.inf], ValueError),
        ([[0.5, 0.4], [0.5, 0.5]], ValueError),
        ([[0.5, 0.5], [1e308, 1e308]], ValueError),
        ([[1.0], [1.0]], ValueError),
        ([0.5], ValueError),
        ([[[0.5, 0.5]]], ValueError),
        ([0, 1], TypeError),
        (["a", "b"], TypeError),
        ([[0.5], [0.5, 0.5]], ValueError),
    ],
)
@pytest.mark.parametrize("teacher", [Confident, lambda network: Stochastic(network, seeded())])
def test_what_is_no_probability_is_refused(p, error, teacher):
    with pytest.raises(error, match=r"probabilities|the network's answer"):
        teacher(lambda x: p)([[0.0], [1.0]])


@pytest.mark.parametrize("k", [2, 3])
def test_stochastic_labels_have_the_given_probabilities(k):
    p = np.array([[0.2, 0.5, 0.3], [0.9, 0.05, 0.05], [1 / 3] * 3]) if k == 3 else np.array([[0.2, 0.8], [0.5, 0.5]])
    n = 20_000
    y = Stochastic(lambda x: p[x[:, 0].astype(int)], seeded())(np.repeat(np.arange(len(p)), n)[:, None])
    for row, drawn in zip(p, y.reshape(len(p), n), strict=True):
        assert stats.chisquare(np.bincount(drawn, minlength=k), n * row).pvalue > SURE


def test_a_single_probability_is_that_of_class_a():
    y = Stochastic(lambda x: np.full(len(x), 0.9), seeded())(np.zeros((10_000, 1)))
    assert stats.binomtest(int(np.sum(y == A)), 10_000, 0.9).pvalue > SURE


def test_certain_dice_are_deterministic():
    y = Stochastic(lambda x: np.tile([0.0, 1.0, 0.0], (len(x), 1)), seeded())(np.zeros((1000, 1)))
    assert (y == 1).all()


def test_an_impossible_class_is_never_drawn_even_if_the_others_sum_to_a_little_less_than_1():
    p = [0.4, 0.599991, 0.0]
    y = Stochastic(lambda x: np.tile(p, (len(x), 1)), seeded())(np.zeros((1_000_000, 1)))
    assert y.max() == 1


def test_dice_are_rolled_anew_at_each_question_and_the_rng_decides():
    def teacher():
        return Stochastic(lambda x: np.full(len(x), 0.5), seeded())

    x = np.zeros((50, 1))
    asked = teacher()
    first = asked(x)
    assert (first != asked(x)).any()
    assert (first == teacher()(x)).all()


def test_dice_are_rolled_for_each_point_by_itself():
    y = Stochastic(lambda x: np.full(len(x), 0.5), seeded())(np.zeros((10_000, 1)))
    assert stats.binomtest(int(np.sum(y[1:] == y[:-1])), 9_999, 0.5).pvalue > SURE


def test_a_joint_distribution_is_its_marginal_and_its_conditional():
    points, table = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), np.array([[0.1, 0.25], [0.4, 0.05], [0, 0.2]])
    rng, n = seeded(), 50_000
    x = Finite(points, table.sum(axis=1)).sample(n, rng)
    y = Joint(points, table, rng)(x)
    counts = np.array([[np.sum((x == point).all(axis=1) & (y == k)) for k in range(2)] for point in points])
    assert counts[2, 0] == 0
    assert counts.sum() == n
    possible = table > 0
    assert stats.chisquare(counts[possible], n * table[possible]).pvalue > SURE


def test_a_joint_distribution_says_nothing_where_it_has_no_mass():
    teacher = Joint([[0], [1], [2]], [[0.5, 0], [0, 0], [0, 0.5]], seeded())
    assert teacher([[2], [1], [0], [7], [0.5], [2]]).tolist() == [1, U, 0, U, U, 1]
    assert teacher([[1], [7]]).tolist() == [U, U]


def test_minus_zero_is_zero_to_a_joint_distribution():
    assert Joint([[-0.0, 1.0]], [[0.0, 1.0]], seeded())([[0.0, 1.0], [-0.0, 1.0]]).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("points", "table", "said"),
    [
        ([[0], [1]], [[0.5, 0.5]], "row of probabilities for each of 2 points"),
        ([[0], [1]], [[0.5, 0.5], [0.5, 0.5]], "sum to 1, got a least of 0.5 and a sum of 2"),
        ([[0], [1]], [[1.5, 0], [0, -0.5]], "nonnegative"),
        ([[0], [1]], [[1e308, 1e308], [0, 0]], "sum to 1"),
        ([[0], [0]], [[0.5, 0], [0, 0.5]], "all different"),
        ([[0.0], [-0.0]], [[0.5, 0], [0, 0.5]], "all different"),
    ],
)
def test_a_joint_distribution_is_a_table_of_different_points(points, table, said):
    with pytest.raises(ValueError, match=said):
        Joint(points, table, seeded())


def test_a_joint_distribution_is_asked_about_points_of_its_shape():
    with pytest.raises(ValueError, match=r"x must have shape \(n, 1\), got \(2, 2\)"):
        Joint([[0], [1]], [[0.5, 0], [0, 0.5]], seeded())(np.zeros((2, 2)))


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


@pytest.fixture
def network(torch):
    """The probability of A rises with x_1; dropout would shuffle it, batch normalisation would shift it."""
    linear = torch.nn.Linear(1, 1)
    with torch.no_grad():
        linear.weight.fill_(10.0)
        linear.bias.fill_(0.0)
    return torch.nn.Sequential(
        torch.nn.Dropout(0.5), torch.nn.BatchNorm1d(1), linear, torch.nn.Sigmoid(), torch.nn.Flatten(0)
    )


def test_a_module_is_a_teacher(network):
    p = 1 / (1 + np.exp(-10 * LINE[:, 0] / np.sqrt(1 + 1e-5)))
    expected = np.where(p > 0.99, A, np.where(p < 0.01, B, U))
    assert expected.tolist() == [B, U, U, U, A]
    assert Confident(network)(LINE).tolist() == expected.tolist()


@pytest.mark.parametrize("training", [True, False])
def test_a_module_is_asked_in_evaluation_mode_and_left_as_it_was(network, training):
    network.train(training)
    network[1].train(not training)  # such as a frozen normalisation
    before = {name: value.clone() for name, value in network.state_dict().items()}
    first, second = Confident(network)(LINE), Confident(network)(LINE)
    assert (first == second).all()
    assert [part.training for part in network] == [training, not training, training, training, training]
    assert network.training is training
    assert all((value == before[name]).all() for name, value in network.state_dict().items())


def test_a_module_that_fails_is_left_as_it_was(torch, network):
    with pytest.raises(RuntimeError):
        Confident(network)(np.zeros((2, 7)))
    assert all(part.training for part in network)


def test_no_gradient_is_kept(torch):
    seen = []

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = torch.nn.Parameter(torch.tensor(0.5))

        def forward(self, x):
            seen.append((torch.is_grad_enabled(), (x.sum() * self.w).requires_grad))
            return self.w.expand(len(x))

    network = Network()
    Confident(network)(LINE)
    assert seen == [(False, False)]
    assert network.w.grad is None
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_module_is_asked_in_its_own_precision(torch, dtype):
    seen = []

    class Network(torch.nn.Linear):
        def forward(self, x):
            seen.append(x.dtype)
            return torch.softmax(super().forward(x), dim=1)

    y = Confident(Network(1, 3, dtype=getattr(torch, dtype)), 0.5)(LINE)
    assert seen == [getattr(torch, dtype)]
    assert set(y.tolist()) <= {U, 0, 1, 2}


def test_a_module_without_parameters_is_asked_in_single_precision(torch):
    class Network(torch.nn.Module):
        def forward(self, x):
            assert x.dtype == torch.float32
            return torch.sigmoid(x[:, 0])

    assert Confident(Network(), 0.5)(LINE).tolist() == [B, B, U, A, A]


def test_a_module_can_not_change_the_points(torch):
    class Network(torch.nn.Module):
        def forward(self, x):
            x.zero_()
            return torch.full((len(x),), 0.5)

    x = LINE.astype(np.float32)
    Confident(Network())(x)
    assert (x == LINE.astype(np.float32)).all()


@pytest.mark.parametrize("view", [lambda x: x[::-1], lambda x: np.broadcast_to(x[:1], x.shape), np.asfortranarray])
def test_any_view_of_an_array_will_do(network, view):
    x = view(np.ascontiguousarray(LINE))
    assert Confident(network)(x).tolist() == Confident(network)(x.copy()).tolist()


def test_a_module_that_answers_no_tensor_is_refused(torch):
    class Network(torch.nn.Module):
        def forward(self, x):
            return x, x

    with pytest.raises(TypeError, match="probabilities, got a tuple"):
        Confident(Network())(LINE)


def test_a_module_rolls_the_dice_too(network):
    y = Stochastic(network, seeded())(np.zeros((10_000, 1)))
    assert stats.binomtest(int(y.sum()), 10_000, 0.5).pvalue > SURE


@given(st.integers(1, 3), st.integers(0, 2))
def test_all_teachers_give_one_label_a_point(n, shift):
    x = np.arange(n)[:, None] + float(shift)
    teachers = [
        AxisThreshold(),
        Boxes([(0, Box([0], [1]))]),
        Regions([lambda x: x[:, 0] > 1]),
        Confident(lambda x: np.full(len(x), 0.7)),
        Stochastic(lambda x: np.full(len(x), 0.7), seeded()),
        Joint([[0], [1]], [[0.5, 0], [0, 0.5]], seeded()),
    ]
    for teacher in teachers:
        y = teacher(x)
        assert y.dtype == np.int64
        assert y.shape == (n,)
    assume(shift == 0)
    assert teachers[-1](x)[0] == 0


def test_a_teacher_can_be_asked_about_a_list():
    assert PAPER([list(point) for point in product([-1, 0, 1], [0])]).tolist() == [B, U, A]


# Half spaces


@given(
    st.lists(st.integers(-3, 3), min_size=2, max_size=2).filter(any),
    st.lists(st.integers(-4, 4), min_size=2, max_size=2).map(sorted),
)
def test_half_spaces_are_labelled_by_the_score(w, ends):
    low, high = ends
    teacher = LinearThreshold(w, low=low, high=high)
    for x, y in zip(GRID, teacher(GRID), strict=True):
        score = w[0] * x[0] + w[1] * x[1]
        assert y == (A if score >= high else B if score <= low else U)  # of low = high, A is asked first


@given(
    st.lists(st.integers(-3, 3), min_size=2, max_size=2).filter(any),
    st.lists(st.integers(-4, 4), min_size=2, max_size=2).map(sorted),
)
def test_the_half_spaces_a_teacher_names_are_where_it_is_certain(w, ends):
    teacher = LinearThreshold(w, low=ends[0], high=ends[1])
    parts = teacher.certain_regions(Box(GRID.min(axis=0), GRID.max(axis=0)))
    inside = [region.contains(GRID) for _, region in parts]
    assert (np.select(inside, [label for label, _ in parts], U) == teacher(GRID)).all()
    assert sum(inside, np.zeros(len(GRID), int)).max() <= 1


def test_a_threshold_is_a_pair_of_half_spaces():
    assert LinearThreshold([1, 0], low=-0.5, high=0.5)(GRID).tolist() == PAPER(GRID).tolist()


def test_example_4_1_compares_two_coordinates():
    teacher = LinearThreshold([1, 0, -1], low=0, high=0)
    assert teacher([[1, 9, 0], [0, 9, 1], [0.5, 9, 0.5]]).tolist() == [A, B, A]


def test_a_teacher_of_half_spaces_keeps_what_it_was_given():
    w = np.array([1, 2])
    teacher = LinearThreshold(w, low=0, high=Fraction(1, 2))
    w[:] = -9
    assert teacher.coefficients.tolist() == [1.0, 2.0]
    assert (teacher.low, teacher.high, type(teacher.high)) == (0.0, 0.5, float)


@pytest.mark.parametrize(
    ("w", "said"),
    [
        ([0, 0], r"not all be 0, got \[0.0, 0.0\]"),
        ([], "hold at least one number, got none"),
        ([[1, 2]], r"have shape \(n,\)"),
        (3, r"have shape \(n,\)"),
    ],
)
def test_half_spaces_need_a_direction(w, said):
    with pytest.raises(ValueError, match=f"coefficients must {said}"):
        LinearThreshold(w, low=0, high=1)


def test_half_spaces_do_not_overlap_and_may_touch():
    with pytest.raises(ValueError, match="low must be at most high, got 1 and 0"):
        LinearThreshold([1, 1], low=1, high=0)
    assert LinearThreshold([1], low=1, high=1)([[1], [np.nextafter(1, 0)]]).tolist() == [A, B]


@pytest.mark.parametrize("x", [[[1e200, 0]], [[1e200, 1e200]]])
def test_a_score_of_half_spaces_that_no_float_can_hold_is_refused(x):
    with pytest.raises(ValueError, match="score too large for a float"):
        LinearThreshold([1e200, -1e200], low=0, high=1)(x)
    with pytest.raises(ValueError, match=r"shape \(n, 2\), got shape \(1, 3\)"):
        LinearThreshold([1, 1], low=0, high=1)([[1, 2, 3]])
