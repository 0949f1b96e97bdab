"""Open pages in headless Chromium, and read what a user of it would."""

from __future__ import annotations

import json
import os
import shutil
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

REQUIRED = "CI_HAS_BROWSER"
"""If this variable is 1, a missing browser fails tests instead of skipping them."""
PATIENCE = 60
"""seconds"""
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--disable-dev-shm-usage",
)


class Browser:
    """A browser with one page.

    :param driver: what drives it.
    """

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, path: Path, **settings: str) -> None:
        """Open a file.

        :param settings: media features to emulate, such as ``prefers_color_scheme="dark"``.
        """
        self.visit(path.as_uri(), **settings)

    def visit(self, address: str, **settings: str) -> None:
        """Open an address. See :meth:`open`."""
        features = [
            {"name": name.replace("_", "-"), "value": value} for name, value in settings.items()
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self._log("performance")  # what an earlier page did is forgotten
        self.driver.get(address)

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements("css selector", selector)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element("css selector", selector)

    def texts(self, selector: str) -> list[str]:
        """The visible text of each element."""
        return [element.text for element in self.all(selector)]

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script, and return what it returns."""
        return self.driver.execute_script(script, *arguments)

    def wait_for(self, script: str) -> None:
        """Wait until an expression is true."""
        from selenium.webdriver.support.wait import WebDriverWait

        WebDriverWait(self.driver, PATIENCE).until(lambda _: self.run(f"return {script}"))

    def received(self) -> str:
        """What came through WebSockets since the last call of this or of :meth:`requests`."""
        logged = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        frames = [
            message["params"]["response"]
            for message in logged
            if message["method"] == "Network.webSocketFrameReceived"
        ]
        return "".join(
            b64decode(frame["payloadData"]).decode("utf-8", "replace")
            if frame["opcode"] == 2  # binary
            else frame["payloadData"]
            for frame in frames
        )

    def complaints(self) -> list[str]:
        """The messages on the console since the last call."""
        return [entry["message"] for entry in self._log("browser")]

    def requests(self) -> list[str]:
        """The addresses that the page asked for since it was opened, its own included."""
        logged = [json.loads(entry["message"]) for entry in self._log("performance")]
        return [
            entry["message"]["params"]["request"]["url"]
            for entry in logged
            if entry["message"]["method"] == "Network.requestWillBeSent"
        ]

    def _log(self, kind: str) -> list[dict[str, str]]:
        """Return what was logged since the last call."""
        entries: list[dict[str, str]] = self.driver.get_log(kind)  # type: ignore[no-untyped-call]
        return entries


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a new browser with an empty profile, and end it."""
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    programs = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if not all(programs):
        what = "needs Debian's chromium and chromium-driver"
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{what}, and {REQUIRED} says that they are there")
        pytest.skip(what)
    with TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = str(programs[0])
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = Chrome(options, ChromeService(str(programs[1])))
        try:
            yield Browser(driver)
        finally:
            driver.quit()
