"""The drawing of how a student learns (Fig. 3.1)."""

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from active_teacher.figures.canvas import axes_of, figure_of
from active_teacher.figures.style import INK, TINTS, UNSURE, styled


@styled
def learning_procedure() -> Figure:
    """The three parts of supervised learning and what passes between them (Fig. 3.1; preprint: Figure 2)."""
    ax = axes_of(None, size=(5.0, 2.5))
    ax.set(xlim=(0, 5.2), ylim=(0, 2.6))
    ax.set_axis_off()
    parts = [  # left, bottom and width of a box
        (0.05, 0.95, 0.95, "data\ngenerator\n$\\mu$", "white"),
        (1.7, 1.75, 0.85, "teacher\n$T$", TINTS[1]),
        (1.7, 0.15, 0.85, "points\n$\\mathbf{x}$", UNSURE),
        (3.2, 0.15, 0.85, "data set\n$(\\mathbf{x},\\ y)$", UNSURE),
        (4.28, 1.05, 0.85, "student\n$S$", TINTS[0]),
    ]
    for left, bottom, width, text, colour in parts:
        height = 0.27 * (1 + text.count("\n")) + 0.16
        shape = FancyBboxPatch(
            (left, bottom), width, height, boxstyle="round,pad=0.03", facecolor=colour, edgecolor=INK
        )
        ax.add_patch(shape)
        ax.text(left + width / 2, bottom + height / 2, text, ha="center", va="center")
    arrows = [  # from, to, the middle of its text
        ((1.03, 1.05), (1.67, 0.65), (1.12, 0.65), "samples"),
        ((2.12, 0.88), (2.12, 1.72), (2.48, 1.3), "is asked"),
        ((2.58, 2.0), (3.6, 0.88), (3.55, 1.7), "answers $y$"),
        ((2.58, 0.5), (3.17, 0.5), (2.87, 0.68), "with $y$"),
        ((4.08, 0.6), (4.6, 1.02), (4.72, 0.65), "trains"),
    ]
    for tail, head, place, text in arrows:
        ax.annotate("", xy=head, xytext=tail, arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.6})
        ax.text(*place, text, ha="center", va="center", fontsize=10)
    return figure_of(ax)
