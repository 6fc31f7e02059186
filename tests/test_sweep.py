"""Sweeps: whatever stops one, and wherever it runs, the file of results is in the end the same."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

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
def file(tmp_path, marks):
    return tmp_path / "results.jsonl"


def started(folder):
    """The seed and process of each run that was begun."""
    return sorted(tuple(map(int, path.name.split("-")[:2])) for path in folder.glob("*-*-*"))


def times(folder):
    """How often each seed was begun."""
    return dict(Counter(seed for seed, _ in started(folder)))


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


def command(experiment, seeds, file, *more):
    return "active_teacher.experiments.sweep", experiment, "--seeds", seeds, "--results", file, *more


def ended(process):
    """The exit code, what a process printed, and the last line in which a sweep said something."""
    out, err = process.communicate(timeout=120)
    said = [line for line in err.splitlines() if line.startswith("sweep: ")]
    assert said or not process.returncode, err
    return process.returncode, out, said[-1] if said else ""


def swept(*arguments):
    with python(*command(*arguments)) as process:
        return ended(process)


def until(condition, process):
    """Wait for something that a process in a test brings about."""
    end = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def lines(file):
    return file.read_bytes().count(b"\n") if file.exists() else 0


def text(experiment, settings, seed, results):
    record = {"experiment": experiment, "settings": settings, "seed": seed, "results": results}
    return json.dumps(record) + "\n"


def squares(seeds, gate=3):
    """The file of a complete sweep of `gated`."""
    return "".join(text(GATED, {"gate": gate}, seed, {"square": seed**2}) for seed in range(seeds))


# What is run, and what comes of it


def test_every_combination_is_run_for_every_seed_and_the_file_is_sorted(file, marks):
    more = ("--set", "slope=2,-1", 'start=[0.5, 1],"a, b"', "--jobs", 2)
    with python(*command(LINE, 11, file, *more)) as process:
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (0, f"44 runs in {file}\n")
    assert "44/44" in err
    assert file.read_text() == "".join(
        text(
            LINE,
            {"slope": slope, "start": start},
            seed,
            {"at 1": slope * seed + 0.1, "points": [0, 1, 2][: 1 + seed % 3]},
        )
        for slope, start in [(-1, "a, b"), (-1, [0.5, 1]), (2, "a, b"), (2, [0.5, 1])]
        for seed in range(11)
    )
    assert times(marks) == dict.fromkeys(range(11), 4)
    assert process.pid not in {pid for _, pid in started(marks)}


def test_defaults_are_settings_too(file):
    sweep.run(LINE, seeds=2, results=file, backend="threading")
    settings = [json.loads(line)["settings"] for line in file.read_text().splitlines()]
    assert settings == [{"slope": 2, "start": [0.5, None]}] * 2
    sweep.run(LINE, seeds=2, results=file, backend="threading", settings={"slope": [2]})
    assert lines(file) == 2


def test_an_experiment_may_return_a_dataclass(file):
    """As the book's own does."""
    panel = "active_teacher.experiments.shape_or_texture:panel"
    small = {"epochs": [2], "images": [4], "fresh": [2]}
    runs = sweep.run(panel, seeds=1, settings=small, backend="threading", results=file)
    assert set(json.loads(file.read_text())["results"]) == {"test", "adversarial"}
    assert list(runs.columns[-4:]) == ["seed", "step", "test", "adversarial"]
    assert runs.step.tolist() == [1, 2]
    assert sweep.load(file, experiment=panel).equals(runs)


def test_what_is_in_the_file_is_not_run_again(file, marks):
    sweep.run(GATED, seeds=2, results=file, backend="threading")
    before = file.stat()
    sweep.run(GATED, seeds=2, results=file, backend="threading")
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    everything = sweep.run(GATED, seeds=3, results=file, backend="threading", settings={"gate": [3, 7, 3]})
    assert list(zip(everything.gate, everything.seed, strict=True)) == [
        (gate, seed) for gate in (3, 7) for seed in range(3)
    ]
    assert times(marks) == {0: 2, 1: 2, 2: 2}
    assert sweep.load(file).equals(everything)


def test_the_file_is_the_same_whatever_runs_it(file, marks, tmp_path):
    (marks / "open").touch()
    for number, (backend, jobs) in enumerate([("threading", 3), ("threading", 1), ("loky", 1)]):
        other = tmp_path / f"{number}.jsonl"
        sweep.run(GATED, seeds=5, results=other, backend=backend, jobs=jobs)
        assert other.read_text() == squares(5)


def test_a_run_is_on_the_disk_before_the_next_is_counted(file, monkeypatch):
    sizes = []
    monkeypatch.setattr(sweep.os, "fsync", lambda number: sizes.append(os.fstat(number).st_size))
    sweep.run(GATED, seeds=3, results=file, backend="threading", jobs=1)
    assert sizes == [len(squares(seeds)) for seeds in (1, 2, 3)]


@pytest.mark.parametrize(("seeds", "gates", "quick"), [(1, "0,100,200", 2), (1000, "300", 300)])
def test_a_finished_run_waits_for_no_other(seeds, gates, quick, file):
    """Neither for one begun before it, nor for those that joblib might put into a batch with it."""
    with python(*command(GATED, seeds, file, "--set", f"gate={gates}", "--jobs", 2)) as process:
        until(lambda: lines(file) == quick, process)


def test_a_link_to_the_file_stays_one_and_its_mode_what_it_was(file, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    real = tmp_path / "elsewhere/real.jsonl"
    real.write_text("".join(reversed(squares(2).splitlines(keepends=True))))
    real.chmod(0o640)
    file.symlink_to(real)
    sweep.run(GATED, seeds=3, results=file, backend="threading")
    assert file.is_symlink()
    assert real.read_text() == squares(3)
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


# What stops it


@UNIX
@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_sweep_is_stopped_and_resumed(backend, how, file, marks):
    again = command(GATED, 7, file, "--backend", backend, "--jobs", 2)
    with python(*again) as process:
        until(lambda: lines(file) == 3 and len(started(marks)) == 5, process)
        processes = {pid for seed, pid in started(marks) if seed >= 3}
        if how == signal.SIGKILL:
            process.kill()
            assert process.wait() == -signal.SIGKILL
        else:
            os.killpg(process.pid, how)  # as a terminal does: the workers get it too
            assert ended(process) == (130, "", "sweep: stopped; the same command resumes it")
        assert processes == {process.pid} if backend == "threading" else len(processes - {process.pid}) == 2
        assert lines(file) == 3
        with python(*again) as process:  # while workers of a killed one may still be there
            until(lambda: len(started(marks)) == 7, process)
            (marks / "open").touch()
            assert ended(process)[0] == 0
    assert file.read_text() == squares(7)
    assert times(marks) == {0: 1, 1: 1, 2: 1, 3: 2, 4: 2, 5: 1, 6: 1}


@pytest.mark.parametrize("kept", [1, 60, -1])
def test_an_unfinished_last_line_is_reported_and_its_run_repeated(kept, file, marks):
    whole, last = squares(2), squares(3)[len(squares(2)) :]
    file.write_text(whole + last[:kept])
    with pytest.warns(UserWarning, match=r"results\.jsonl, line 3 is unfinished"):
        assert sweep.load(file).seed.tolist() == [0, 1]
    assert file.read_text() == whole + last[:kept]
    with python(*command(GATED, 3, file, "--jobs", 1)) as process:
        _, err = process.communicate(timeout=120)
    assert err.startswith(f"sweep: {file}, line 3 is unfinished")
    assert (process.returncode, file.read_text(), times(marks)) == (0, squares(3), {2: 1})


def test_sorting_is_one_stroke(file, monkeypatch):
    def interrupted(*paths):
        raise KeyboardInterrupt

    backwards = "".join(reversed(squares(3).splitlines(keepends=True)))
    file.write_text(backwards)
    with monkeypatch.context() as patch:
        patch.setattr(sweep.os, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sweep.run(GATED, seeds=3, results=file, backend="threading")
    assert file.read_text() == backwards
    sweep.run(GATED, seeds=3, results=file, backend="threading")
    assert file.read_text() == squares(3)
    assert {path.name for path in file.parent.glob("results*")} == {"results.jsonl", "results.jsonl.lock"}


@UNIX
def test_a_full_disk_loses_nothing_that_was_written(file):
    size = len(squares(2)) + 10
    limit = ["-c", f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"]
    limit[1] += "from active_teacher.experiments import sweep\n"
    limit[1] += f"raise SystemExit(sweep._main([{GATED!r}, '--seeds=3', '--jobs=1', {f'--results={file}'!r}]))"
    done = subprocess.run([sys.executable, *limit], env=environment(), capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines()[-1].endswith("; finished runs are kept")
    assert file.read_text().startswith(squares(2))
    with pytest.warns(UserWarning, match="line 3 is unfinished"):
        sweep.run(GATED, seeds=3, results=file, backend="threading")
    assert file.read_text() == squares(3)


def test_two_sweeps_do_not_write_one_file(file, marks):
    with python(*command(GATED, 6, file, "--jobs", 1)) as first:
        until(lambda: lines(file) == 3 and len(started(marks)) == 4, first)
        code, _, said = swept(GATED, 6, file, "--jobs", 1)
        assert (code, said) == (2, f"sweep: results must have one sweep at a time, and another is writing {file}")
        (marks / "open").touch()
        assert ended(first)[0] == 0
    assert times(marks) == dict.fromkeys(range(6), 1)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_a_run_that_fails_ends_the_sweep_and_keeps_the_others(backend, file, marks):
    failing = "sweep_experiments:failing"
    with python(*command(failing, 100, file, "--set", "at=1", "--jobs", 2, "--backend", backend)) as process:
        _, err = process.communicate(timeout=120)
    trace, _, said = err.partition("sweep: ")
    assert process.returncode == 1
    assert said.startswith(f'{failing} failed with seed 1 and settings {{"at": 1}}: ZeroDivisionError: two lines; ')
    assert "sweep_experiments.py" in trace
    begun = times(marks)
    assert {0, 1, 2} <= set(begun)
    assert len(begun) < 50
    assert set(sweep.load(file).seed) == set(begun) - {1}


def test_a_worker_that_dies_ends_the_sweep_and_keeps_the_others(file):
    code, _, said = swept("sweep_experiments:deadly", 3, file, "--jobs", 2)
    assert code == 1
    assert "unexpectedly terminated" in said
    assert lines(file) == 0 or set(sweep.load(file).seed) <= {0, 1}


@pytest.mark.parametrize(
    "what",
    ["nothing", "number", "empty", "numbered", "text", "none", "nan", "complex", "table", "ragged", "long", "dict",
     "no list", "two lengths", "seed", "step", "what"],
)  # fmt: skip
def test_results_are_finite_numbers_or_lists_of_them_of_one_length_with_names_of_their_own(what, file):
    with pytest.raises(RuntimeError, match=rf'seed 0 and settings {{"what": "{what}"}}: (Type|Value)Error: result'):
        sweep.run("sweep_experiments:returning", seeds=1, results=file, backend="threading", settings={"what": [what]})
    assert sweep.load(file).empty


def test_a_setting_has_not_the_name_of_a_column(file):
    with pytest.raises(RuntimeError, match="must have different names, got two named step"):
        sweep.run("sweep_experiments:stepping", seeds=1, results=file, backend="threading")


# Bad input


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--seeds", "0"), "seeds must be at least 1, got 0"),
        (("--seeds", "-3"), "seeds must be at least 1, got -3"),
        (("--jobs", "0"), "jobs must be"),
        (("--backend", "multiprocessing"), "backend must be 'loky'"),
        (("--backend", "scheduler:8786"), "backend must be 'loky'"),
        (("--backend", "tcp://scheduler"), "backend must be a scheduler"),
        (("--backend", "tcp://127.0.0.1:1", "--timeout", "0.2"), r"tcp://127\.0\.0\.1:1: Timed out"),
        (("--backend", "tcp://no.such.host.invalid:8786", "--timeout", "0.2"), "backend must be a scheduler"),
        (("--timeout", "0"), "timeout must be positive"),
        (("--set", "size=3"), r"those of sweep_experiments:gated\(seed, gate=3\), but:.*'size'"),
        (("--set", "seed=3"), "multiple values for argument 'seed'"),
        (("--set", "gate=3", "gate=4"), "each setting once"),
        (("--set", "gate=a"), "--set must be name=value, or JSON values"),
        (("--set", "gate="), "one or more alternatives"),
        (("--set", "gate"), "one or more alternatives"),
        (("--set", "gate=NaN"), "JSON values"),
        (("--set", "gate=1e999"), "JSON values"),
        (("--results", "no/such/folder.jsonl"), "results must be a file in a folder that exists"),
        (("--results", "."), "results must be a file one can write.*directory"),
        (("--results", ""), "must be a path"),
        (("--results", "marks/open/x"), "results must be a file in a folder that exists"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(given, said, file, marks, capsys, monkeypatch):
    (marks / "open").touch()
    monkeypatch.chdir(file.parent)
    file.write_text(squares(1))
    arguments = [*map(str, command(GATED, 2, file)[1:]), *given]
    assert sweep._main(arguments) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert err.startswith("sweep: ")
    assert re.search(said, err)
    assert (file.read_text(), started(marks)) == (squares(1), [])


@pytest.mark.parametrize(
    ("experiment", "said"),
    [
        ("no_such_experiment", "must be a name \"package.module:function\", got 'no_such_experiment'"),
        ("no.such.module:run", "no.such.module"),
        ("sweep_experiments:no_such", "has none named no_such"),
        ("sweep_experiments:NO_FUNCTION", "must be a function"),
        ("sweep_experiments:nameless", "too many positional arguments"),
        ("sweep_experiments:unnameable", "defaults must be JSON values"),
        ("sweep_experiments:returning", "missing a required argument: 'what'"),
        ("a:b:c", "must be a name"),
        ("", "must be a name"),
        (".:a", "must be a name"),
    ],
)
def test_an_unknown_experiment(experiment, said, file, capsys):
    assert sweep._main([experiment, "--seeds", "1", "--results", str(file)]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1
    assert not file.exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_file_that_may_not_be_written(file, marks):
    file.write_text(squares(1))
    file.chmod(0o444)
    with pytest.raises(ValueError, match=r"a file one can write.*Permission denied"):
        sweep.run(GATED, seeds=2, results=file)
    assert started(marks) == []


def test_without_dask_its_error_says_what_to_install(file, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    arguments = command(GATED, 1, file, "--backend", "tcp://127.0.0.1:8786")[1:]
    assert sweep._main([*map(str, arguments)]) == 2
    assert "pip install distributed" in capsys.readouterr().err


def test_without_a_cluster_dask_is_not_imported(file):
    code = "import sys\nfrom active_teacher.experiments import sweep\n"
    code += f"sweep.run({LINE!r}, seeds=1, results={str(file)!r}, jobs=1)\n"
    code += "assert not {'dask', 'distributed'} & set(sys.modules)"
    subprocess.run([sys.executable, "-W", "error", "-c", code], env=environment(), check=True, capture_output=True)


# The file


RECORD = json.loads(squares(1))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (b"", "must be a run of a sweep"),
        (b"{", "must be a run of a sweep"),
        (squares(1).encode()[:40], "must be a run of a sweep"),
        (squares(1).encode()[40:], "must be a run of a sweep"),
        (b"\0" * 20, "must be a run of a sweep"),
        (b"\xff", "must be a run of a sweep"),
        (b"[" * 100_000, "must be a run of a sweep"),
        (b"[1, 2]", "its keys must be"),
        (json.dumps(RECORD | {"more": 1}), "its keys must be"),
        (json.dumps({key: RECORD[key] for key in ("experiment", "seed", "results")}), "its keys must be"),
        (json.dumps(RECORD | {"seed": -1}), "its seed must be"),
        (json.dumps(RECORD | {"seed": True}), "its seed must be"),
        (json.dumps(RECORD | {"seed": 1.0}), "its seed must be"),
        (json.dumps(RECORD | {"settings": []}), "its settings an object"),
        (json.dumps(RECORD | {"settings": {"gate": float("nan")}}), "must be a run of a sweep"),
        (json.dumps(RECORD | {"experiment": 5}), "its experiment must be"),
        (json.dumps(RECORD | {"results": {}}), "results must be"),
        (json.dumps(RECORD | {"results": {"a": "1"}}), "result 'a' must be"),
        (json.dumps(RECORD | {"results": {"a": [1], "b": [1, 2]}}), "must have one length"),
        (json.dumps(RECORD | {"results": {"gate": 5}}), "got two named gate"),
        (json.dumps(RECORD | {"results": {"a": float("inf")}}), "result 'a' must be finite"),
        (json.dumps(RECORD | {"experiment": LINE}), f"must be a run of {GATED}, got one of {LINE}"),
        (json.dumps(RECORD), "must be a new run, got the one of line 1 again"),
    ],
)
def test_a_damaged_line_is_named_and_nothing_is_changed(damage, said, file, marks):
    damage = damage if isinstance(damage, bytes) else damage.encode()
    first, second = squares(2).encode().splitlines(keepends=True)
    content = first + damage + b"\n" + second
    file.write_bytes(content)
    for call in (
        lambda: sweep.load(file),
        lambda: sweep.run(GATED, seeds=3, results=file, backend="threading"),
    ):
        with pytest.raises(ValueError, match=said) as caught:
            call()
        assert str(caught.value).startswith(f"{file}, line 2 must be")
    assert file.read_bytes() == content
    assert started(marks) == []


@pytest.mark.parametrize(
    "end", [b"my notes", b"{}", b'{"experiment": 5', text(LINE, {}, 0, {"a": 1})[:60].encode(), b"\0\0"]
)
def test_an_end_that_no_sweep_wrote_is_not_cut_off(end, file, marks):
    for before in ("", squares(1)):
        file.write_bytes(before.encode() + end)
        with pytest.raises(ValueError, match="must be a run, finished or not, got"):
            sweep.run(GATED, seeds=3, results=file, backend="threading")
        assert file.read_bytes() == before.encode() + end
    assert started(marks) == []


def test_load_is_sorted_and_knows_whose_results_they_are(file):
    file.write_text("".join(reversed(squares(12).splitlines(keepends=True))))
    assert sweep.load(file, experiment=GATED).seed.tolist() == list(range(12))
    with pytest.raises(ValueError, match=f"line 1 must be a run of some:other, got one of {GATED}"):
        sweep.load(file, experiment="some:other")


def test_a_run_is_a_row_and_with_lists_a_row_for_each_step(file):
    settings = {"slope": 2, "start": [0.5, None], "way": None, "on": True}
    file.write_text(
        text(LINE, settings, 3, {"at": 0.5, "points": [7, 8]}) + text(LINE, settings, 4, {"at": 1.5, "points": [9]})
    )
    runs = sweep.load(file)
    same = {"slope": 2, "start": "[0.5, null]", "way": "null", "on": True}
    assert runs.to_dict("records") == [
        {**same, "seed": 3, "step": 1, "at": 0.5, "points": 7},
        {**same, "seed": 3, "step": 2, "at": 0.5, "points": 8},
        {**same, "seed": 4, "step": 1, "at": 1.5, "points": 9},
    ]
    assert list(runs.columns) == [*same, "seed", "step", "at", "points"]
    assert runs.groupby(["way", "start"]).points.sum().to_dict() == {("null", "[0.5, null]"): 24}


def test_a_setting_that_is_none_or_a_number_is_a_group_each(file):
    file.write_text("".join(text(LINE, {"pooling": pooling}, 0, {"at": 1}) for pooling in (3, None)))
    runs = sweep.load(file)
    assert runs.groupby("pooling")["at"].size().to_dict() == {3: 1, "null": 1}
    assert runs[runs.pooling == 3].shape == runs[runs.pooling == "null"].shape == (1, 4)


def test_a_bare_name_is_a_file_of_the_package():
    runs = sweep.load("panels")
    assert runs.equals(sweep.load(sweep.RESULTS / "panels.jsonl"))
    assert runs.equals(sweep.load(str(sweep.RESULTS / "panels.jsonl")))
    assert runs.groupby(["pooling", "seed"]).step.max().eq(10).all()


def test_an_unknown_name_is_told_the_names():
    with pytest.raises(ValueError, match=r"name must be .*panel_variants, panels, shape_or_texture, two_pixels, got"):
        sweep.load("no_such")


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_missing_file_is_named(name, tmp_path):
    with pytest.raises(ValueError, match=f"must be a file of results, a path or one of .*, got {tmp_path}"):
        sweep.load(tmp_path / name)


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


def test_a_cluster_of_two_loses_one_and_the_sweep_is_complete(file, marks, tmp_path):
    with (
        cluster(tmp_path, workers=2) as address,
        python(*command(GATED, 7, file, "--backend", address, "--timeout", 60)) as process,
    ):
        until(lambda: lines(file) >= 3 and len(started(marks)) == 5, process)
        (lost, pid), (_, other) = started(marks)[-2:]
        assert len({pid, other, process.pid}) == 3
        os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        (marks / "open").touch()
        assert ended(process)[:2] == (0, f"7 runs in {file}\n")
    assert file.read_text() == squares(7)
    begun = times(marks)
    assert begun.pop(lost) == 2
    assert sum(begun.values()) <= 7  # joblib may still want the last result it got, and so Dask computes it again


def test_a_cluster_of_one_core_does_the_work(file, marks, tmp_path):
    with (
        cluster(tmp_path, workers=1) as address,
        python(*command(GATED, 3, file, "--backend", address, "--timeout", 60)) as process,
    ):
        assert ended(process)[0] == 0
    assert file.read_text() == squares(3)
    assert len({pid for _, pid in started(marks)} - {process.pid}) == 1
    assert process.pid not in {pid for _, pid in started(marks)}


def test_a_run_that_the_cluster_gives_up_is_named(file, tmp_path, monkeypatch):
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    with cluster(tmp_path, workers=2) as address:
        code, _, said = swept("sweep_experiments:deadly", 3, file, "--backend", address, "--timeout", 60)
    assert code == 1
    assert "deadly failed with seed 2 and settings {}: the cluster gave it up: KilledWorker" in said
    assert sweep.load(file).seed.tolist() == [0, 1]


def test_a_cluster_without_workers_is_an_error(file, marks, tmp_path):
    with cluster(tmp_path, workers=0) as address:
        code, _, said = swept(GATED, 3, file, "--backend", address, "--timeout", 1)
    assert (code, started(marks)) == (2, [])
    assert f"backend must be a scheduler with workers, got {address}" in said
