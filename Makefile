# The commands behind the book. `make help` lists them; the README has the plain ones for machines without make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
ENV := .venv
BIN := $(ENV)/bin
READY := $(ENV)/.ready

# Whole files on up to four cores; each worker starts kernels and browsers of its own.
SIDE_BY_SIDE := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help book pdf chapter new test serve lint newest mutants bench lighthouse results clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/make \1	\2/' | expand -t 14

book: $(READY)  ## run every chapter and render the book to _build/html
	@$(BIN)/python tools/build.py

pdf: book  ## print the rendered book as one PDF beside its pages
	@$(BIN)/python tools/pdf.py

chapter: $(READY)  ## run one chapter, as in make chapter N=05, store its outputs and check its form
	@test -n "$(N)" || { echo "Which chapter? For example: make chapter N=05"; exit 1; }
	@ls book/$(N)*.ipynb >/dev/null 2>&1 || { echo "No chapter begins with $(N). For example: make chapter N=05"; exit 1; }
	@$(BIN)/ruff format --quiet book/$(N)*.ipynb && $(BIN)/ruff check --quiet book/$(N)*.ipynb
	@$(BIN)/python tools/chapter.py $(N)
	@$(BIN)/pytest --quiet tests/test_chapters.py -k $(N)

new: $(READY)  ## begin a chapter that passes the tests of form, as in make new N=14 TITLE="Two teachers"
	@test -n "$(N)" -a -n "$(TITLE)" || { echo 'Which? For example: make new N=14 TITLE="Two teachers"'; exit 1; }
	@$(BIN)/python tools/new.py "$(N)" "$(TITLE)"

test: lint  ## lint, unit tests, chapters against their outputs, and the rendered book in a browser
	@$(BIN)/python tools/build.py --stored
	@$(BIN)/python tools/browser.py
	OMP_NUM_THREADS=1 $(BIN)/pytest $(SIDE_BY_SIDE)

serve: book  ## look at the book at http://localhost:8000
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html 8000

lint: $(READY)  ## style, format, types, the workflows and CITATION.cff
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --offline --quiet .github
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff

NEWEST = .venv/newest
BESIDE = pytest pytest-xdist nbval hypothesis ipykernel distributed beautifulsoup4 foolbox torch
OF_THE_BOOK = binder build chapter chapters claims colab firefox lab new pdf project site site_explorers site_quiz workflows

newest:  ## the library and the chapters with the newest versions that pyproject.toml allows, in an environment of their own
	@rm -rf $(NEWEST) && $(PYTHON) -m venv $(NEWEST)
	@for name in $(BESIDE); do grep -hE "^$$name==" requirements.txt constraints.txt; done | \
		cut -d ' ' -f 1 | xargs $(NEWEST)/bin/pip install --quiet --disable-pip-version-check -e .
	@$(NEWEST)/bin/pip freeze
	OMP_NUM_THREADS=1 $(NEWEST)/bin/pytest $(SIDE_BY_SIDE) --ignore=book/_ext $(OF_THE_BOOK:%=--ignore=tests/test_%.py)

mutants: $(READY)  ## change the library in random places and see what its tests notice, as in make mutants N=150 SEED=1 (hours)
	@test -d .venv/mutants/cosmic_ray || \
		$(BIN)/pip install --quiet --disable-pip-version-check --target .venv/mutants -c constraints.txt cosmic-ray==8.7.0
	@PYTHONPATH=.venv/mutants $(BIN)/python tools/mutants.py --number $(or $(N),150) --seed $(or $(SEED),1) $(MODULES)

bench: $(READY)  ## the book's code beside the plain way to do it
	@for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

lighthouse: book  ## how fast and accessible some pages are, by Lighthouse (fetched from npm's registry)
	@$(BIN)/python tools/lighthouse.py

# Finished runs are kept in runs.sqlite: a sweep that was stopped goes on, and one whose code has changed is made anew.
SWEEP = $(BIN)/python -m active_teacher.experiments.sweep --store runs.sqlite active_teacher.experiments
RESULTS = lib/active_teacher/experiments/results
PANELS = {"pooling": [null, 3]}
VARIANTS = [{"pooling": [null, 3], "kernel": [5]}, {"pooling": [null, 3], "activation": ["tanh"]}, \
	{"pooling": [null, 3], "padding": ["reflect"]}, {"pooling": [null, 3], "initialisation": ["normal"]}]
SAID = "features", "invariance", "sparsity", "structure"
BOUGHT = "lasso", "feature queries", "augmentation", "count", "features and structure"
PIXELS = [{"way": ["data"], "labels": [20, 50, 100, 200, 500, 2000, 8000, 32000, 128000]}, \
	{"way": ["t-test"], "labels": [150, 200, 500, 2000]}, \
	{"way": [$(SAID), $(BOUGHT)], "labels": [20, 50, 100, 200, 500, 2000]}, \
	{"way": ["feature queries"], "alpha": [0.01, 0.04, 0.05]}, {"way": ["bisection"]}, \
	{"way": ["active student"], "labels": [8400], "epsilon": [0.1, 0.3, 1]}, \
	{"way": ["l_2"], "epsilon": [0.01, 0.1, 0.2, 0.3]}, {"way": ["l_inf"], "epsilon": [0.003, 0.01, 0.1, 0.15, 0.2]}, \
	{"way": ["l_2", "l_inf"], "labels": [20, 50, 100, 200, 500, 2000], "epsilon": [0.03]}, \
	{"way": ["l_inf"], "labels": [20, 50, 100], "epsilon": [0.1, 0.15, 0.2]}]
IMAGES = [{"way": ["data", "l_inf", "features", "outline", "invariance", "sparsity"]}, \
	{"way": ["l_inf"], "epsilon": [0.1]}, {"way": ["l_2"], "epsilon": [4]}, \
	{"way": ["structure"], "labels": [30]}, {"way": ["shown nu"], "labels": [1300]}, \
	{"way": ["data", "active student"], "labels": [2000]}]

results: $(READY)  ## make the results of many seeds that chapters show, and the students of the first page (some two hours on two cores)
	$(SWEEP).shape_or_texture:panel --seeds 10 --csv $(RESULTS)/panels.csv --settings '$(PANELS)'
	$(SWEEP).shape_or_texture:panel --seeds 3 --csv $(RESULTS)/panel_variants.csv --settings '$(VARIANTS)'
	$(SWEEP).two_pixels:compare --seeds 20 --csv $(RESULTS)/two_pixels.csv --settings '$(PIXELS)'
	$(SWEEP).image_ways:compare --seeds 10 --csv $(RESULTS)/image_ways.csv --settings '$(IMAGES)'
	$(BIN)/python -m active_teacher.quiz.students

clean:  ## remove what was built, but not the environment
	rm -rf _build

# Brought up to date when the requirements change; marked ready only when all is installed.
$(READY): requirements.txt constraints.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; name it by make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed, and $(PYTHON) is older; name another by make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv: installing the distribution's package ..."; \
		apt-get update -qq && apt-get install -y -qq python3-venv; }
	@echo "Setting up the environment in $(ENV) (some minutes the first time) ..."
	@$(PYTHON) -m venv $(ENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@
