"""A sweep: an experiment run for many seeds and settings on all cores, which can be stopped and resumed at any time.

An experiment is a plain function ``(seed, **settings) -> {name: number or list of numbers}``, or a dataclass of these,
that depends on nothing else. Each finished run is put into a store, an SQLite file, under its experiment, settings and
seed and a hash of the code that made it; the same command finds there what is done already and runs the rest:

    python -m active_teacher.experiments.sweep active_teacher.experiments.shape_or_texture:panel \
        --seeds 10 --settings '{"pooling": [null, 3]}' --store runs.sqlite --csv panels.csv
"""

import argparse
import ast
import inspect
import json
import os
import re
import site
import sqlite3
import sys
import traceback
import warnings
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from fractions import Fraction
from functools import cache
from hashlib import sha256
from importlib import import_module
from io import StringIO
from itertools import islice
from modulefinder import ModuleFinder
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import joblib
import numpy as np
import pandas as pd
from tqdm import tqdm

from active_teacher.checks import as_count, as_positive

RESULTS = Path(__file__).parent / "results"  # of the sweeps that the chapters show

Grid = Mapping[str, Sequence[Any]]
Task = tuple[str, str, int, str]  # experiment, settings, seed and code: the key of a run in the store
Outcome = tuple[Task, str, bool]  # a task, its results or the traceback, and whether it failed


def run(
    experiment: str,
    *,
    seeds: int,
    store: str | os.PathLike[str],
    settings: Grid | Sequence[Grid] | None = None,
    backend: str = "loky",
    jobs: int = -1,
    timeout: float = 10,
) -> pd.DataFrame:
    """The runs of a sweep, those that the store holds and those that are made now: a row for each step of each.

    experiment: the name of a function, "package.module:function"; seeds: run it for 0 .. seeds-1; settings: a grid,
    alternatives of its keyword arguments, JSON values, every combination of which is swept, or a list of grids; store:
    an SQLite file, made if there is none, which sweeps may share. backend: "loky" (processes), "threading", or the
    address of a Dask scheduler; jobs: how many runs at once here, -1 for one a core (a cluster uses the cores it has at
    the start); timeout: seconds to wait for the scheduler and its first worker.
    Columns: the settings, with defaults; the seed; the step, 1, 2, ..., the place in the lists of results; the results;
    the code, a hash of the sources of the experiment and of what they import, by statements, of this package, its own
    and files that are not installed, without comments and docstrings. A setting other than a number or a word stands as
    JSON, None as "null"; a Fraction as "1/3". 1 and 1.0 are one setting. A new keyword is new code, and all is run
    anew: nobody can tell from outside that its default changes nothing.
    Once a run fails, none is begun any more; when those under way are stored, a RuntimeError names it. Raises TypeError
    or ValueError for any other input and a store that is damaged or can't be written, ImportError if Dask is missing.
    """
    seeds, timeout = as_count(seeds, name="seeds"), as_positive(timeout, name="timeout")
    if as_count(jobs, name="jobs", least=-1) == 0:
        raise ValueError("jobs must be a number of workers, or -1 for one a core, got 0")
    if backend not in ("loky", "threading") and not re.fullmatch(r"(tcp|tls|ws|wss)://\S+", str(backend)):
        raise ValueError(f"backend must be loky, threading or a scheduler, tcp://scheduler:8786, got {backend!r}")
    if not isinstance(store, str | os.PathLike) or not str(store) or "\0" in str(store):
        raise TypeError(f"store must be a path, got {store!r}")
    code = _code(experiment)
    texts = _combinations(_function(experiment, code), settings)
    wanted = [(experiment, text, seed, code) for text in texts for seed in range(seeds)]
    failures: list[tuple[Task, str]] = []
    try:
        with closing(sqlite3.connect(store, timeout=60)) as database:  # seconds to wait while another sweep writes
            stored = _stored(database, experiment, code)
            missing = [task for task in wanted if task not in stored]
            tasks = (task for task in missing if not failures)
            outcomes = _on_dask(tasks, backend, timeout) if "://" in backend else _here(tasks, backend, jobs)
            bar = tqdm(total=len(wanted), initial=len(wanted) - len(missing), unit="run", file=sys.stderr)
            with bar, warnings.catch_warnings(), closing(outcomes):
                warnings.filterwarnings("ignore", r"\d+ tasks ", UserWarning)  # joblib's, about an interruption
                for task, said, failed in outcomes if missing else ():
                    if failed:
                        failures.append((task, said.rstrip()))
                        continue
                    with database:
                        database.execute("insert or ignore into runs values (?, ?, ?, ?, ?)", (*task, said))
                    bar.update()
            stored = _stored(database, experiment, code)
    except sqlite3.Error as error:
        raise ValueError(f"store must be an SQLite file of runs that can be written, got {store}: {error}") from error
    for (_, text, seed, _), said in failures[:1]:
        raise RuntimeError(f"{experiment} failed with seed {seed} and settings {text}.\n{said}")
    table = pd.DataFrame(row for task in wanted for row in _rows(task, stored[task]))
    return _read(StringIO(table.to_csv(index=False)))


def load(name: str | os.PathLike[str]) -> pd.DataFrame:
    """The runs of a sweep as it returned them, from the CSV file that ``runs.to_csv(file, index=False)`` wrote.

    name: of a file in ``RESULTS``, or a path. ``pd.read_csv`` by itself takes "null" for a missing value. Raises
    ValueError for a file that is missing, or does not hold runs of one code.

    >>> from active_teacher.experiments import sweep
    >>> runs = sweep.load("panels")
    >>> runs[runs.step == 10].groupby("pooling").adversarial.min().to_dict()
    {'3': 0.98, 'null': 0.0}
    """
    path = RESULTS / f"{name}.csv" if re.fullmatch(r"\w+", str(name)) else Path(str(name))
    try:
        runs = _read(path)
        [_] = runs["code"].unique()
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(f"name must be that of a CSV file with runs of one code, got {path}: {error!r}") from error
    return runs


def _code(name: Any) -> str:
    """The hash of an experiment's sources. Raises ValueError if there are none."""
    if not isinstance(name, str) or not re.fullmatch(r"(?!__main__:)\w+(\.\w+)*:\w+", name):
        needed = 'experiment must be the name of a function in a file, "package.module:function"'
        hint = "write one of a notebook to a file, as by %%writefile mine.py, and name it, as in 'mine:function'"
        raise ValueError(f"{needed}, got {name!r}; {hint}")
    start = name.partition(":")[0]
    installed = {module.name for module in iter_modules([*site.getsitepackages(), site.getusersitepackages()])}
    finder = ModuleFinder(excludes=installed.union(sys.stdlib_module_names) - {"active_teacher", start.split(".")[0]})
    try:
        finder.import_hook(start)
        trees = {
            module: ast.parse(Path(str(vars(found)["__file__"])).read_bytes())
            for module, found in finder.modules.items()
        }
    except (ImportError, OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"experiment must be in a file of Python that can be found, got {name}: {error}") from error
    for node in (node for tree in trees.values() for node in ast.walk(tree)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = node.body[ast.get_docstring(node) is not None :]
    return sha256(repr(sorted((module, ast.unparse(tree)) for module, tree in trees.items())).encode()).hexdigest()[:12]


@cache
def _imported(name: str) -> tuple[Any, str]:
    """An experiment, and the code of it when this process first asked for it."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute, None), _code(name)


def _function(name: str, code: str) -> Callable[..., Any]:
    function, imported = _imported(name)
    if not callable(function):
        raise ValueError(f"experiment must be a function, and there is none named {name}")
    if imported != code:
        raise ValueError(f"experiment must be what was imported, but the source of {name} has changed: restart Python")
    return function  # type: ignore[no-any-return]


def _combinations(function: Callable[..., Any], settings: Any) -> list[str]:
    """Every combination of the alternatives, defaults filled in, as JSON, the same for equal ones: 1 for 1.0."""
    from sklearn.model_selection import ParameterGrid  # takes a second, and workers don't need it

    signature, found = inspect.signature(function), []
    others = list(signature.parameters.values())[1:]
    defaults = {other.name: other.default for other in others if other.default is not other.empty}
    try:
        for chosen in ParameterGrid({} if settings is None else settings):
            signature.bind(0, **chosen)
            if {"seed", "step", "code"} & set(defaults | chosen):
                raise ValueError("settings must not be named seed, step or code")
            text = json.dumps(defaults | chosen, allow_nan=False)
            found.append(json.dumps(json.loads(text, parse_float=_number), sort_keys=True))
        [_, *_] = found
    except (TypeError, ValueError) as error:
        needed = f"settings must be a grid, or some, of lists of JSON values for {signature}"
        raise ValueError(f"{needed}, got {settings!r}: {error}") from error
    return sorted(set(found))


def _number(text: str) -> int | float:
    return int(float(text)) if float(text).is_integer() and abs(float(text)) < 2**53 else float(text)


def _run(task: Task) -> Outcome:
    """What comes of a task; executed by a worker, maybe on another machine."""
    name, text, seed, code = task
    try:
        results = _function(name, code)(seed, **json.loads(text))
        return task, json.dumps(_plain(results, taken={"seed", "step", "code", *json.loads(text)}), default=str), False
    except (Exception, SystemExit):
        return task, traceback.format_exc(), True


def _plain(results: Any, taken: Collection[str]) -> dict[str, list[Any]]:
    """An experiment's results as lists of one length. Raises TypeError or ValueError if they can't be."""
    results = results if isinstance(results, dict) else asdict(results)
    columns = [column.tolist() for column in np.broadcast_arrays(*map(np.atleast_1d, results.values()))]
    numbers = [number for column in columns for number in column]
    if not numbers or not all(isinstance(number, bool | int | float | Fraction) for number in numbers):
        raise TypeError(f"results must be numbers or lists of numbers, got {results}")
    if not all(np.isfinite(number) for number in numbers if isinstance(number, float)) or set(taken) & set(results):
        raise ValueError(f"results must be finite and have other names than {sorted(taken)}, got {results}")
    return dict(zip(results, columns, strict=True))


def _here(tasks: Iterator[Task], backend: str, jobs: int) -> Generator[Outcome, None, None]:
    """By joblib, one run a batch and none waiting in a queue: what is finished is kept, and little is not."""
    how = {"return_as": "generator_unordered", "batch_size": 1, "pre_dispatch": "n_jobs"}
    begun: dict[Task, None] = {}
    try:
        calls = (joblib.delayed(_run)(begun.setdefault(task) or task) for task in tasks)
        for outcome in joblib.Parallel(n_jobs=jobs, backend=backend, **how)(calls):
            del begun[outcome[0]]
            yield outcome
    except RuntimeError as error:
        yield min(begun), f"A worker failed, with this run or another of {sorted(begun)}: {error}", True


def _on_dask(tasks: Iterator[Task], address: str, timeout: float) -> Generator[Outcome, None, None]:
    """By a cluster; not through joblib, which waits for ever for a run that the cluster gives up."""
    needed = f"backend must be a scheduler with workers, got {address}"
    try:
        distributed = import_module("distributed")
        client = distributed.Client(address, timeout=timeout, set_as_default=False)
    except ImportError as error:
        raise ImportError(f"backend {address} needs Dask: pip install distributed ({error})") from error
    except (OSError, ValueError) as error:
        raise ValueError(f"{needed}: {error}") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=timeout)
        except OSError as error:  # it took too long
            raise ValueError(f"{needed}: {error}") from error
        begun = {client.submit(_run, task, pure=False): task for task in islice(tasks, sum(client.ncores().values()))}
        waiting = distributed.as_completed(begun, loop=client.loop)
        for future in waiting:
            task, lost = begun.pop(future), future.exception()
            yield (task, f"The cluster gave it up: {lost!r}", True) if lost else future.result()
            for task in islice(tasks, 1):
                begun[future := client.submit(_run, task, pure=False)] = task
                waiting.add(future)


def _stored(database: sqlite3.Connection, name: str, code: str) -> dict[Task, str]:
    """The results that are in the store of an experiment and its code."""
    key = "experiment, settings, seed, code"
    with database:
        database.execute("begin immediate")
        database.execute(f"create table if not exists runs ({key}, results, primary key ({key}))")
    if (said := database.execute("pragma quick_check").fetchone()) != ("ok",):
        raise sqlite3.DatabaseError(*said)
    rows = database.execute(f"select {key}, results from runs where experiment = ? and code = ?", (name, code))
    return {(name, text, seed, code): results for name, text, seed, code, results in rows}


def _rows(task: Task, said: str) -> Iterator[dict[str, Any]]:
    """A run's rows, one a step. A text among the settings that JSON reads as something else is quoted."""
    settings, results = json.loads(task[1]), json.loads(said)
    for name, value in settings.items():
        if not isinstance(value, str) or not re.match(r"(?!(null|true|false)$)[A-Za-z]", value):
            settings[name] = json.dumps(value)
    for step, values in enumerate(zip(*results.values(), strict=True), start=1):
        yield {**settings, "seed": task[2], "step": step, **dict(zip(results, values, strict=True)), "code": task[3]}


def _read(file: Any) -> pd.DataFrame:
    exact = {"float_precision": "round_trip"} if pd.__version__ < "3.1" else {}  # which later versions are by default
    return pd.read_csv(file, keep_default_na=False, na_values=[""], dtype={"code": str}, **exact)


def _main(arguments: Sequence[str] | None = None) -> None:
    """Run a sweep as the command line says. Exits with 1 if it fails, 130 if it is interrupted."""
    parser = argparse.ArgumentParser(description="Run a sweep. It may be stopped; the same command resumes it.")
    parser.add_argument("experiment", help="a function, as package.module:function")
    parser.add_argument("--seeds", type=int, required=True, help="run it for the seeds 0 .. SEEDS-1")
    parser.add_argument("--settings", type=json.loads, help='a grid or a list of grids: \'{"way": ["a", "b"]}\'')
    parser.add_argument("--store", required=True, help="an SQLite file; finished runs are put there")
    parser.add_argument("--csv", type=Path, required=True, help="the table, written when all runs are there")
    parser.add_argument("--backend", default="loky", help="loky, threading or tcp://scheduler:8786 (default: loky)")
    parser.add_argument("--jobs", type=int, default=-1, help="runs at once on this machine (default: -1, one a core)")
    parser.add_argument("--timeout", type=float, default=10, help="seconds to wait for a scheduler (default: 10)")
    given = vars(parser.parse_args(arguments))
    path = given.pop("csv").resolve()  # a link stays one
    try:
        runs = run(**given)
        runs.to_csv(new := path.with_name(f"{path.name}.{os.getpid()}"), index=False, lineterminator="\n")
        os.replace(new, path)
    except KeyboardInterrupt:
        parser.exit(130, "sweep: stopped; the same command resumes it\n")
    except (ImportError, OSError, RuntimeError, TypeError, ValueError) as error:
        parser.exit(1, f"sweep: {error}\n")
    print(f"{(runs.step == 1).sum()} runs in {path}")


if __name__ == "__main__":
    import_module("active_teacher.experiments.sweep")._main()  # under the name by which workers know it
