"""Which number of the published version is which of the preprint's."""

import re

# kind, published, preprint. Sections keep their numbers; the preprint does not number the parity function, (4.1).
CONCORDANCE = (
    ("Fig.", "1.1", "1"),
    ("Fig.", "3.1", "2"),
    ("Fig.", "3.2", "3"),
    ("Fig.", "4.1", "4"),
    ("Fig.", "4.2", "5"),
    ("Fig.", "4.3", "6"),
    ("Remark", "3.1", "1"),
    ("Remark", "3.2", "2"),
    ("Definition", "3.1", "1"),
    ("Definition", "3.2", "2"),
    ("Theorem", "4.1", "1"),
    ("Theorem", "4.2", "2"),
    ("Theorem", "4.3", "3"),
    ("Example", "4.1", "1"),
    ("Example", "4.2", "2"),
    ("Equation", "1.1", "1"),
    ("Equation", "3.1", "2"),
    ("Equation", "4.1", ""),
    ("Equation", "4.2", "3"),
    ("Equation", "4.3", "4"),
    ("Equation", "4.4", "5"),
    ("Equation", "4.5", "6"),
    ("Equation", "4.6", "7"),
    ("Equation", "4.7", "8"),
    ("Equation", "4.8", "9"),
)
_PREPRINT = {(kind, published): preprint for kind, published, preprint in CONCORDANCE}
_NUMBERED = re.compile(r"(Fig\.|Remark|Definition|Theorem|Example) (\d\.\d)|\((\d\.\d)\)")


def preprint(place: str) -> str:
    """A place of the published version, such as "3.2, Fig. 3.2", as the preprint numbers it.

    Raises KeyError for a number that the published version does not have.

    >>> preprint("4.1, Theorem 4.2, (4.3)"), preprint("4.1, (4.1)")
    ('4.1, Theorem 2, (4)', '4.1, not in it')
    """

    def renumbered(found: re.Match[str]) -> str:
        kind, number, equation = found.groups()
        if equation:
            old = _PREPRINT["Equation", equation]
            return f"({old})" if old else "not in it"
        return f"{kind} {_PREPRINT[kind, number]}"

    return _NUMBERED.sub(renumbered, place)
