"""The helpers of *Robust to Whom?*, a companion to Ma & Ying (2021): import the module that holds what you need.

The core, in the order to read it: ``labels`` (the words), ``checks`` (what counts as points, labels and numbers),
``geometry`` (boxes, half spaces); ``generators``, ``teachers`` and ``students`` (μ, T and S, which know nothing of each
other and meet as arguments); ``verdicts`` (what is found out), ``exact`` (what is known without a sample),
``robustness`` (Definitions 3.1 and 3.2), ``attacks`` (𝒜).
What the core asks, and need not be read first, is in ``machinery``; teachers who go by probabilities are in
``probabilities``.
Beside it: ``losses`` (the adversarial loss, (1.1)), ``networks`` (students that are torch modules), ``questions``
(section 4's queries and parities), ``pictures`` (images as arrays), ``figures`` (what chapters draw), ``experiments``
(Examples 4.1 and 4.2 for many seeds) and ``claims`` (what the paper says, each with its check).

>>> from active_teacher import robustness, students, teachers
>>> from active_teacher.geometry import Box
>>> print(robustness.strong_robustness(Box([-1, -1], [1, 1]), teachers.AxisThreshold(), students.Linear([1, 0])))
strongly robust (exact)
"""

__version__ = "0.1.0"
