"""The picture of the page that the README shows: `make screenshot`. Without SCREENSHOT it is made, and thrown away."""

import os
from pathlib import Path

from fewbytes.pages import page as pages
from tests.conftest import ROOT
from tests.fewbytes.pages.browser import Opened, browses, draw

pytestmark = browses
SEVEN = ((0.3, 0.22), (0.7, 0.2), (0.44, 0.82))


def test_a_seven_is_drawn_and_read(address: str, tmp_path: Path, opened: Opened) -> None:
    target = os.environ.get("SCREENSHOT")
    shown = (ROOT / pages.PATH).as_uri() if target else address
    with opened(shown, viewport={"width": 1080, "height": 720}, device_scale_factor=1) as page:
        draw(page, *SEVEN)
        page.wait_for_function("[...document.querySelectorAll('.answer')].every((each) => each.textContent)")
        page.evaluate("document.querySelector('#try').scrollIntoView({ behavior: 'instant' })")
        path = Path(target) if target else tmp_path / "page.png"
        page.screenshot(path=path)
        if target:
            assert page.locator(".answer").all_text_contents() == ["7", "7"]
    assert path.stat().st_size > 20_000
