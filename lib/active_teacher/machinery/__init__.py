"""What the core asks, and need not be read to follow it.

``cuts`` and ``volumes`` (parts of boxes), ``margins`` (of support vector machines), ``gradients`` (projected gradient
in l_p balls), ``reweighting``, ``pushes`` and ``tubes`` (how three of the attacks find their worst).
"""
