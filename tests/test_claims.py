"""The ledger: each claim has a verdict that its check bears out, each bullet a record, and each link a cell."""

import ast
import re
from collections import Counter

import pytest

from active_teacher.claims import examples, framework, numbering, pages, questions, records
from active_teacher.claims.bullets import BULLETS
from active_teacher.claims.paper import CLAIMS
from active_teacher.claims.records import CORRECTED, FAILS, HOLDS, OPEN, VERDICTS, Claim, Measured, verdict
from test_chapters import CHAPTERS, NOTEBOOKS, PAGES, nodes

CELLS = {f"{name[:2]}#{cell.id}": cell for name in CHAPTERS for cell in NOTEBOOKS[name].cells}
CHECKED = [claim for claim in CLAIMS if claim.check]


def bullets_of(name: str) -> list[str]:
    """The bullets of a chapter's "What to remember", each on one line."""
    prose = "\n\n".join(cell.source for cell in NOTEBOOKS[name].cells if cell.cell_type == "markdown")
    summary = prose.partition("## What to remember")[2].partition("\n## ")[0]
    return [" ".join(bullet.split()) for bullet in re.split(r"^- ", summary, flags=re.MULTILINE)[1:]]


def asserts(cell: str) -> bool:
    return CELLS[cell].cell_type == "code" and any(isinstance(node, ast.Assert) for node in nodes([CELLS[cell]]))


@pytest.fixture(scope="module")
def found() -> dict[str, Measured]:
    return {claim.name: claim.check() for claim in CHECKED}


# The paper


def test_no_two_claims_have_one_name():
    assert [name for name, times in Counter(claim.name for claim in CLAIMS).items() if times > 1] == []


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_a_claim_can_be_checked_or_says_why_not(claim):
    assert claim.check or claim.why
    assert claim.shown or claim.why
    assert not (claim.correction and claim.why)
    assert pages.parts(claim.place)


@pytest.mark.parametrize("claim", CHECKED, ids=lambda claim: claim.name)
def test_a_correction_is_what_the_check_asks_for(claim, found):
    """A claim with a correction is false as printed and true as corrected; one without has nothing to correct."""
    said = verdict(claim, found[claim.name])
    assert said in VERDICTS
    assert (said == CORRECTED) == bool(claim.correction), found[claim.name]
    assert (said == OPEN) == bool(claim.why)
    assert found[claim.name].value


def test_the_verdicts():
    claim, why = Claim("a", "1", ""), Claim("a", "1", "", why="an opinion")
    assert verdict(claim, None) == OPEN
    assert verdict(claim, Measured("", printed=True)) == HOLDS
    assert verdict(claim, Measured("", printed=True, corrected=False)) == HOLDS
    assert verdict(claim, Measured("", printed=False)) == FAILS
    assert verdict(claim, Measured("", printed=False, corrected=False)) == FAILS
    assert verdict(claim, Measured("", printed=False, corrected=True)) == CORRECTED
    assert verdict(why, Measured("", printed=True)) == OPEN


def test_everything_numbered_in_the_paper_is_in_the_ledger():
    places = " ".join(claim.place for claim in CLAIMS)
    named = {
        (kind, number)
        for kind, number, _ in numbering.CONCORDANCE
        if kind != "Equation" and f"{kind} {number}" in places
    }
    named |= {
        (kind, number) for kind, number, _ in numbering.CONCORDANCE if kind == "Equation" and f"({number})" in places
    }
    assert named == {(kind, number) for kind, number, _ in numbering.CONCORDANCE}
    sections = {"Abstract", "1", "2", "3.1", "3.2", "3.3", "4", "4.1", "4.2", "5", "A", "A.1", "A.2"}
    assert sections <= {part for claim in CLAIMS for part in claim.place.split(", ")}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_a_claim_leads_to_cells_of_code(claim):
    assert [cell for cell in claim.shown if cell not in CELLS or CELLS[cell].cell_type != "code"] == []


def test_the_preprint_s_numbers():
    assert numbering.preprint("3.2, Fig. 3.2, (3.1)") == "3.2, Fig. 3, (2)"
    assert numbering.preprint("4.1, (4.1), Theorem 4.1") == "4.1, not in it, Theorem 1"
    for claim in CLAIMS:
        assert numbering.preprint(claim.place)
    with pytest.raises(KeyError):
        numbering.preprint("Theorem 4.9")


def test_the_concordance_is_that_of_the_notation():
    rows = re.findall(
        r"^\| (.+?) \| (.+?) \| .+? \|$", PAGES["notation"].partition("## Two numberings")[2], re.MULTILINE
    )
    listed = set()
    for published, preprint in rows[1:]:
        kind = "Equation" if published.startswith("(") else re.match(r"[A-Z][a-z]+", published)[0].rstrip("s")
        ours = re.findall(r"\d\.\d", published)
        theirs = re.findall(r"\d+", preprint) or [""]
        listed |= {(kind.replace("Figure", "Fig."), *pair) for pair in zip(ours, theirs, strict=True)}
    assert listed == set(numbering.CONCORDANCE)


# The book


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_bullet_has_a_record_and_each_record_its_bullet(name):
    written, recorded = bullets_of(name), [bullet.says for bullet in BULLETS if bullet.chapter == name[:2]]
    new = [text for text in written if text not in recorded]
    gone = [text for text in recorded if text not in written]
    told = "\n".join([f"NEW, in {name}: {text}" for text in new] + [f"GONE from {name}: {text}" for text in gone])
    assert not told, f"lib/active_teacher/claims/bullets.py has to follow:\n{told}"
    assert written == recorded  # in their order, once each


def test_every_chapter_has_bullets():
    assert {bullet.chapter for bullet in BULLETS} == {name[:2] for name in CHAPTERS}


@pytest.mark.parametrize("bullet", BULLETS, ids=lambda bullet: f"{bullet.chapter}-{bullet.says[:30]}")
def test_a_bullet_is_carried_by_asserts_or_a_check(bullet):
    assert [cell for cell in bullet.cells if cell not in CELLS] == []
    assert bullet.cells
    assert [cell for cell in bullet.cells if not asserts(cell)] == []


@pytest.mark.parametrize("bullet", [b for b in BULLETS if b.check], ids=lambda bullet: bullet.says[:30])
def test_a_bullet_s_own_check_bears_it_out(bullet):
    measured = bullet.check()
    assert measured.printed or measured.corrected


@pytest.mark.parametrize("module", [framework, questions, examples], ids=lambda module: module.__name__)
def test_every_check_is_asked(module):
    asked = {record.check for record in (*CLAIMS, *BULLETS)}
    checks = [f for f in vars(module).values() if callable(f) and f.__module__ == module.__name__]
    checks = [f for f in checks if f.__annotations__.get("return") is Measured]
    assert [f.__name__ for f in checks if f not in asked] == []


# The two tables


def test_the_chapters_are_those_of_the_book():
    assert set(pages.CHAPTERS.values()) == set(CHAPTERS)
    assert all(stem.startswith(number) for number, stem in pages.CHAPTERS.items())


def test_a_row_for_each_record_with_its_verdict_and_its_links(found):
    html = pages.claims_table(CLAIMS, found).html
    assert re.findall(r'<tr role="row" id="claim-([a-z0-9-]+)"', html) == [claim.name for claim in CLAIMS]
    linked = re.findall(r'href="([^"]+)"', html)
    assert linked == [pages.address(cell) for claim in CLAIMS for cell in claim.shown]
    said = re.findall(r'data-verdict="([^"]+)"', html)
    assert said == [verdict(claim, found.get(claim.name)) for claim in CLAIMS]
    assert re.findall(r"<strong>([^<]+)</strong>", html) == said


def test_no_two_links_of_a_row_are_called_the_same(found):
    for table in (pages.claims_table(CLAIMS, found), pages.bullets_table(BULLETS, {})):
        for row in re.findall(r"<tr .*?</tr>", table.html)[1:]:
            texts = re.findall(r"<a [^>]*>([^<]+)</a>", row)
            assert len(set(texts)) == len(texts), row


@pytest.mark.parametrize("bullet", BULLETS, ids=lambda bullet: bullet.says[:30])
def test_no_markup_is_left_of_a_bullet(bullet):
    assert not re.search(r"[\\$\[\]{}]", pages.plain(bullet.says))


def test_what_is_shown_is_escaped():
    claim = Claim("a", "1", "<b> & x", lambda: Measured("<i>"), ("01#cell-11",))
    html = pages.claims_table([claim], {"a": Measured("<i>")}).html
    assert "&lt;b&gt; &amp; x" in html
    assert "&lt;i&gt;" in html
    assert "<i>" not in html


def test_a_table_says_what_it_is_in_a_terminal():
    assert repr(pages.bullets_table(BULLETS, {})).endswith(f"a table of {len(BULLETS)} rows>")
    assert records.Measured("x").printed
