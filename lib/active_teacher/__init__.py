"""The helpers of *Robust to Whom?*, one module per noun of Ma & Ying (2021).

``labels`` names the classes, ``boxes`` the regions that geometry can be exact about; ``generators``, ``teachers``
and ``students`` hold μ, T and S, which know nothing of each other and meet as arguments in ``robustness``; ``networks``
are students that are torch modules, ``attacks`` hold 𝒜, ``distances`` compare pictures; ``queries`` and ``parity`` are
section 4's; ``experiments`` and ``sweep`` run examples for many seeds; ``plots`` and ``explore`` draw.
Import the module that holds what you need: ``from active_teacher import teachers``.
"""

__version__ = "0.1.0"
