"""The ledger: every claim of the paper and every bullet of the book's summaries, each with what was run for it.

``paper.CLAIMS`` and ``bullets.BULLETS`` are to be read; what they call is in ``framework``, ``questions`` and
``examples``, a plain function each. Chapter 12 runs them and shows the two tables. Nothing imports this room.
"""
