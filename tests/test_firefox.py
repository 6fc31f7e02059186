"""The rendered book in Firefox: its console, its mathematics, its width and its sliders.

The rest is looked at in Chromium (test_site...); what is asked here is asked of the same pages, by WebDriver BiDi.
"""

import json
import re
import subprocess
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websocket import WebSocket, create_connection

import browser
from browsing import EXPLORERS, LOAD_ALL, NOTES, PAGES, SIDEWAYS, home, site, soup

__all__ = ["home", "site"]  # fixtures

FIREFOX = browser.firefox()
pytestmark = pytest.mark.skipif(FIREFOX is None, reason="no Firefox on this machine, and no package of it")
PATIENCE = 120  # s, for a first start on a machine that has other things to do
QUIET = """
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("ui.prefersReducedMotion", 1);
"""
ASKED_ANEW = "NS_BINDING_ABORTED"  # a picture that was on its way when it was wanted at once
# Said of a formula that was laid out while the rest of it was still on its way. Of the whole page, MISCOUNTED tells.
HALF_READ = re.compile(r"Invalid markup: Incorrect number of children for <m\w+/> tag")
MISCOUNTED = """() => Object.entries({
  mfrac: 2, mroot: 2, msub: 2, msup: 2, munder: 2, mover: 2, msubsup: 3, munderover: 3,
}).flatMap(([tag, number]) => [...document.querySelectorAll(`math ${tag}`)]
  .filter((element) => element.childElementCount !== number).map((element) => element.outerHTML))"""
WIDTHS = (1280, 390)
HOME, END, LEFT = "\ue011", "\ue010", "\ue012"  # as WebDriver writes these keys


class Tab:
    """A tab of a Firefox that listens: what one does in it, and all that it complains of."""

    def __init__(self, address: str) -> None:
        self.socket: WebSocket = create_connection(f"{address}/session", timeout=PATIENCE, suppress_origin=True)
        self.events: deque[dict[str, Any]] = deque()
        self.count = 0
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent", "network.fetchError",
                                              "network.responseCompleted"])  # fmt: skip
        self.context = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The browser's answer; what it tells meanwhile is kept."""
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while True:
            said = json.loads(self.socket.recv())
            if said.get("id") == self.count:
                assert said["type"] == "success", said
                return said["result"]
            self.events.append(said)

    def open(self, url: str) -> None:
        self.events.clear()
        self.ask("browsingContext.navigate", context=self.context, url=url, wait="complete")
        self.ask("browsingContext.activate", context=self.context)  # so that keys arrive

    def narrow(self, width: int) -> None:
        self.ask("browsingContext.setViewport", context=self.context, viewport={"width": width, "height": 900})

    def evaluate(self, function: str, *given: Any) -> Any:
        """What a function of the page returns, which can be written as JSON."""
        body = f"async () => JSON.stringify(await ({function})({', '.join(map(json.dumps, given))}) ?? null)"
        answer = self.ask("script.callFunction", functionDeclaration=body, awaitPromise=True,
                          target={"context": self.context})  # fmt: skip
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    def press(self, key: str) -> None:
        pressed = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self.ask("input.performActions", context=self.context,
                 actions=[{"type": "key", "id": "keys", "actions": pressed}])  # fmt: skip

    def complaints(self, home: str) -> list[str]:
        """What it complained of since it was opened, and what it asked of anybody but its home."""
        heard = []
        for event in self.events:
            told = event["params"]
            request = told.get("request", {}).get("url", "")
            if event["method"] == "log.entryAdded" and told["level"] in ("warn", "error"):
                if HALF_READ.match(told["text"]):
                    continue
                heard.append(f"{told['level']}: {told['text']}")
            elif event["method"] == "network.fetchError" and told["errorText"] != ASKED_ANEW:
                heard.append(f"failed: {request} {told['errorText']}")
            elif event["method"] == "network.responseCompleted" and told["response"]["status"] >= 400:
                heard.append(f"{told['response']['status']} {request}")
            elif event["method"] == "network.beforeRequestSent" and not request.startswith((home, "data:", "blob:")):
                heard.append(f"asked for {request}")
        return heard


@pytest.fixture(scope="module")
def tab(tmp_path_factory) -> Iterator[Tab]:
    profile: Path = tmp_path_factory.mktemp("firefox")
    (profile / "user.js").write_text(QUIET)
    command = [FIREFOX, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    said = profile / "said"
    with said.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as running:
        try:
            until = time.monotonic() + PATIENCE
            while not (listening := re.search(r"WebDriver BiDi listening on (ws://\S+)", said.read_text())):
                assert running.poll() is None, said.read_text()
                assert time.monotonic() < until, said.read_text()
                time.sleep(0.1)
            opened = Tab(listening[1])
            yield opened
            opened.socket.close()
        finally:
            running.kill()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_in_firefox(tab, home, page):
    """It loads without complaint, asks nobody else, and sets its mathematics; nothing leaves it sideways."""
    tab.narrow(WIDTHS[0])
    tab.open(home + page)
    tab.evaluate("() => document.querySelectorAll('details').forEach((folded) => { folded.open = true; })")
    tab.evaluate(LOAD_ALL)
    seen = tab.evaluate(NOTES)
    assert seen["failed"] == seen["raw"] == seen["blank"] == seen["counted"] == []
    assert tab.evaluate(MISCOUNTED) == []
    assert seen["typeset"] == seen["spoken"] == len(soup(page).select(".math"))
    for width in WIDTHS:
        tab.narrow(width)
        assert tab.evaluate(SIDEWAYS, False) == []
    assert tab.complaints(home) == []


STATE = """(number) => {
  const figure = document.querySelectorAll(".at-explorer")[number];
  const stored = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const image = figure.querySelector("img"), slider = figure.querySelector("input");
  return image.decode().catch(() => {}).then(() => ({
    value: slider.valueAsNumber, last: +slider.max, width: image.naturalWidth,
    text: figure.querySelector("figcaption").innerText, texts: stored.texts, source: image.getAttribute("src"),
    sliders: stored.shown.map((shown) => shown.length), at: [...figure.querySelectorAll("input")].map((each) =>
    each.valueAsNumber) }));
}"""
FOCUS = "(number) => document.querySelectorAll('.at-explorer')[number].querySelector('input').focus()"


def moved(tab: Tab, number: int, key: str, step: int) -> dict[str, Any]:
    """What is seen when a key has moved a slider. A key that a busy browser has lost is pressed again."""
    seen: dict[str, Any] = {}
    for _ in range(4):
        tab.evaluate(FOCUS, number)
        tab.press(key)
        until = time.monotonic() + PATIENCE / 20  # a key is on its way when its action is done
        while time.monotonic() < until:
            seen = tab.evaluate(STATE, number)
            if seen["value"] == range(seen["last"] + 1)[step]:
                return seen
    raise AssertionError(f"{key!r} has not moved the slider to its place {step}: {seen}")


@pytest.mark.parametrize("page", EXPLORERS)
def test_sliders_answer_to_keys_in_firefox(tab, home, page):
    tab.narrow(WIDTHS[0])
    tab.open(home + page)
    for number in range(EXPLORERS[page]):
        sources = set()
        for key, step in ((HOME, 0), (END, -1), (LEFT, -2)):
            seen = moved(tab, number, key, step)
            sources.add(seen["source"])
            place = 0
            for size, chosen in zip(seen["sliders"], seen["at"], strict=True):
                place = place * size + chosen
            assert seen["text"] == seen["texts"][place]
            assert seen["width"] > 0
        assert len(sources) > 1
    assert tab.complaints(home) == []
