"""The ledger's two tables as HTML: complete without scripts, and with a filter where scripts run."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template

from active_teacher.claims.numbering import preprint
from active_teacher.claims.records import VERDICTS, Bullet, Claim, Measured, verdict

CHAPTERS = {
    "01": "01_generator_teacher_student",
    "02": "02_lp_distances",
    "03": "03_adversarial_examples",
    "04": "04_attacks",
    "05": "05_lp_or_strong",
    "06": "06_feature_queries",
    "07": "07_parity_hardness",
    "08": "08_data_queries",
    "09": "09_two_pixels",
    "10": "10_shape_or_texture",
    "11": "11_ways_compared",
    "12": "12_claims",
    "13": "13_your_data",
}
PARTS = ("Abstract", "1", "2", "3", "4", "5", "A")
# Of the TeX in the bullets; longer names first.
LETTERS = {
    r"\hat h": "ĥ",
    r"\sigma": "σ",
    r"\alpha": "α",
    r"\varepsilon": "ε",
    r"\epsilon": "ε",
    r"\infty": "∞",
    r"\ge": "≥",
    r"\binom dk": "C(d, k)",
    r"\mu": "μ",
    r"\nu": "ν",
    r"\sqrt n": "√n",
    r"l_0": "l₀",
    r"l_1": "l₁",
    r"l_2": "l₂",
    r"l_∞": "l_∞",
    "^2": "²",
}


@dataclass(frozen=True)
class Table:
    """A table of the ledger, as a notebook shows it. html: all of it; text: what a terminal shows in its place."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def parts(place: str) -> list[str]:
    """The parts of the paper that a place names: "Abstract", sections "1" to "5", "A".

    >>> parts("1, 3.2, Fig. 3.2, (3.1)")
    ['1', '3']
    """
    named = re.findall(r"(?:^|, )(Abstract|\d|A)(?:\.\d)?(?=,|$)", place)
    return list(dict.fromkeys(named))


def address(cell: str) -> str:
    """The link to a cell, from a notebook beside it: "03#cell-18" is in 03_adversarial_examples.ipynb.

    On the book's pages cells have such names, and the links end in .html (book/_ext/ledger.py).
    """
    chapter, name = cell.split("#")
    return f"{CHAPTERS[chapter]}.ipynb#code-{name}"


def plain(markdown: str) -> str:
    r"""A bullet's Markdown and TeX as plain text.

    >>> plain(r"[Theorem 4.2](#theorem-4-2): for $\varepsilon < \tfrac12$, at most $1/(32\alpha^2)$ *more*")
    'Theorem 4.2: for ε < 1/2, at most 1/(32α²) more'
    """
    text = re.sub(r"\[([^\[\]]+)\]\([^()\s]+\)", r"\1", markdown)
    text = re.sub(r"\\tfrac(?:\{(\d+)\}|(\d))(?:\{(\d+)\}|(\d))", _fraction, text)
    for tex, letter in LETTERS.items():
        text = text.replace(tex, letter)
    return re.sub(r"[$*]|\\(?=[ ,])", "", text)


def _fraction(found: re.Match[str]) -> str:
    above, below = (digits for digits in found.groups() if digits)
    return f"{above}/{below}"


def claims_table(claims: Sequence[Claim], found: Mapping[str, Measured]) -> Table:
    """The claims of the paper, a row each. found: what the checks found, by the claims' names."""
    rows, shown = [], []
    for claim in claims:
        measured = found.get(claim.name)
        said = verdict(claim, measured)
        shown.append(said)
        note = f"Correction: {claim.correction}" if claim.correction else claim.why and f"Why not: {claim.why}."
        cells = (
            _place(claim.place),
            f"<p>{escape(claim.says)}</p>" + (f"<p><em>{escape(note)}</em></p>" if note else ""),
            escape(measured.value) if measured else "–",
            f"<p><strong>{escape(said)}</strong></p>{_links(claim.shown)}",
        )
        rows.append(_row(f"claim-{claim.name}", cells, verdict=said, part="|".join(parts(claim.place))))
    named = {name for claim in claims for name in parts(claim.place)}
    choices = [
        ("verdict", "Verdict", VERDICTS),
        ("part", "Part of the paper", [name for name in PARTS if name in named]),
    ]
    heads = ("Where", "What the paper says", "What was measured", "Verdict, and where shown")
    return _table("claims", "The claims of the paper", choices, heads, rows)


def _place(place: str) -> str:
    """Where a claim stands, and where in the preprint if that has other numbers."""
    old = preprint(place)
    return f"<p>{escape(place)}</p>" + (f"<p>preprint: {escape(old)}</p>" if old != place else "")


def bullets_table(bullets: Sequence[Bullet], found: Mapping[str, Measured]) -> Table:
    """The bullets of all chapters, a row each. found: what the checks of their own found, by the bullets' texts."""
    rows = []
    for k, bullet in enumerate(bullets, start=1):
        own = found.get(bullet.says)
        cells = (
            f"Chapter {int(bullet.chapter)}",
            escape(plain(bullet.says)),
            escape(own.value) if own else "the asserts beside it",
            _links(bullet.cells),
        )
        rows.append(_row(f"bullet-{k}", cells, chapter=str(int(bullet.chapter))))
    chapters = list(dict.fromkeys(str(int(bullet.chapter)) for bullet in bullets))
    heads = ("Where", "What to remember", "Checked by", "Cells")
    return _table("bullets", "What the chapters ask to be remembered", [("chapter", "Chapter", chapters)], heads, rows)


def _links(cells: Sequence[str]) -> str:
    """Links to cells, those of one chapter told apart by numbers."""
    links: list[str] = []
    seen = Counter[str]()
    total = Counter(cell.partition("#")[0] for cell in cells)
    for cell in cells:
        chapter = cell.partition("#")[0]
        seen[chapter] += 1
        number = f" ({seen[chapter]})" if total[chapter] > 1 else ""
        links.append(f'<a href="{address(cell)}">ch. {int(chapter)}{number}</a>')
    return " ".join(links)


def _row(name: str, cells: Sequence[str], **data: str) -> str:
    first, *others = cells
    kept = "".join(f' data-{key}="{escape(value)}"' for key, value in data.items())
    others_html = "".join(f'<td role="cell">{cell}</td>' for cell in others)
    return f'<tr role="row" id="{name}"{kept}><th role="rowheader" scope="row">{first}</th>{others_html}</tr>'


def _table(
    name: str, label: str, choices: Sequence[tuple[str, str, Sequence[str]]], heads: Sequence[str], rows: Sequence[str]
) -> Table:
    selects = []
    for key, caption, options in choices:
        listed = "".join(f'<option value="{escape(option)}">{escape(option)}</option>' for option in options)
        selects.append(f'<label>{caption}<select name="{key}"><option value="">all</option>{listed}</select></label>')
    template = Template(files("active_teacher.claims").joinpath("ledger.html").read_text(encoding="utf-8"))
    html = template.substitute(
        name=name,
        label=escape(label),
        filter=escape(f"Filter: {label}"),
        choices="\n".join(selects),
        heads="".join(f'<th role="columnheader" scope="col">{escape(head)}</th>' for head in heads),
        rows="\n".join(rows),
    )
    return Table(html, f"<{label}: a table of {len(rows)} rows>")
