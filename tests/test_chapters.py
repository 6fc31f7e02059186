"""The chapters' form: what the style guide asks of every notebook, and the references they cite.

Whether a chapter's outputs come out again is nbval's business; how it looks in JupyterLab, test_lab's.
"""

import ast
import re
import symtable
from collections.abc import Iterator

import nbformat
import numpy as np
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from pybtex.database import parse_file

from citations import address
from working_tree import ROOT

NOTEBOOKS = {path.stem: nbformat.read(path, as_version=4) for path in sorted((ROOT / "book").glob("*.ipynb"))}
CHAPTERS = [name for name in NOTEBOOKS if re.match(r"\d\d_", name)]
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "book").glob("*.md"))}
BIBLIOGRAPHY = ROOT / "book/references.bib"
ENTRIES = parse_file(BIBLIOGRAPHY).entries  # fails where two have one key
WORKS = {address(entry): entry for entry in ENTRIES.values()}

EXERCISE = r'^(?:<a id="([\w-]+)"></a>)?\*\*\d\. '

HIDDEN = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
FOLDED = {"hide-input", "hide-cell"}
IMPORTS = (ast.Import, ast.ImportFrom)
PLUMBING = {"explore", "panels", "Markdown", "join"}  # what places, moves and formats
NUMBERED = r"(Definition|Theorem|Remark|Example|Equation) \(?(\d+)\.(\d+)\)?"

# The paper's own list: first author and year, from 1 to 46. It prints 31 without the ñ.
PAPER = """
    Akhtar 2018, Biggio 2013, Buckman 2018, El-Yaniv 2010, Engstrom 2019, Fawzi 2018, Fawzi 2018, Fawzi 2016,
    Geifman 2017, Goel 2020, Goel 2020, Goodfellow 2014, Gragnaniello 2019, Guo 2017, Xu 2020, Hinton 2015, Ilyas 2019,
    Jordan 2019, Kearns 1998, Krueger 2020, Kurakin 2016, Kurakin 2016, Laidlaw 2020, Livni 2014, Madry 2017,
    Moosavi-Dezfooli 2017, Moosavi-Dezfooli 2016, Nakkiran 2019, Papernot 2016, Papernot 2016, Quiñonero-Candela 2009,
    Sen 2019, Shafahi 2018, Shalev-Shwartz 2017, Sharif 2018, Sun 2019, Szegedy 2013, Tramèr 2017, Tsipras 2018,
    Wang 2016, Wang 2004, Wong 2018, Wong 2019, Wu 2020, Zhang 2020, Zhao 2020
"""

each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS.values(), ids=NOTEBOOKS)
each_chapter = pytest.mark.parametrize("notebook", [NOTEBOOKS[name] for name in CHAPTERS], ids=CHAPTERS)
each_text = pytest.mark.parametrize("name", [*NOTEBOOKS, *PAGES])


# Reading notebooks


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def markdown(name: str) -> str:
    """All prose of a notebook or page."""
    if name in PAGES:
        return PAGES[name]
    return "\n\n".join(cell.source for cell in NOTEBOOKS[name].cells if cell.cell_type == "markdown")


def tags(cell: NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def sections(notebook: NotebookNode) -> dict[str, list[NotebookNode]]:
    """The cells under each second-level heading, markdown cells cut at the headings; under "" what comes before."""
    title = ""
    found: dict[str, list[NotebookNode]] = {title: []}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found[title].append(cell)
            continue
        for part in re.split(r"^(?=## )", cell.source, flags=re.MULTILINE):
            if part.startswith("## "):
                title = part.splitlines()[0].removeprefix("## ").strip()
            found.setdefault(title, []).append(NotebookNode(cell | {"source": part}))
    return found


def is_solution(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and bool(tags(cell) & FOLDED)


def solutions(notebook: NotebookNode) -> list[NotebookNode]:
    """The folded code cells of the exercises."""
    return [cell for cell in sections(notebook).get("Exercises", []) if is_solution(cell)]


def lesson(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells that are no solution of an exercise."""
    solved = {cell.id for cell in solutions(notebook)}
    return [cell for cell in code_cells(notebook) if cell.id not in solved]


def tree(cell: NotebookNode) -> ast.Module:
    return ast.parse(TransformerManager().transform_cell(cell.source))


def nodes(cells: list[NotebookNode]) -> Iterator[ast.AST]:
    for cell in cells:
        yield from ast.walk(tree(cell))


def in_view(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells that a reader sees without unfolding anything."""
    return [cell for cell in code_cells(notebook) if not tags(cell) & HIDDEN]


def size(cell: NotebookNode) -> int:
    return len(cell.source.splitlines())


def last_name(call: str) -> str:
    return call.split(".")[-1]


def calls(cells: list[NotebookNode]) -> list[str]:
    """The callables that cells call, as they are written: `np.random.default_rng`."""
    return [ast.unparse(node.func) for node in nodes(cells) if isinstance(node, ast.Call)]


def links(text: str) -> list[tuple[str, str]]:
    """Each link's text, on one line, and its target."""
    found = re.findall(r"(?<!!)\[([^\[\]]+)\]\(([^()\s]+)\)", text)
    return [(" ".join(words.split()), target) for words, target in found]


def anchors(text: str) -> list[str]:
    """What links can lead to: the names given to statements, headings and paragraphs, at their beginning."""
    return re.findall(r'^(?:> |#+ )?<a id="([a-z0-9-]+)"></a>(?=\S)', text, re.MULTILINE)


def quotations(text: str) -> list[str]:
    """The block quotations, without their marks."""
    found = re.findall(r"(?:^>.*\n?)+", text, re.MULTILINE)
    return [re.sub(r"^> ?", "", quoted, flags=re.MULTILINE) for quoted in found]


# Every notebook was run, from the top, without a word of complaint


@each_notebook
def test_the_cells_were_run_from_top_to_bottom(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


@each_notebook
def test_no_cell_failed_or_complained(notebook):
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"] == []


@each_notebook
def test_no_output_needs_a_widget_manager(notebook):
    kinds = {kind for cell in code_cells(notebook) for output in cell.outputs for kind in output.get("data", {})}
    assert not any(kind.startswith("application/vnd.jupyter.widget") for kind in kinds)


# Every figure speaks


@each_notebook
def test_every_picture_has_a_caption_and_says_what_one_should_see(notebook):
    for cell in code_cells(notebook):
        if any("image/png" in output.get("data", {}) for output in cell.outputs):
            settings = cell.metadata.get("mystnb", {})
            assert len(settings.get("image", {}).get("alt", "")) >= 30, cell.source
            assert settings.get("figure", {}).get("caption"), cell.source


# Cells are short and simple


@each_notebook
def test_no_cell_in_view_is_longer_than_12_lines(notebook):
    """But for imports, which are formatted a name a line."""
    long = [cell for cell in in_view(notebook) if size(cell) > 12]
    assert [cell.source for cell in long if not all(isinstance(node, IMPORTS) for node in tree(cell).body)] == []


@each_chapter
def test_a_chapter_s_cells_are_short(notebook):
    assert np.median([size(cell) for cell in in_view(notebook)]) <= 7


@each_chapter
def test_plumbing_is_at_most_a_tenth_of_what_is_in_view(notebook):
    plumbing = [cell for cell in in_view(notebook) if set(map(last_name, calls([cell]))) & PLUMBING]
    assert sum(map(size, plumbing)) <= 0.1 * sum(map(size, in_view(notebook)))


@each_notebook
def test_only_drawing_is_folded(notebook):
    """And solutions. A folded function returns a figure; a folded cell without one shows a picture."""
    for cell in lesson(notebook):
        if tags(cell) & FOLDED:
            assert cell.metadata.get("jupyter", {}).get("source_hidden"), cell.source  # in JupyterLab, too
            shows = any("image/png" in output.get("data", {}) for output in cell.outputs)
            assert shows or ".alt = " in cell.source, cell.source


@each_notebook
def test_no_lambda_is_inside_another_and_none_is_long(notebook):
    for node in nodes(code_cells(notebook)):
        if isinstance(node, ast.Lambda):
            assert not any(isinstance(inner, ast.Lambda) for inner in ast.walk(node.body)), ast.unparse(node)
            assert len(ast.unparse(node)) <= 60, ast.unparse(node)


@each_notebook
def test_nu_is_the_attack_s_distribution_and_no_name_is_a_module_first(notebook):
    imported = {
        alias.asname or alias.name
        for node in nodes(code_cells(notebook))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    stored = {
        node.id
        for node in nodes(code_cells(notebook))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    assert not imported & stored


def scope(cell: NotebookNode) -> symtable.SymbolTable:
    return symtable.symtable(TransformerManager().transform_cell(cell.source), "cell", "exec")


def bound(cell: symtable.SymbolTable) -> set[str]:
    """The names that a cell binds, but by imports."""
    return {name.get_name() for name in cell.get_symbols() if name.is_assigned() and not name.is_imported()}


def read_by(function: symtable.SymbolTable) -> set[str]:
    """The names that a function looks up in the notebook, those within it included."""
    names = {name.get_name() for name in function.get_symbols() if name.is_global()}
    return names.union(*map(read_by, function.get_children()))


def figure_functions(cell: NotebookNode) -> list[ast.expr]:
    """What a cell gives to explore."""
    shown = [node for node in nodes([cell]) if isinstance(node, ast.Call)]
    return [call.args[0] for call in shown if last_name(ast.unparse(call.func)) == "explore"]


@each_notebook
def test_what_a_live_figure_reads_is_not_bound_anew_further_down(notebook):
    """After *Run all*, moving its slider would draw something else, or nothing."""
    cells = code_cells(notebook)
    scopes = [scope(cell) for cell in cells]
    for place, cell in enumerate(cells):
        expressions = [node for function in figure_functions(cell) for node in ast.walk(function)]
        names, reached = {node.id for node in expressions if isinstance(node, ast.Name)}, set()
        functions = [function for above in scopes[: place + 1] for function in above.get_children()]
        while names - reached:
            reached |= names
            names = names.union(*(read_by(each) for each in functions if each.get_name() in reached))
        assert [names & bound(below) for below in scopes[place + 1 :] if names & bound(below)] == []


@each_notebook
def test_no_cell_has_more_than_8_imports(notebook):
    for cell in code_cells(notebook):
        assert sum(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes([cell])) <= 8, cell.source


@each_notebook
def test_randomness_is_an_argument(notebook):
    called = calls(code_cells(notebook))
    assert [name for name in called if re.search(r"(^|\.)(manual_)?seed$|^random\.", name)] == []
    legacy = r"(np|numpy)\.random\.(?!default_rng$|Generator$|SeedSequence$)"
    assert [name for name in called if re.match(legacy, name)] == []


@each_notebook
def test_every_generator_of_random_numbers_has_a_seed(notebook):
    for node in nodes(code_cells(notebook)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("default_rng"):
            assert node.args or node.keywords, ast.unparse(node)


@each_notebook
def test_no_cell_changes_how_all_figures_look(notebook):
    for cell in code_cells(notebook):
        assert not re.search(r"rcParams|plt\.(rc|style)\b", cell.source), cell.source


# The prose reads well outside the book, too


MARKUP = {
    "a role": r"\{[a-zA-Z][\w:.+-]*\}`",
    "a directive": r"^\s*(?:```+|~~~+|:::+)\s*\{.*",
    "a fence of colons": r"^\s*:::+.*",
    "an option": r"^\s*:[a-z-]+:(?:\s.*)?$",
    "a label": r"^\s*\([\w-]+\)=\s*$",
    "attributes": r"\{[#.][\w-]+\}\s*$|^\s*\{[#.].*\}\s*$",
    "a comment or a break": r"^(?:%|\+\+\+).*",
}


@pytest.mark.parametrize("kind", MARKUP)
@each_text
def test_no_markup_that_only_the_book_understands(name, kind):
    prose = markdown(name)
    if name == "references":  # the list itself is made by the book
        prose = re.sub(r"^```\{bibliography\}\n(:.*\n)*```$", "", prose, flags=re.MULTILINE)
    assert re.findall(MARKUP[kind], prose, re.MULTILINE) == []


@each_text
def test_a_statement_has_a_name_which_is_its_number_if_it_has_one(name):
    for quoted in quotations(markdown(name)):
        opening = re.match(r'(?:<a id="([a-z0-9-]+)"></a>)?\*\*(.+?)\*\*', quoted)
        if opening:
            anchor, label = opening.groups()
            assert anchor, f"> **{label}** begins with no anchor"
            if said := re.fullmatch(NUMBERED, label):
                assert anchor == "-".join(said.groups()).lower(), label


@each_text
def test_a_formula_in_a_quotation_is_on_one_line(name):
    """JupyterLab takes the mark of the next line for a part of the formula."""
    for quoted in quotations(markdown(name)):
        assert [
            line for line in quoted.splitlines() if line.count("$$") % 2 or re.match(r"\\(begin|end)\b", line)
        ] == []


def test_no_two_anchors_are_the_same():
    names = [anchor for name in (*NOTEBOOKS, *PAGES) for anchor in anchors(markdown(name))]
    assert sorted(set(names)) == sorted(names)


@each_text
def test_an_anchor_stands_where_the_book_finds_it(name):
    assert len(anchors(markdown(name))) == markdown(name).count("<a ")


@each_text
def test_a_link_leads_to_a_file_and_an_anchor_or_to_a_work(name):
    for text, target in links(markdown(name)):
        if "://" in target:
            assert target in WORKS, f"[{text}]({target}): not in references.bib"
            continue
        path, _, anchor = target.partition("#")
        stem = path.rpartition(".")[0] or name
        assert not path or (ROOT / "book" / path).is_file(), f"[{text}]({target})"
        assert not anchor or anchor in anchors(markdown(stem)), f"[{text}]({target})"
        assert path or anchor, f"[{text}]({target})"


@each_text
def test_a_citation_names_author_and_year(name):
    for text, target in links(markdown(name)):
        if entry := WORKS.get(target):
            first = (entry.persons.get("author") or entry.persons["editor"])[0]
            assert entry.fields["year"] in text, text
            assert " ".join(first.prelast_names + first.last_names) in text, text


@each_text
def test_a_numbered_link_leads_to_what_it_says(name):
    for text, target in links(markdown(name)):
        if said := re.match(NUMBERED, text):
            assert target.partition("#")[2] == "-".join(said.groups()).lower(), text


@each_text
def test_a_link_to_something_numbered_says_its_number(name):
    for text, target in links(markdown(name)):
        if leads := re.fullmatch(r".*#(?:definition|theorem|remark|example|equation)-(\d+)-(\d+)", target):
            assert ".".join(leads.groups()) in text, f"[{text}]({target})"


# Every chapter has the same parts


@each_chapter
def test_a_chapter_opens_with_what_one_will_do(notebook):
    opening = notebook.cells[0]
    assert opening.cell_type == "markdown"
    title, first, need, *_ = re.split(r"\n\s*\n", opening.source)
    assert re.fullmatch(r"# \S.*", title)
    assert first.startswith("*What you will do:*")
    assert re.match(r"\*You need:\*.* about \d+ minutes\.$", need.replace("\n", " "))
    assert int(re.search(r"(\d+) minutes", need)[1]) <= 40


@each_chapter
def test_a_chapter_ends_with_exercises_a_summary_and_further_reading(notebook):
    assert list(sections(notebook))[-3:] == ["Exercises", "What to remember", "Further reading"]


@each_chapter
def test_a_chapter_has_2_or_3_exercises_each_with_a_folded_solution(notebook):
    cells = sections(notebook)["Exercises"]
    parts = ["<folded code>" if is_solution(cell) else cell.source for cell in cells]
    _, *exercises = re.split(EXERCISE.replace("([", "(?:["), "\n".join(parts), flags=re.MULTILINE)
    assert len(exercises) in (2, 3)
    for exercise in exercises:
        assert "<folded code>" in exercise or "<details><summary>Solution</summary>" in exercise, exercise


@pytest.mark.parametrize("name", CHAPTERS)
def test_an_exercise_has_a_folded_hint_before_its_solution(name):
    """And no other, which would stand in view."""
    prose = [cell.source for cell in sections(NOTEBOOKS[name])["Exercises"] if cell.cell_type == "markdown"]
    _, *exercises = re.split(EXERCISE.replace("([", "(?:["), "\n".join(prose), flags=re.MULTILINE)
    for exercise in exercises:
        assert re.findall(r"<details><summary>(\w+)</summary>", exercise) == ["Hint", "Solution"], exercise
        assert "(Hint" not in exercise


# The page for lecturers


def exercises() -> dict[str, str]:
    """All exercises, as links to them: where they lead, and what they are called."""
    found = {}
    for name in CHAPTERS:
        for anchor, title in re.findall(rf"{EXERCISE}(.+?)\*\*", markdown(name), re.MULTILINE):
            title = title.rstrip(".")
            found[f"{name}.ipynb#{anchor}" if anchor else f"{name}.ipynb {title}"] = title
    return found


def test_the_index_of_exercises_lists_each_once_and_no_other():
    *_, index = PAGES["teaching"].partition("\n## All exercises")
    listed = [
        (target if "#" in target else f"{target} {title}", title)
        for title, target in re.findall(r"^\| \[(.+?)\]\((\S+?)\) \|", index, re.MULTILINE)
    ]
    assert sorted(listed) == sorted(exercises().items())


def test_the_introduction_s_table_leads_to_every_chapter_in_order():
    listed = re.findall(r"^\| \d+ \| \[.+?\]\((\w+)\.ipynb\) \|", markdown("intro"), re.MULTILINE)
    assert listed == CHAPTERS


def test_a_link_to_an_exercise_is_called_as_it_is():
    for text, target in links(PAGES["teaching"]):
        assert "#exercise-" not in target or exercises()[target] == text


@each_chapter
def test_an_exercise_is_named_after_its_chapter_and_number(notebook):
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    (number,) = (int(name[:2]) for name in CHAPTERS if NOTEBOOKS[name] is notebook)
    for anchor, count in re.findall(r'^<a id="(exercise-[\d-]+)"></a>\*\*(\d)\. ', prose, re.MULTILINE):
        assert anchor == f"exercise-{number}-{count}"


def test_the_plan_for_six_lessons_takes_the_minutes_that_its_chapters_take():
    minutes = {
        f"{name}.ipynb": int(re.search(r"about\s+(\d+)\s+minutes", NOTEBOOKS[name].cells[0].source)[1])
        for name in CHAPTERS
    }
    *_, plan = PAGES["teaching"].partition("\n## Six lessons")
    rows = re.findall(r"^\| \d \| (.+?) \| (\d+) \|", plan.split("\n## ")[0], re.MULTILINE)
    assert len(rows) == 6
    for chapters, said in rows:
        assert sum(minutes[target] for _, target in links(chapters)) == int(said) <= 80


@each_chapter
def test_a_chapter_checks_what_it_claims(notebook):
    asserting = [cell for cell in lesson(notebook) if any(isinstance(node, ast.Assert) for node in nodes([cell]))]
    assert len(asserting) >= 3


@each_chapter
def test_a_chapter_has_15_to_40_code_cells(notebook):
    assert 15 <= len(lesson(notebook)) <= 40


@each_chapter
def test_a_chapter_is_one_sitting(notebook):
    """Up to its exercises, which are for another. A formula counts as one word."""
    formula = r"\$\$.*?\$\$|\\begin\{equation\}.*?\\end\{equation\}|\$[^$]*\$"
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    lesson = re.sub(formula, " x ", prose.split("\n## Exercises")[0], flags=re.DOTALL)
    assert len(lesson.split()) <= 2200


@each_chapter
def test_a_chapter_has_something_to_move(notebook):
    assert "explore" in map(last_name, calls(in_view(notebook)))


@each_chapter
def test_a_chapter_has_one_cell_to_change(notebook):
    (cell,) = (cell for cell in code_cells(notebook) if "change-this" in tags(cell))
    assert cell in sections(notebook)["Change this"]


@each_chapter
def test_an_exercise_has_a_stub_that_gives_nothing_away(notebook):
    exercises = [cell for cell in sections(notebook)["Exercises"] if cell.cell_type == "code"]
    stubs = [cell for cell in exercises if not is_solution(cell)]
    assert len(stubs) == len(solutions(notebook))
    for stub in stubs:
        assert "..." in stub.source, stub.source
        assert not any(isinstance(node, ast.Assert) for node in nodes([stub])), stub.source


@each_chapter
def test_a_chapter_folds_at_most_a_fifth_of_its_code(notebook):
    lines = {True: 0, False: 0}
    for cell in lesson(notebook):
        lines[bool(tags(cell) & HIDDEN)] += size(cell)
    assert lines[True] <= 0.2 * sum(lines.values())


# The references


def test_every_work_has_an_address_of_its_own():
    assert None not in WORKS
    assert len(WORKS) == len(ENTRIES)


def test_the_references_begin_with_the_paper_s_own_in_its_order():
    own, marker, _ = BIBLIOGRAPHY.read_text(encoding="utf-8").partition("% Not in the paper's list")
    assert marker
    numbered = re.findall(r"^% (\d+)\n@\w+\{(.+),$", own, re.MULTILINE)
    assert [int(number) for number, _ in numbered] == list(range(1, 47))
    assert own.count("\n@") == 46
    people = [ENTRIES[key].persons.get("author") or ENTRIES[key].persons["editor"] for _, key in numbered]
    listed = [
        f"{authors[0].last_names[0]} {ENTRIES[key].fields['year']}"
        for authors, (_, key) in zip(people, numbered, strict=True)
    ]
    assert listed == [" ".join(name.split()) for name in PAPER.split(",")]
