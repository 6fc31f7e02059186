"""The book's figures: the plane, charts, pictures, and figures with a slider.

Each function draws into matplotlib axes if it is given some (``ax=``) and returns the whole figure. For anything else
there is plain matplotlib on the axes of ``panels``.
"""

from active_teacher.figures.canvas import panels
from active_teacher.figures.charts import bars, curves, histogram, spreads, strips
from active_teacher.figures.diagrams import learning_procedure
from active_teacher.figures.explorer import explore
from active_teacher.figures.images import image, images, signed
from active_teacher.figures.plane import regions

__all__ = [
    "bars",
    "curves",
    "explore",
    "histogram",
    "image",
    "images",
    "learning_procedure",
    "panels",
    "regions",
    "signed",
    "spreads",
    "strips",
]
