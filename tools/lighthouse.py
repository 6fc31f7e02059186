"""Lighthouse's scores for some pages of the rendered book, served compressed (``make lighthouse``; npm fetches it).

Prints a table, the median of three runs a row; the exit status is 1 if a page falls short of a target.
"""

import functools
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any, BinaryIO

import browser

SITE = Path(__file__).resolve().parents[1] / "_build" / "html"
VERSION = "13.5.0"
CHROME = (
    "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)
PAGES = ("intro", "03_adversarial_examples", "07_parity_hardness", "11_ways_compared")
DEVICES: dict[str, tuple[list[str], float]] = {"mobile": ([], 0.95), "desktop": (["--preset=desktop"], 0.98)}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
METRICS = {
    "FCP, s": "first-contentful-paint",
    "LCP, s": "largest-contentful-paint",
    "blocked, s": "total-blocking-time",
}
RUNS = 3


class Compressed(SimpleHTTPRequestHandler):
    """Serves files as a web host does: text compressed, and nothing said of it."""

    protocol_version = "HTTP/1.1"

    def send_head(self) -> BytesIO | BinaryIO | None:
        """The answer's headers, sent; the value is its body."""
        path = Path(self.translate_path(self.path))
        kind = self.guess_type(path)
        if not path.is_file() or kind.startswith(("image/webp", "image/png", "font/")):
            return super().send_head()
        body = gzip.compress(path.read_bytes(), mtime=0)
        self.send_response(200)
        for name, value in (("Type", kind), ("Encoding", "gzip"), ("Length", str(len(body)))):
            self.send_header(f"Content-{name}", value)
        self.end_headers()
        return BytesIO(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def main() -> int:
    """Print the table. Returns the exit status."""
    npx = shutil.which("npx", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    chromium = browser.find()
    if npx is None or chromium is None or not SITE.exists():
        print("Lighthouse needs npx, a Chromium (tools/browser.py) and the rendered book (make book).", file=sys.stderr)
        return 1
    short = 0
    print(
        f"| page | device | {' | '.join((*CATEGORIES, *METRICS))} |\n|{'---|' * (2 + len(CATEGORIES) + len(METRICS))}"
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Compressed, directory=str(SITE))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for page, (device, (options, target)) in product(PAGES, DEVICES.items()):
            url = f"http://127.0.0.1:{server.server_port}/book/{page}.html"
            reports = [audit([npx, "--yes", f"lighthouse@{VERSION}", url, *options], chromium) for _ in range(RUNS)]
            scores = [median(report["categories"][name]["score"] for report in reports) for name in CATEGORIES]
            times = [median(report["audits"][name]["numericValue"] for report in reports) for name in METRICS.values()]
            row = [page, device, *(f"{score:.2f}" for score in scores), *(f"{time / 1000:.2f}" for time in times)]
            print(f"| {' | '.join(row)} |", flush=True)
            short += scores[0] < target or min(scores[1:]) < 1
        server.shutdown()
    print(f"{short} of {len(PAGES) * len(DEVICES)} rows fall short of their target." if short else "All on target.")
    return int(short > 0)


def audit(command: list[str], chromium: str) -> dict[str, Any]:
    """One run's report."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        rest = ["--output=json", f"--output-path={report}", "--quiet", f"--only-categories={','.join(CATEGORIES)}"]
        subprocess.run(
            [*command, *rest, f"--chrome-flags={CHROME}"], check=True, env={**os.environ, "CHROME_PATH": chromium}
        )
        result: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        return result


if __name__ == "__main__":
    sys.exit(main())
