"""Sweeps: whatever stops one, and wherever it runs, the store loses nothing and mixes nothing."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, closing, contextmanager, suppress
from fractions import Fraction
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

import active_teacher
from active_teacher.experiments import sweep
from working_tree import clean_environment

LIB, TESTS = Path(active_teacher.__file__).parents[1], Path(__file__).parent
LINE, GATED = "sweep_experiments:line", "sweep_experiments:gated"
UNIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of Unix")


@pytest.fixture
def marks(tmp_path, monkeypatch):
    """The folder of marks, one a run. In the end it is opened, so that no process waits for it."""
    folder = tmp_path / "marks"
    folder.mkdir()
    monkeypatch.setenv("SWEEP_MARKS", str(folder))
    yield folder
    (folder / "open").touch()


@pytest.fixture
def store(tmp_path, marks):
    return tmp_path / "runs.sqlite"


def run(experiment, seeds, store, backend="threading", **more):
    return sweep.run(experiment, seeds=seeds, store=store, backend=backend, **more)


def started(folder):
    """The seed and process of each run that was begun."""
    return sorted(tuple(map(int, path.name.split("-")[:2])) for path in folder.glob("*-*-*"))


def times(folder):
    """How often each seed was begun."""
    return dict(Counter(seed for seed, _ in started(folder)))


def kept(store):
    """The seeds of the runs in a store."""
    found = []
    if store.exists():
        with closing(sqlite3.connect(store)) as database, suppress(sqlite3.OperationalError):  # without a table yet
            found = sorted(seed for (seed,) in database.execute("select seed from runs"))
    return found


def environment(**more):
    return clean_environment(PYTHONPATH=os.pathsep.join([str(LIB), str(TESTS)]), **more)


@contextmanager
def python(*arguments, **options):
    """A Python process, ended in the end; its group is its own, so that a signal may be sent to all of it."""
    process = subprocess.Popen(
        [sys.executable, "-m", *map(str, arguments)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )
    try:
        yield process
    finally:
        if sys.platform != "win32":
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.communicate()


def arguments(experiment, seeds, store, *more):
    return [experiment, f"--seeds={seeds}", f"--store={store}", f"--csv={store.with_suffix('.csv')}", *map(str, more)]


def command(*given):
    return "active_teacher.experiments.sweep", *arguments(*given)


def ended(process):
    """The exit code, what a process printed, and what its sweep said."""
    out, err = process.communicate(timeout=120)
    _, _, said = err.partition("sweep: ")
    assert said or not process.returncode, err
    return process.returncode, out, said


def until(condition, process):
    """Wait for something that a process in a test brings about."""
    end = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def squares(seeds, gate=3):
    """The table of a complete sweep of `gated`."""
    rows = [
        {"gate": gate, "seed": seed, "step": 1, "square": seed**2, "code": sweep._code(GATED)} for seed in range(seeds)
    ]
    return pd.DataFrame(rows)


# What is run, and what comes of it


def test_every_combination_is_run_for_every_seed_and_the_table_is_sorted(store, marks):
    grid = {"slope": [2, -1], "start": [[0.5, 1], "a, b"]}
    with python(*command(LINE, 4, store, "--settings", json.dumps(grid), "--jobs", 2)) as process:
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (0, f"16 runs in {store.with_suffix('.csv')}\n"), err
    assert "16/16" in err
    expected = pd.DataFrame(
        {
            "slope": slope,
            "start": start,
            "seed": seed,
            "step": k + 1,
            "at 1": slope * seed + 0.1,
            "points": k,
            "code": code,
        }
        for code in [sweep._code(LINE)]
        for slope, start in [(-1, "a, b"), (-1, "[0.5, 1]"), (2, "a, b"), (2, "[0.5, 1]")]
        for seed in range(4)
        for k in range(1 + seed % 3)
    )
    pd.testing.assert_frame_equal(sweep.load(store.with_suffix(".csv")), expected, check_exact=True)
    assert process.pid not in {pid for _, pid in started(marks)}
    again = run(LINE, 4, store, settings=[grid, {"slope": [2], "start": ["a, b"]}])
    pd.testing.assert_frame_equal(again, expected, check_exact=True)
    assert times(marks) == dict.fromkeys(range(4), 4)


def test_equal_settings_are_one_however_they_are_written(store, marks):
    """Defaults and whole numbers; but True and "2" are not numbers, and "null" is not None."""
    run(LINE, 1, store)
    for same in ({"slope": [2.0, 2]}, {"start": [[0.5, None]]}, {"start": [(0.5, None)], "slope": [2]}, [{}]):
        assert len(run(LINE, 1, store, settings=same)) == 1
    assert times(marks) == {0: 1}
    words = run("sweep_experiments:named", 1, store, settings={"way": [None, "null", 3, "3", True, "true", 1, ""]})
    assert len(words) == words.way.nunique() == 8
    assert {"null", "3", "true"} < set(words.way)


def test_a_sweep_returns_its_own_runs_and_makes_those_that_are_missing(store, marks):
    pd.testing.assert_frame_equal(run(GATED, 2, store), squares(2))
    run(GATED, 3, store, settings={"gate": [7]})
    pd.testing.assert_frame_equal(run(GATED, 3, store), squares(3))
    assert run(GATED, 2, store, settings={"gate": [7, 3]}).groupby("gate").seed.max().to_dict() == {3: 1, 7: 1}
    assert times(marks) == {0: 2, 1: 2, 2: 2}


def test_an_experiment_may_return_a_dataclass(store):
    """As the book's own does."""
    small = {"epochs": [2], "images": [4], "fresh": [2]}
    runs = run("active_teacher.experiments.shape_or_texture:panel", 1, store, settings=small)
    assert list(runs.columns[-5:]) == ["seed", "step", "test", "adversarial", "code"]
    assert runs.step.tolist() == [1, 2]
    assert runs.pooling.tolist() == ["null", "null"]


def test_numbers_come_back_as_they_were(store, tmp_path):
    runs = run("sweep_experiments:exact", 2, store)
    runs.to_csv(tmp_path / "exact.csv", index=False)
    pd.testing.assert_frame_equal(sweep.load(tmp_path / "exact.csv"), runs, check_exact=True)
    one = runs[runs.seed == 1]
    assert one["sums"].tolist() == [0.1 + 0.2, 1e-17, 5e-324, 1 / 3]
    assert one.large.tolist() == [2**53 + 1, 10**18, -1, 0]
    assert one.safe.tolist() == [True, False, True, True]
    assert set(one.third) == {1 / 3}
    assert one.half.map(Fraction).tolist() == [Fraction(1, 2)] * 4


def test_a_result_that_some_runs_do_not_have_is_missing_there(store):
    runs = run("sweep_experiments:named", 1, store, settings={"way": ["long", "short"]})
    assert runs["more"].isna().tolist() == [False, True]


@pytest.mark.parametrize(("backend", "jobs"), [("threading", 3), ("loky", 1), ("loky", 2)])
def test_the_table_is_the_same_whatever_runs_it(backend, jobs, store, marks):
    (marks / "open").touch()
    pd.testing.assert_frame_equal(run(GATED, 5, store, backend, jobs=jobs), squares(5))


@pytest.mark.parametrize(("seeds", "gates", "quick"), [(1, [0, 100, 200], 2), (1000, [300], 300)])
def test_a_finished_run_waits_for_no_other(seeds, gates, quick, store):
    """Neither for one begun before it, nor for those that joblib might put into a batch with it."""
    with python(*command(GATED, seeds, store, "--settings", json.dumps({"gate": gates}), "--jobs", 2)) as process:
        until(lambda: len(kept(store)) == quick, process)


# The code


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes files of a package, as if Python was started after that. Returns the experiment's name."""
    folder = tmp_path / "own_package"
    folder.mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    files = {
        "__init__": "",
        "one": '"""About."""\nfrom own_package import two\ndef f(seed):\n    return {"a": two.A}\n',
        "two": "import numpy\nfrom own_sibling import B\nfrom active_teacher.labels import UNCERTAIN\nA = 1 + B\n",
        "unused": "",
        "../own_sibling": "B = 0\n",
    }

    def write(restart=True, **changed):
        for name, text in (
            files | {name.replace("sibling", "../own_sibling"): v for name, v in changed.items()}
        ).items():
            (folder / f"{name}.py").write_text(text)
        if restart:
            for name in [name for name in sys.modules if name.startswith("own_")]:
                del sys.modules[name]
            sweep._imported.cache_clear()
        return "own_package.one:f"

    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # whose times tell files apart by the second
    yield write
    write()


@pytest.mark.parametrize(
    ("change", "new"),
    [
        ({"two": "from own_sibling import B\nA = 2 + B\n"}, True),
        ({"sibling": "B = 1\n"}, True),
        ({"one": "from own_package import two\ndef f(seed, more=1):\n    return {'a': two.A}\n"}, True),
        ({"__init__": "C = 1"}, True),
        ({"unused": "C = 1"}, False),
        (
            {"one": "# Why.\nfrom own_package import two\n\n\ndef f(seed):\n    'About.'\n    return {'a': (two.A)}"},
            False,
        ),
    ],
)
def test_runs_of_changed_code_are_not_mixed(change, new, module, store):
    name = module()
    before = run(name, 2, store)
    after = run(module(**change), 3, store)
    assert (set(after.code) != set(before.code)) == new
    assert after.code.nunique() == 1
    assert len(kept(store)) == (5 if new else 3)
    assert run(module(), 2, store).equals(before)
    assert len(kept(store)) == (5 if new else 3)


def test_the_code_is_the_package_s_and_the_experiment_s_and_not_that_of_others(module, monkeypatch, tmp_path):
    read = []
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path) or b"")
    sweep._code(module())
    assert {path.name for path in read} >= {"one.py", "two.py", "own_sibling.py", "labels.py"}
    assert all(path.is_relative_to(tmp_path) or path.is_relative_to(LIB / "active_teacher") for path in read)


def test_code_that_was_changed_since_it_was_imported_is_not_run(module, store):
    run(name := module(), 1, store)
    module(restart=False, sibling="B = 1\n")
    with pytest.raises(ValueError, match=r"source of own_package\.one:f has changed: restart Python"):
        run(name, 2, store)
    assert kept(store) == [0]


def test_a_worker_with_other_code_fails(module):
    task = (module(), "{}", 0, "0123456789ab")
    _, said, failed = sweep._run(task)
    assert failed
    assert "restart Python" in said


# What stops it


@UNIX
@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_sweep_is_stopped_and_resumed(backend, how, store, marks):
    again = command(GATED, 7, store, "--backend", backend, "--jobs", 2)
    hearing = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # which what runs in the background may not
    with python(*again, preexec_fn=hearing) as process:
        until(lambda: len(kept(store)) == 3 and len(started(marks)) == 5, process)
        processes = {pid for seed, pid in started(marks) if seed >= 3}
        if how == signal.SIGKILL:
            process.kill()
            assert process.wait() == -signal.SIGKILL
        else:
            os.killpg(process.pid, how)  # as a terminal does: the workers get it too
            code, out, said = ended(process)
            assert (code, out) == (130, "")
            assert said.startswith("stopped; the same command resumes it\n")  # and loky may warn of what it left
        assert processes == {process.pid} if backend == "threading" else len(processes - {process.pid}) == 2
        assert kept(store) == [0, 1, 2]
        assert not store.with_suffix(".csv").exists()
        with python(*again) as process:  # while workers of a killed one may still be there
            until(lambda: len(started(marks)) == 7, process)
            (marks / "open").touch()
            assert ended(process)[0] == 0
    pd.testing.assert_frame_equal(sweep.load(store.with_suffix(".csv")), squares(7))
    assert times(marks) == {0: 1, 1: 1, 2: 1, 3: 2, 4: 2, 5: 1, 6: 1}


def test_two_sweeps_may_write_one_store(store, marks):
    """The same runs and others, at once: each sweep is complete, and each run is there once."""
    with ExitStack() as held:
        sweeps = [
            held.enter_context(python(*command(GATED, seeds, store, "--settings", '{"gate": [300]}', "--jobs", 1)))
            for seeds in (60, 80)
        ]
        for seeds, process in zip((60, 80), sweeps, strict=True):
            assert ended(process)[:2] == (0, f"{seeds} runs in {store.with_suffix('.csv')}\n")
    assert sorted(file.name for file in store.parent.glob("runs.*")) == ["runs.csv", "runs.sqlite"]
    assert kept(store) == list(range(80))
    pd.testing.assert_frame_equal(run(GATED, 80, store, settings={"gate": [300]}), squares(80, gate=300))


@UNIX
def test_a_full_disk_loses_nothing_that_was_written(store):
    run(GATED, 2, store, settings={"gate": [200]})
    limit = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({store.stat().st_size},) * 2)\n"
    limit += "from active_teacher.experiments import sweep\n"
    limit += f"sweep._main({arguments(GATED, 150, store, '--settings', json.dumps({'gate': [200]}), '--jobs', 1)!r})"
    done = subprocess.run([sys.executable, "-c", limit], env=environment(), capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert re.search("sweep: store must be an SQLite file of runs that can be written, got .*: disk", done.stderr)
    stored = kept(store)
    assert stored == list(range(len(stored)))
    assert 2 <= len(stored) < 150
    pd.testing.assert_frame_equal(run(GATED, 150, store, settings={"gate": [200]}), squares(150, gate=200))


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_a_run_that_fails_ends_the_sweep_and_keeps_the_others(backend, store, marks):
    failing = "sweep_experiments:failing"
    with python(
        *command(failing, 100, store, "--settings", '{"at": [1]}', "--jobs", 2, "--backend", backend)
    ) as process:
        code, _, said = ended(process)
    assert code == 1
    assert said.startswith(f'{failing} failed with seed 1 and settings {{"at": 1}}.\nTraceback')
    assert said.endswith("ZeroDivisionError: two\nlines\n")
    assert "sweep_experiments.py" in said
    begun = times(marks)
    assert {0, 1, 2} <= set(begun)
    assert len(begun) < 50
    assert set(kept(store)) == set(begun) - {1}


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_an_experiment_that_leaves_python_has_failed(backend, store):
    with pytest.raises(RuntimeError, match=r"leaving failed with seed 0 and settings \{\}(.|\n)*SystemExit: enough"):
        run("sweep_experiments:leaving", 1, store, backend)


def test_a_worker_that_dies_ends_the_sweep_and_keeps_the_others(store):
    with pytest.raises(
        RuntimeError, match=r"deadly failed with seed \d and(.|\n)*'sweep_experiments:deadly', '{}', 2,"
    ):
        run("sweep_experiments:deadly", 3, store, "loky", jobs=2)
    assert set(kept(store)) <= {0, 1}


@pytest.mark.parametrize(
    "what",
    ["nothing", "number", "empty", "text", "none", "nan", "complex", "table", "ragged", "long", "dict", "no list",
     "two lengths", "seed", "step", "code", "what"],
)  # fmt: skip
def test_results_are_finite_numbers_or_lists_of_them_of_one_length_with_names_of_their_own(what, store):
    with pytest.raises(RuntimeError, match=rf'seed 0 and settings {{"what": "{what}"}}(.|\n)*(Type|Value)Error: '):
        run("sweep_experiments:returning", 1, store, settings={"what": [what]})
    assert kept(store) == []


# Bad input


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--seeds=0",), "seeds must be at least 1, got 0"),
        (("--jobs=0",), "jobs must be"),
        (("--jobs=-2",), "jobs must be"),
        (("--backend=multiprocessing",), "backend must be loky"),
        (("--backend=scheduler:8786",), "backend must be loky"),
        (("--backend=tcp://scheduler",), "backend must be a scheduler"),
        (("--backend=tcp://127.0.0.1:1", "--timeout=0.2"), r"tcp://127\.0\.0\.1:1: Timed out"),
        (("--backend=tcp://no.such.host.invalid:8786", "--timeout=0.2"), "backend must be a scheduler"),
        (("--timeout=0",), "timeout must be positive"),
        (("--settings", '{"size": [3]}'), r"JSON values for \(seed, gate=3\), got {'size': \[3\]}:.*'size'"),
        (("--settings", '{"seed": [3]}'), "multiple values for argument 'seed'"),
        (("--settings", '{"gate": 3}'), "settings must be a grid.*'gate'"),
        (("--settings", '{"gate": "ab"}'), "settings must be a grid.*'gate'"),
        (("--settings", '{"gate": []}'), "settings must be a grid.*'gate'"),
        (("--settings", "[]"), "settings must be a grid"),
        (("--settings", "3"), "settings must be a grid"),
        (("--settings", '{"gate": [NaN]}'), "JSON"),
        (("--store=no/such/folder.sqlite",), "store must be an SQLite file of runs that can be written, got no/such/f"),
        (("--store=.",), "store must be an SQLite file"),
        (("--store=",), "store must be a path"),
    ],
)
def test_bad_input_is_said_and_changes_nothing(given, said, store, marks, capsys):
    run(GATED, 1, store)
    before = store.read_bytes()
    with pytest.raises(SystemExit, match="1"):
        sweep._main([*arguments(GATED, 2, store), *given])
    assert re.search(f"^sweep: .*{said}", capsys.readouterr().err, re.M)
    assert (store.read_bytes(), times(marks)) == (before, {0: 1})


@pytest.mark.parametrize(
    ("experiment", "said"),
    [
        ("no_such_experiment", "must be the name of a function in a file, .*got 'no_such_experiment'"),
        ("__main__:f", "write one of a notebook to a file, as by %%writefile mine.py"),
        (lambda seed: {"a": 1}, "write one of a notebook to a file, as by %%writefile mine.py"),
        ("no.such.module:run", "can be found, got no.such.module:run: No module named '?no"),
        ("sweep_experiments:no_such", "must be a function, and there is none named sweep_experiments:no_such"),
        ("sweep_experiments:NO_FUNCTION", "must be a function"),
        ("sweep_experiments:nameless", "too many positional arguments"),
        ("sweep_experiments:unnameable", "not JSON serializable"),
        ("sweep_experiments:returning", "missing a required argument: 'what'"),
        ("math:sqrt", "must be in a file of Python"),
        ("a:b:c", "must be the name"),
        ("", "must be the name"),
        (".:a", "must be the name"),
    ],
)
def test_an_unknown_experiment(experiment, said, store):
    with pytest.raises(ValueError, match=said):
        run(experiment, 1, store)
    assert not store.exists()


def test_a_setting_has_not_the_name_of_a_column(store):
    with pytest.raises(ValueError, match="settings must not be named seed, step or code"):
        run("sweep_experiments:stepping", 1, store)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_store_that_may_not_be_written(store, marks):
    run(GATED, 1, store)
    store.chmod(0o444)
    with pytest.raises(ValueError, match=r"that can be written.*readonly"):
        run(GATED, 2, store)
    assert times(marks) == {0: 1}


def damaged(content, how):
    """A store's bytes after something went wrong."""
    half = len(content) // 2
    return {
        "text": b"my notes",
        "other": content[:100] + b"x" * 100 + content[200:],
        "torn": content[:half],
        "middle": content[:half] + b"\xff" * 5000 + content[half + 5000 :],
    }[how]


@pytest.mark.parametrize("how", ["text", "other", "torn", "middle"])
def test_a_damaged_store_is_named_and_not_changed(how, store, marks):
    run(GATED, 300, store, settings={"gate": [300]})
    store.write_bytes(content := damaged(store.read_bytes(), how))
    with pytest.raises(ValueError, match=f"store must be an SQLite file of runs that can be written, got {store}: "):
        run(GATED, 301, store, settings={"gate": [301]})
    assert store.read_bytes() == content
    assert len(started(marks)) == 300


def test_a_database_of_something_else_is_no_store(store, marks):
    with closing(sqlite3.connect(store)) as database, database:
        database.execute("create table runs (distance)")
    with pytest.raises(ValueError, match=r"store must be an SQLite file of runs.*no such column"):
        run(GATED, 1, store)
    assert started(marks) == []


def test_without_dask_its_error_says_what_to_install(store, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match="pip install distributed"):
        run(GATED, 1, store, "tcp://127.0.0.1:8786")


def test_without_a_cluster_dask_is_not_imported(store):
    code = "import sys\nfrom active_teacher.experiments import sweep\n"
    code += f"sweep.run({LINE!r}, seeds=1, store={str(store)!r}, jobs=1)\n"
    code += "assert not {'dask', 'distributed'} & set(sys.modules)"
    subprocess.run([sys.executable, "-W", "error", "-c", code], env=environment(), check=True, capture_output=True)


# Tables


@pytest.mark.parametrize("name", ["panels", "panel_variants", "two_pixels", "image_ways"])
def test_a_bare_name_is_a_file_of_the_package_which_is_sorted(name):
    runs = sweep.load(name)
    assert runs.equals(sweep.load(sweep.RESULTS / f"{name}.csv"))
    assert runs.to_csv(index=False, lineterminator="\n") == (sweep.RESULTS / f"{name}.csv").read_text()
    settings = list(runs.columns[: list(runs.columns).index("seed")])
    assert settings == sorted(settings)
    assert not runs.duplicated([*settings, "seed", "step"]).any()
    assert (runs.groupby(settings).seed.nunique() == runs.seed.nunique()).all()
    assert "null" not in set(pd.read_csv(sweep.RESULTS / f"{name}.csv").astype(str).stack())  # which is why `load` is


@pytest.mark.parametrize("content", [None, "", "my notes", "seed,step,a\n0,1,2\n", "seed,code\n0,x\n0,y\n", "a\n1,2\n"])
def test_what_is_no_table_of_one_code_is_named(content, tmp_path):
    file = tmp_path / "runs.csv"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ValueError, match=f"name must be that of a CSV file with runs of one code, got {file}"):
        sweep.load(file)


def test_an_unknown_name_is_looked_for_among_the_results():
    with pytest.raises(ValueError, match=rf"got {sweep.RESULTS}/no_such\.csv"):
        sweep.load("no_such")


# A cluster


ADDRESS = re.compile(r'"address": "(tcp://[^"]+)"')


@contextmanager
def cluster(folder, workers):
    """A scheduler and its workers, a process each: its address."""
    where = folder / "scheduler.json"
    with python("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard",
                "--scheduler-file", where, cwd=folder) as scheduler:  # fmt: skip
        until(lambda: where.exists() and ADDRESS.search(where.read_text()), scheduler)  # it may be half written
        address = ADDRESS.search(where.read_text())[1]
        with ExitStack() as held:
            for _ in range(workers):
                held.enter_context(cluster_worker(address, folder))
            wait = f"import distributed\ndistributed.Client({address!r}).wait_for_workers({workers})" if workers else ""
            subprocess.run([sys.executable, "-c", wait], env=environment(), check=True, capture_output=True)
            yield address


def cluster_worker(address, folder):
    return python("distributed.cli.dask_worker", address, "--nthreads", 1, "--no-nanny", "--no-dashboard", cwd=folder)


def test_a_cluster_of_two_loses_one_and_the_sweep_is_complete(store, marks, tmp_path):
    with (
        cluster(tmp_path, workers=2) as address,
        python(*command(GATED, 7, store, "--backend", address, "--timeout", 60)) as process,
    ):
        until(lambda: len(kept(store)) >= 3 and len(started(marks)) == 5, process)
        (lost, pid), (_, other) = started(marks)[-2:]
        assert len({pid, other, process.pid}) == 3
        os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        (marks / "open").touch()
        assert ended(process)[:2] == (0, f"7 runs in {store.with_suffix('.csv')}\n")
    pd.testing.assert_frame_equal(sweep.load(store.with_suffix(".csv")), squares(7))
    begun = times(marks)
    assert begun.pop(lost) == 2
    assert sum(begun.values()) <= 7  # a result that was lost with the worker, before it was fetched, is made again


def test_a_cluster_of_one_core_does_the_work(store, marks, tmp_path):
    with (
        cluster(tmp_path, workers=1) as address,
        python(*command(GATED, 3, store, "--backend", address, "--timeout", 60)) as process,
    ):
        assert ended(process)[0] == 0
    assert kept(store) == [0, 1, 2]
    assert len({pid for _, pid in started(marks)} - {process.pid}) == 1
    assert process.pid not in {pid for _, pid in started(marks)}


def test_a_run_that_the_cluster_gives_up_is_named(store, tmp_path, monkeypatch):
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    said = r"deadly failed with seed 2 and settings \{\}\.\n.*KilledWorker"
    with cluster(tmp_path, workers=2) as address, pytest.raises(RuntimeError, match=said):
        run("sweep_experiments:deadly", 3, store, address, timeout=60)
    assert kept(store) == [0, 1]


def test_a_cluster_without_workers_is_an_error(store, marks, tmp_path):
    said = "backend must be a scheduler with workers, got tcp://"
    with cluster(tmp_path, workers=0) as address, pytest.raises(ValueError, match=said):
        run(GATED, 3, store, address, timeout=1)
    assert started(marks) == []
