"""A headless Chromium, driven over its debugging pipe: no driver and no library is needed."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def program() -> str | None:
    """The browser of this machine."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Page:
    """One tab: commands of the DevTools protocol, and what went wrong in it so far."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._write, self._read = to_browser, from_browser
        self._pending, self._count, self._session = b"", 0, None
        self._loaded = False
        self.errors: list[str] = []
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        attached = self.command("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.command(f"{domain}.enable")

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its result."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._count:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self._note(answer)

    def open(self, url: str) -> None:
        """Go to a page and wait until it and its pictures are there."""
        self._loaded = False
        self.command("Page.navigate", url=url)
        while not self._loaded:
            self._note(self._receive())

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, a promise's too."""
        result = self.command(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.command("Input.insertText", text=text)

    def _note(self, event: dict[str, Any]) -> None:
        method, parameters = event.get("method", ""), event.get("params", {})
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(parameters["exceptionDetails"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.errors.append(parameters["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            self.errors.append(json.dumps(parameters["args"]))
        elif method == "Network.loadingFailed":
            self.errors.append(parameters["errorText"])

    def _receive(self) -> dict[str, Any]:
        deadline = time.monotonic() + 120  # the browser hangs: the test shall not
        while b"\0" not in self._pending:
            ready, _, _ = select.select([self._read], [], [], max(0, deadline - time.monotonic()))
            assert ready, "the browser does not answer"
            got = os.read(self._read, 1 << 20)
            assert got, "the browser ended"
            self._pending += got
        message, self._pending = self._pending.split(b"\0", 1)
        return json.loads(message)


@contextlib.contextmanager
def open_page(profile: Path) -> Iterator[Page]:
    """A tab of a browser of its own, whose profile is in that folder."""
    ours_read, theirs_write = os.pipe()
    theirs_read, ours_write = os.pipe()
    # The browser reads commands from descriptor 3 and answers on 4.
    command = [
        *("bash", "-c", f'exec "$@" 3<&{theirs_read} 4>&{theirs_write}', "bash", program()),
        *("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"),
        *("--disable-background-networking", "--no-first-run", f"--user-data-dir={profile}"),
    ]
    process = subprocess.Popen(
        command, pass_fds=(theirs_read, theirs_write), stderr=subprocess.DEVNULL
    )
    os.close(theirs_read)
    os.close(theirs_write)
    try:
        yield Page(ours_write, ours_read)
    finally:
        os.close(ours_write)  # the browser ends when its pipe does
        os.close(ours_read)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
