"""What a record of the ledger holds, and what its verdict is."""

from collections.abc import Callable
from dataclasses import dataclass

HOLDS = "holds"
CORRECTED = "holds with a correction"
FAILS = "does not hold"
OPEN = "not checkable here"
VERDICTS = (HOLDS, CORRECTED, FAILS, OPEN)


@dataclass(frozen=True)
class Measured:
    """What a check found.

    value: the number, or what was counted, in words; printed: whether that bears the claim out as the paper prints it;
    corrected: whether it bears out the corrected claim, None where there is no correction to try.
    """

    value: str
    printed: bool = True
    corrected: bool | None = None


Check = Callable[[], Measured]


def yes(fact: object) -> str:
    """A fact in a word."""
    return "yes" if fact else "no"


@dataclass(frozen=True)
class Claim:
    """A sentence of the paper that can be true or false, in our words.

    name: unique, its place in the table of chapter 12; place: in the published version (see ``numbering`` for the
    preprint's); says: our restatement; check: what to run; shown: the cells of the book that show it, as
    "03#cell-18", chapter and the cell's id; correction: what has to be said for it to hold; why: why it can't be
    checked here, and "" if it can.
    """

    name: str
    place: str
    says: str
    check: Check | None = None
    shown: tuple[str, ...] = ()
    correction: str = ""
    why: str = ""


@dataclass(frozen=True)
class Bullet:
    """A sentence of a chapter's "What to remember": its text, to the letter, and the cells whose asserts carry it.

    cells: as ``Claim.shown``; check: a check of its own, for what no cell asserts.
    """

    chapter: str
    says: str
    cells: tuple[str, ...] = ()
    check: Check | None = None


def verdict(claim: Claim, measured: Measured | None) -> str:
    """What is to be said of a claim, given what its check found: one of ``VERDICTS``.

    A claim holds if its check bears it out as printed, holds with a correction if it bears out that only, and does not
    hold if it bears out neither. One that says why it can't be checked is not checkable here, whatever was measured.

    >>> claim = Claim("half", "4.1", "For any ε.", correction="For ε < 1/2.")
    >>> verdict(claim, Measured("a constant: 1/2", printed=False, corrected=True))
    'holds with a correction'
    """
    if claim.why or measured is None:
        return OPEN
    if measured.printed:
        return HOLDS
    return CORRECTED if measured.corrected else FAILS
