"""The vocabulary: the classes, UNCERTAIN, and how each is written."""

import numpy as np
import pytest

from active_teacher.labels import UNCERTAIN, A, B, DifferentiableStudent, LinearStudent, RegionTeacher, name_of


def test_the_two_classes_are_0_and_1_and_uncertain_is_neither():
    assert (UNCERTAIN, B, A) == (-1, 0, 1)


def test_two_classes_are_a_and_b_and_more_are_numbered_from_1():
    assert [name_of(label) for label in (A, B, UNCERTAIN)] == ["A", "B", "U"]
    assert [name_of(label, classes=4) for label in range(-1, 4)] == ["U", "C_1", "C_2", "C_3", "C_4"]
    assert name_of(np.int64(1)) == "A"
    assert name_of(0, classes=1) == "C_1"


@pytest.mark.parametrize(("label", "classes"), [(2, 2), (-2, 2), (3, 3), (None, 2), (0.0, 2), ("A", 2)])
def test_a_label_that_is_none_has_no_name(label, classes):
    with pytest.raises(ValueError, match=rf"one of {classes} classes 0 \.\. {classes - 1}, got {label!r}"):
        name_of(label, classes=classes)


@pytest.mark.parametrize(
    ("kind", "methods"),
    [
        (RegionTeacher, ["certain_regions"]),
        (LinearStudent, ["classes", "half_spaces", "dual_norm"]),
        (DifferentiableStudent, ["gradient"]),
    ],
)
def test_who_has_the_methods_is_of_the_kind_and_needs_to_inherit_nothing(kind, methods):
    methods = ["__call__", *methods]
    assert isinstance(type("Somebody", (), dict.fromkeys(methods, print))(), kind)
    for missing in methods:
        assert not isinstance(type("Somebody", (), dict.fromkeys(set(methods) - {missing}, print))(), kind)
