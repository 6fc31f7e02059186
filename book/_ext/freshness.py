"""Keep pages no older than the code behind them: what chapters print depends on lib/, which Sphinx doesn't watch."""

import hashlib
import os
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

OUTPUTS = "BOOK_OUTPUTS"  # an environment variable: "stored" for pages of the outputs that chapters are stored with
ROOT = Path(__file__).resolve().parents[2]
STAMP = (
    ROOT / "_build" / "html" / ".built-from"
)  # tools/build.py writes it last: what the finished site was built from


def code_digest() -> str:
    """A short name for the state of all that a chapter's outputs depend on besides the chapter."""
    return digest_of(ROOT / "requirements.txt", ROOT / "lib" / "active_teacher")


def digest_of(*places: Path) -> str:
    """A short name for the contents of files and folders, without what Python and Jupyter leave in them."""
    digest = hashlib.sha256()
    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and not {
                "__pycache__",
                ".ipynb_checkpoints",
            } & set(path.parts):
                content = path.read_bytes()
                digest.update(
                    f"{path.relative_to(ROOT).as_posix()}\0{len(content)}\0".encode()
                    + content
                )
    return digest.hexdigest()[:16]


def cache_path() -> Path:
    """The folder of executed chapters that were run with the code as it is now."""
    return ROOT / "_build" / ".jupyter_cache" / code_digest()


def _choose_cache(app: Sphinx, config: Config) -> None:
    config["nb_execution_cache_path"] = str(cache_path())
    if os.environ.get(OUTPUTS) == "stored":
        config["nb_execution_mode"] = "off"


def _outdated(
    app: Sphinx,
    env: BuildEnvironment,
    added: set[str],
    changed: set[str],
    removed: set[str],
) -> list[str]:
    digest = code_digest()
    stale = getattr(env, "code_digest", digest) != digest
    env.code_digest = digest  # type: ignore[attr-defined]  # kept with the pages it was read for
    return (
        [
            name
            for name in env.found_docs
            if env.doc2path(name).endswith(".ipynb")
        ]
        if stale
        else []
    )


def _forget_stamp(app: Sphinx) -> None:
    (Path(app.outdir) / STAMP.name).unlink(
        missing_ok=True
    )  # from here on the site is another one


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("config-inited", _choose_cache)
    app.connect("builder-inited", _forget_stamp)
    app.connect("env-get-outdated", _outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
