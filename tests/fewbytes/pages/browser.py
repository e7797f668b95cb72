"""A real browser: Debian's Chromium, without a window, driven by Playwright."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib.util import find_spec
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
browses = pytest.mark.skipif(
    CHROMIUM is None or find_spec("playwright") is None,
    reason="needs Chromium (Debian: apt-get install --no-install-recommends chromium)",
)
Opened = Callable[..., AbstractContextManager[Any]]  # given an address, and settings of a browser's context

# In the page: outputs of a network's C, one after the other, of inputs in base64.
RUN = """async ([name, inputs]) => {
    const bytes = Uint8Array.from(atob(inputs), (letter) => letter.charCodeAt(0));
    const size = fewbytes.data.networks.find((each) => each.name === name).c.input_bytes;
    const outputs = [];
    for (let start = 0; start < bytes.length; start += size)
        outputs.push(...await fewbytes.run(name, new Int8Array(bytes.buffer, start, size)));
    return outputs;
}"""


@contextmanager
def browsing() -> Iterator[Opened]:
    """A browser, whose pages are each on their own."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - where there is a browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield partial(_opened, browser)
        browser.close()


@contextmanager
def _opened(browser: Any, address: str, **context: Any) -> Iterator[Any]:
    """The page, once it is loaded; when it is left, it must have asked for nothing else and complained of nothing."""
    said: list[str] = []
    asked: list[str] = []
    around = browser.new_context(**context)
    page = around.new_page()
    page.set_default_timeout(20_000)
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    yield page
    around.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [address]


def violations(page: Any) -> list[str]:
    """Of accessibility, as axe-core finds them, a line each."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415

    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['help']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


def draw(page: Any, *points: tuple[float, float]) -> None:
    """A stroke on the pad, from point to point, as shares of its width and height."""
    page.locator("#pad").scroll_into_view_if_needed()
    box = page.locator("#pad").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()
