"""A sweep: an experiment run for many seeds and settings on all cores, which can be stopped and resumed at any time.

An experiment is a plain function ``(seed, **settings) -> {name: number or list of numbers}``, or a dataclass of these,
that depends on nothing else. Each finished run is appended to a file of results, one line of JSON, before the next one
is counted; the same command finds there what is done already and runs the rest. A complete file is sorted by settings
and seed, so that it is the same however often it was stopped:

    python -m active_teacher.experiments.sweep active_teacher.experiments.shape_or_texture:panel \
        --seeds 10 --set pooling=null,3 --results results.jsonl
"""

import argparse
import inspect
import json
import os
import re
import shutil
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, is_dataclass
from importlib import import_module
from itertools import product
from numbers import Integral
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from filelock import FileLock, Timeout
from tqdm import tqdm

from active_teacher.checks import as_array, as_count, as_positive

RESULTS = Path(__file__).parent / "results"  # of sweeps that the chapters show
KEYS = ("experiment", "settings", "seed", "results")

Record = dict[str, Any]  # one run: KEYS


def run(
    experiment: str,
    *,
    seeds: int,
    results: str | os.PathLike[str],
    settings: Mapping[str, Sequence[Any]] | None = None,
    backend: str = "loky",
    jobs: int = -1,
    timeout: float = 10,
) -> pd.DataFrame:
    """All runs that the file of results holds once those of this sweep are in it, as ``load`` returns them.

    experiment: the name of a function, as "package.module:function"; seeds: run it for 0 .. seeds-1; settings:
    alternatives of its keyword arguments, JSON values, every combination of which is swept; results: the file, of this
    experiment alone. backend: where joblib runs it: "loky" (processes), "threading", or the address of a Dask
    scheduler; jobs: how many at once here, -1 for one a core (a cluster uses all cores it has at the start); timeout:
    seconds to wait for the scheduler and its first worker.
    Once a run fails, no more are begun than joblib has at hand; when those in flight are finished and written, the
    failure ends the sweep as a RuntimeError; a file that can't be written any more ends it as an OSError. Raises
    TypeError or ValueError before any run for any other input, a damaged file, or one that another sweep writes, and
    ImportError where Dask is needed and not installed.
    """
    name, function = _look_up(experiment)
    seeds, texts = as_count(seeds, name="seeds"), _combinations(name, function, {} if settings is None else settings)
    path = _as_path(results)
    with ExitStack() as held:
        parallel = held.enter_context(_workers(backend, jobs, timeout))
        if not path.parent.is_dir():
            raise ValueError(f"results must be a file in a folder that exists, got {path}")
        try:
            held.enter_context(FileLock(f"{path}.lock", timeout=0))  # the system drops it when the process dies
            done = {_key(record) for record in _mend(path, name)}
        except Timeout:
            raise ValueError(f"results must have one sweep at a time, and another is writing {path}") from None
        except OSError as error:
            raise ValueError(f"results must be a file one can write, got {path}: {error.strerror}") from error
        missing = [key for key in product(texts, range(seeds)) if key not in done]
        _append(path, name, missing, parallel, total=len(texts) * seeds)
        return _table(_sort(path, name))


def load(name: str | os.PathLike[str], *, experiment: str | None = None) -> pd.DataFrame:
    """The runs in a file of results: a row for each step of each, sorted by settings, seed and step.

    name: of a file in ``RESULTS``, such as "panels", or a path; experiment: whose results they must be, if not None.
    The columns are the settings, the seed, the step (1, 2, ..., the place in the lists of results; without lists, 1)
    and the results. A setting that is None or a list stands as its JSON text, None as "null", so that ``groupby`` keeps
    its rows.
    An unfinished last line, where a sweep was killed, is left out with a warning. Raises TypeError or ValueError,
    naming file and line, for a file that is missing or damaged in any other way, or holds a run twice or runs of
    several experiments.

    >>> from active_teacher.experiments import sweep
    >>> runs = sweep.load("two_pixels")
    >>> runs[runs.way == "structure"].groupby("labels").safe.min().to_dict()
    {20: 0.0, 50: 0.0, 100: 0.0, 200: 0.125, 500: 1.0, 2000: 1.0}
    """
    where = _as_path(name)
    if isinstance(name, str) and re.fullmatch(r"\w+", name):
        where = RESULTS / f"{name}.jsonl"
    expected = None if experiment is None else _checked_name(experiment)
    try:
        return _table(_sorted(where, expected))
    except OSError as error:
        known = ", ".join(sorted(path.stem for path in RESULTS.glob("*.jsonl")))
        raise ValueError(
            f"name must be a file of results, a path or one of {known}, got {where}: {error.strerror}"
        ) from error


# What is run


def _checked_name(experiment: Any) -> str:
    if not isinstance(experiment, str):
        raise TypeError(f"experiment must be the name of a function, got {experiment!r}")
    if not re.fullmatch(r"\w+(\.\w+)*:\w+", experiment):
        raise ValueError(f'experiment must be a name "package.module:function", got {experiment!r}')
    return experiment


def _look_up(experiment: Any) -> tuple[str, Callable[..., Any]]:
    """An experiment's name and function. Raises TypeError or ValueError if there is none."""
    name = _checked_name(experiment)
    module, _, attribute = name.partition(":")
    try:
        function = getattr(import_module(module), attribute, None)
    except ImportError as error:
        raise ValueError(f"experiment must be importable, got {name}: {error}") from error
    if not callable(function):
        raise ValueError(f"experiment must be a function, and {module} has none named {attribute}")
    return name, function


def _combinations(name: str, function: Callable[..., Any], settings: Any) -> list[str]:
    """Every combination of the alternatives, with the function's defaults for the rest, each as JSON text."""
    if not isinstance(settings, Mapping):
        raise TypeError(f"settings must map names to alternatives, got {settings!r}")
    for setting, values in settings.items():
        if not isinstance(values, list | tuple) or not values:
            raise TypeError(f"settings must list one or more alternatives each, got {setting}={values!r}")
    signature = inspect.signature(function)
    try:
        signature.bind(0, **dict.fromkeys(settings))
    except TypeError as error:
        raise ValueError(f"settings must be those of {name}{signature}, but: {error}") from error
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    others = [other for other in list(signature.parameters.values())[1:] if other.kind in named]
    defaults = {other.name: other.default for other in others if other.default is not other.empty}
    try:
        texts = [_text(defaults | dict(zip(settings, values, strict=True))) for values in product(*settings.values())]
    except (TypeError, ValueError) as error:
        raise ValueError(f"settings and their defaults must be JSON values, got {settings} and {defaults}") from error
    return list(dict.fromkeys(texts))


def _run(name: str, text: str, seed: int) -> tuple[str, str]:
    """A run's line and "", or what went wrong and its traceback; executed by a worker, maybe on another machine."""
    try:
        settings = json.loads(text)
        results = _plain(_look_up(name)[1](seed, **settings), settings)
    except Exception as error:
        said = f"{name} failed with seed {seed} and settings {text}: {type(error).__name__}: {error}"
        return said, traceback.format_exc()
    return _line({"experiment": name, "settings": settings, "seed": seed, "results": results}), ""


def _plain(results: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    """An experiment's results without numpy. Raises TypeError or ValueError unless they make rows of a table."""
    if is_dataclass(results) and not isinstance(results, type):
        results = asdict(results)
    if not isinstance(results, dict) or not results or not all(isinstance(key, str) for key in results):
        raise TypeError(f"results must be a dict of numbers or lists of numbers, got {results!r}")
    plain = {key: as_array(value, name=f"result {key!r}") for key, value in results.items()}
    for key, value in plain.items():
        if value.dtype.kind not in "biuf" or value.dtype.itemsize > 8 or value.ndim > 1:
            raise TypeError(f"result {key!r} must be a number or a list of numbers, got {results[key]!r}")
        if not np.isfinite(value).all():
            raise ValueError(f"result {key!r} must be finite, got {results[key]!r}")
    lengths = {key: len(value) for key, value in plain.items() if value.ndim}
    if 0 in lengths.values() or len(set(lengths.values())) > 1:
        raise ValueError(f"results that are lists must have one length, 1 or more, got {lengths}")
    if taken := {"seed", "step", *settings} & set(plain) or {"seed", "step"} & set(settings):
        raise ValueError(f"results, settings, seed and step must have different names, got two named {min(taken)}")
    return {key: value.tolist() for key, value in plain.items()}


# Where it runs


@contextmanager
def _workers(backend: Any, jobs: Any, timeout: Any) -> Iterator[joblib.Parallel]:
    """joblib, set up to give each run to a worker of a backend and to return it as soon as it is finished."""
    if not isinstance(jobs, Integral) or isinstance(jobs, bool):
        raise TypeError(f"jobs must be an integer, got {jobs!r}")
    if jobs == 0:
        raise ValueError("jobs must be a number of workers, or -1 for one a core, got 0")
    as_positive(timeout, name="timeout")
    with ExitStack() as held:
        if backend in ("loky", "threading"):
            config = joblib.parallel_config(backend=backend, n_jobs=int(jobs))
        elif isinstance(backend, str) and re.fullmatch(r"(tcp|tls|ws|wss)://\S+", backend):
            config = joblib.parallel_config(backend=_dask(held, backend, timeout))
        else:
            raise ValueError(
                f"backend must be 'loky', 'threading' or a scheduler such as 'tcp://scheduler:8786', got {backend!r}"
            )
        held.enter_context(config)
        # One run a batch, and none waiting in a queue: what is finished is here, and what is stopped is soon over.
        yield joblib.Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch="n_jobs")


def _dask(held: ExitStack, address: str, timeout: float) -> Any:
    """joblib's Dask backend, connected to a scheduler until what is held is released."""
    try:
        distributed = import_module("distributed")
    except ImportError as error:
        raise ImportError(f"backend {address} needs Dask: pip install distributed ({error})") from error
    from joblib._dask import DaskDistributedBackend

    class Backend(DaskDistributedBackend):  # type: ignore[misc]
        """joblib's, which by itself waits for ever for a run that the cluster gives up, and has no use for one core."""

        def effective_n_jobs(self, n_jobs: int) -> int:
            return max(2, int(super().effective_n_jobs(n_jobs)))  # a single job would be run in this process

        def submit(self, func: Any, callback: Any = None) -> Any:
            ((_, (name, text, seed), _),) = func.items

            def finish(out: Any) -> None:
                if isinstance(out, BaseException):
                    why = f"the cluster gave it up: {type(out).__name__}: {out}"
                    out = [(f"{name} failed with seed {seed} and settings {text}: {why}", "\n")]
                callback(out)

            future = super().submit(func, finish)
            future.add_done_callback(lambda done: finish(done.exception()) if done.exception() else None)
            return future

    try:
        client = held.enter_context(distributed.Client(address, timeout=timeout, set_as_default=False))
        client.wait_for_workers(1, timeout=timeout)
    except (OSError, ValueError) as error:
        raise ValueError(f"backend must be a scheduler with workers, got {address}: {error}") from error
    return Backend(client=client)


def _append(path: Path, name: str, missing: list[tuple[str, int]], parallel: joblib.Parallel, *, total: int) -> None:
    """Run what is missing and append each run to the file as soon as it is finished."""
    failures: list[tuple[str, str]] = []

    def tasks() -> Iterator[Any]:
        for text, seed in missing:
            if failures:
                return
            yield joblib.delayed(_run)(name, text, seed)

    with ExitStack() as held:
        held.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("ignore", r"\d+ tasks ", UserWarning)  # joblib's, about what an interruption loses
        try:
            file = held.enter_context(path.open("ab"))
        except OSError as error:
            raise ValueError(f"results must be a file one can write, got {path}: {error.strerror}") from error
        bar = held.enter_context(tqdm(total=total, initial=total - len(missing), unit="run", file=sys.stderr))
        for said, trace in held.enter_context(closing(parallel(tasks()))):
            if trace:
                failures.append((said, trace))
                continue
            file.write(f"{said}\n".encode())
            file.flush()
            os.fsync(file.fileno())
            bar.update()
    for said, trace in failures[:1]:
        failed = RuntimeError(said)
        failed.add_note(trace)
        raise failed


# The file of results


def _as_path(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike) or not os.fspath(path) or "\0" in os.fspath(path):
        raise TypeError(f"the file of results must be a path, got {path!r}")
    return Path(path).resolve()  # a link stays one when the file is replaced


def _text(settings: Any) -> str:
    return json.dumps(settings, sort_keys=True, allow_nan=False)


def _line(record: Record) -> str:
    return json.dumps({key: record[key] for key in KEYS}, allow_nan=False)


def _key(record: Record) -> tuple[str, int]:
    return _text(record["settings"]), record["seed"]


def _read(path: Path, name: str | None) -> tuple[list[Record], int]:
    """The runs in a file of results, and how many of its bytes are whole lines. Raises ValueError for any damage."""
    *lines, rest = path.read_bytes().split(b"\n")
    records: list[Record] = []
    numbers: dict[tuple[str, int], int] = {}
    for number, line in enumerate(lines, start=1):
        where = f"{path}, line {number}"
        record = _parse(line, where)
        name = name or record["experiment"]
        if record["experiment"] != name:
            raise ValueError(f"{where} must be a run of {name}, got one of {record['experiment']}")
        first = numbers.setdefault(_key(record), number)
        if first != number:
            raise ValueError(f"{where} must be a new run, got the one of line {first} again")
        records.append(record)
    if rest:
        where = f"{path}, line {len(lines) + 1}"
        start = f'{{"experiment": {json.dumps(name) if name else ""}'.encode()
        if not start.startswith(rest[: len(start)]):
            raise ValueError(f"{where} must be a run, finished or not, got {rest[:60]!r}")
        warnings.warn(f"{where} is unfinished: that run is left out, and a sweep repeats it", stacklevel=4)
    return records, sum(len(line) + 1 for line in lines)


def _parse(line: bytes, where: str) -> Record:
    try:
        record = json.loads(line)
        if not isinstance(record, dict) or tuple(record) != KEYS:
            raise ValueError(f"its keys must be {', '.join(KEYS)}")
        name, settings, seed, results = record.values()
        if not isinstance(name, str) or not isinstance(settings, dict):
            raise ValueError("its experiment must be a name and its settings an object")
        if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
            raise ValueError(f"its seed must be an integer of at least 0, got {seed!r}")
        _text(settings)
        return record | {"results": _plain(results, settings)}
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{where} must be a run of a sweep, got {line[:60]!r}: {error}") from error


def _mend(path: Path, name: str) -> list[Record]:
    """The runs in a file of results, if there is one, once an unfinished last line is cut off."""
    if not path.exists():
        return []
    records, whole = _read(path, name)
    if path.stat().st_size > whole:
        os.truncate(path, whole)
    return records


def _sorted(path: Path, name: str | None) -> list[Record]:
    """The runs in a file of results, by settings and seed."""
    return sorted(_read(path, name)[0], key=_key)


def _table(records: list[Record]) -> pd.DataFrame:
    """The runs as ``load`` returns them."""
    rows = []
    for record in records:
        settings = {name: _cell(value) for name, value in record["settings"].items()}
        results = {name: value if isinstance(value, list) else [value] for name, value in record["results"].items()}
        for step in range(max(map(len, results.values()))):
            reached = {name: values[step % len(values)] for name, values in results.items()}  # a number at each step
            rows.append({**settings, "seed": record["seed"], "step": step + 1, **reached})
    return pd.DataFrame(rows)


def _cell(value: Any) -> bool | int | float | str:
    return value if isinstance(value, bool | int | float | str) else _text(value)


def _sort(path: Path, name: str) -> list[Record]:
    """The runs in a file of results, after sorting the file at one stroke."""
    records = _sorted(path, name)
    lines = "".join(f"{_line(record)}\n" for record in records).encode()
    if lines != path.read_bytes():
        new = path.with_name(f"{path.name}.new")
        with new.open("wb") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, new)
        os.replace(new, path)
    return records


# The command line


def _alternatives(given: str) -> tuple[str, list[Any]]:
    """What ``name=value,value`` says."""
    name, _, values = given.partition("=")
    try:
        return name, list(json.loads(f"[{values}]"))
    except ValueError as error:
        raise ValueError(f"--set must be name=value, or JSON values with commas between them, got {given}") from error


def _main(arguments: Sequence[str] | None = None) -> int:
    """Run a sweep as the command line says. Returns 0, 1 if a run failed, 2 for bad input, 130 if interrupted."""
    about = "An experiment, run for many seeds and settings; it may be stopped, and the same command resumes it."
    parser = argparse.ArgumentParser(prog="python -m active_teacher.experiments.sweep", description=about)
    parser.add_argument("experiment", help="a function, as package.module:function")
    parser.add_argument("--seeds", type=int, required=True, metavar="N", help="run it for the seeds 0 .. N-1")
    parser.add_argument("--set", nargs="+", default=[], action="extend", metavar="NAME=VALUE,...", dest="settings",
                        help="alternatives of a setting, as JSON; all combinations are swept")  # fmt: skip
    parser.add_argument("--results", required=True, metavar="FILE", help="appended to; one line of JSON a run")
    parser.add_argument("--backend", default="loky", help="loky, threading or tcp://scheduler:8786 (default: loky)")
    parser.add_argument("--jobs", type=int, default=-1, help="runs at once on this machine (default: -1, one a core)")
    parser.add_argument("--timeout", type=float, default=10, help="seconds to wait for a scheduler (default: 10)")
    given = vars(parser.parse_args(arguments))
    try:
        pairs = [_alternatives(setting) for setting in given.pop("settings")]
        if len(dict(pairs)) < len(pairs):
            raise ValueError("--set must name each setting once")
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: print(f"sweep: {message}", file=sys.stderr)
            runs = run(settings=dict(pairs), **given)
            print(f"{(runs.step == 1).sum()} runs in {given['results']}")
        return 0
    except KeyboardInterrupt:
        return _say("stopped; the same command resumes it", 130)
    except (ImportError, TypeError, ValueError) as error:
        return _say(error, 2)
    except (OSError, RuntimeError) as error:
        print(*getattr(error, "__notes__", []), sep="\n", end="", file=sys.stderr)
        return _say(f"{error}; finished runs are kept", 1)


def _say(what: object, code: int) -> int:
    print("sweep:", *str(what).split(), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(_main())
