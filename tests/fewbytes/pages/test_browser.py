"""The page in a real browser: it draws, sorts, shows, runs the networks' C, and can be used by all."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from fewbytes import variants
from fewbytes.pages import networks
from tests.attack import small_project
from tests.conftest import ROOT
from tests.fewbytes.pages.browser import RUN, Opened, browses, draw, violations
from tests.stages.commands import POINT
from tflite_to_c.chips.reference import reference

pytestmark = browses

INPUTS = 10_000  # as many as MNIST has test images
POINTS = "document.querySelectorAll('#chart-tradeoff .mark-symbol.role-mark path').length"


@pytest.mark.slow
def test_the_c_in_the_page_is_the_chips_bit_for_bit(address: str, made: Path, opened: Opened) -> None:
    inputs = np.random.default_rng(1).integers(-128, 128, (INPUTS, 28, 28, 1), dtype=np.int8)
    sent = base64.b64encode(inputs.tobytes()).decode()
    with opened(address) as page:
        for name, file in (
            (POINT, f"frontier/models/{POINT}-1.tflite"),
            (small_project.INT8[0], f"models/{small_project.INT8[0]}.tflite"),
        ):
            found = np.array(page.evaluate(RUN, [name, sent]), np.int8).reshape(INPUTS, -1)
            assert reference((made / file).read_bytes(), inputs).unlike(found) == 0


def test_a_stroke_is_read_at_once_by_both_networks(address: str, opened: Opened) -> None:
    with opened(address) as page:
        assert page.locator(".answer").all_text_contents() == ["", ""]
        draw(page, (0.3, 0.2), (0.7, 0.2), (0.45, 0.8))
        page.wait_for_function("[...document.querySelectorAll('.answer')].every((each) => each.textContent)")
        assert "your drawing" in page.locator("#given").text_content()
        shares = page.locator(".network").first.locator(".value").all_text_contents()
        assert sum(float(share.removesuffix(" %")) for share in shares) == pytest.approx(100, abs=1)
        page.click("#clear")
        assert page.locator(".answer").all_text_contents() == ["", ""]


def test_examples_can_be_given_by_keyboard_alone(address: str, opened: Opened) -> None:
    with opened(address) as page:
        page.locator("#mistake").focus()
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('.answer').textContent")
        said = page.locator("#given").text_content()
        assert said in {f"Test example {place}: {label}." for place, label, _ in small_project.WRONG}


def test_cycles_are_those_of_the_core_that_is_chosen(address: str, opened: Opened) -> None:
    with opened(address) as page:
        first = page.locator(".network").first
        assert "estimated cycles on Cortex-M4500,000" in first.locator("dl").text_content()
        page.select_option("#core", label="RV32EC (CH32V003)")
        assert "instructions on RV32EC (CH32V003)300,000" in first.locator("dl").text_content()


def test_tables_sort_both_ways_as_numbers(address: str, opened: Opened) -> None:
    with opened(address) as page:
        table = page.locator("table.sorts", has_text="8 a parameter B").first
        column = table.locator("thead th").all_text_contents().index("zipped B")
        head = table.locator("thead th").nth(column)

        def values() -> list[int]:
            cells = table.locator(f"tbody td:nth-child({column + 1})").all_text_contents()
            return [int(cell.replace(",", "")) for cell in cells]

        before = values()
        head.locator("button").click()
        assert (head.get_attribute("aria-sort"), values()) == ("ascending", sorted(before))
        head.locator("button").click()
        assert (head.get_attribute("aria-sort"), values()) == ("descending", sorted(before, reverse=True))


def test_a_point_of_the_trade_off_says_what_it_is_and_published_ones_can_be_switched_on(
    address: str, opened: Opened
) -> None:
    with opened(address) as page:
        chart = page.locator("#chart-tradeoff")
        chart.scroll_into_view_if_needed()
        points = chart.locator(".mark-symbol.role-mark path")
        points.first.wait_for()
        few = points.count()
        chart.get_by_label("Published networks").check()
        page.wait_for_function(f"{POINTS} > {few}")
        points.first.hover(force=True)
        page.locator("#vg-tooltip-element.visible").wait_for()
        assert "accuracy" in page.locator("#vg-tooltip-element").text_content()
        chart.get_by_label("Measure").select_option("zipped, B")
        page.wait_for_function(f"{POINTS} != {few}")


def test_one_network_closely_shows_its_layers_boards_and_mistakes(address: str, opened: Opened) -> None:
    with opened(address) as page:
        page.locator("#closely").scroll_into_view_if_needed()
        page.select_option("#network", "quantized")
        assert page.locator("#what").text_content() == variants.load(ROOT / variants.PATH)["quantized"].what
        bars = page.locator("#chart-layers .mark-rect.role-mark path")
        bars.first.wait_for()
        assert bars.count() == 2
        assert page.locator("#boards tbody tr").count() > 20
        page.get_by_role("button", name="3 taken for 5: 2").click()
        assert page.locator("#wrong canvas").count() == 2
        page.select_option("#network", "baseline")  # float32: no C, and no layers that are coded
        assert "no C" in page.locator("#boards").text_content()
        assert not page.locator("#chart-layers").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(address: str, scheme: str, opened: Opened) -> None:
    with opened(address, color_scheme=scheme) as page:
        for part in ("tradeoff", "closely", "seeds"):
            page.locator(f"#{part}").scroll_into_view_if_needed()
            page.locator(f"#{part} svg").first.wait_for()
        page.locator("#confusion button").first.click()
        assert violations(page) == []


def test_on_a_phone_nothing_is_wider_than_the_screen(address: str, opened: Opened) -> None:
    with opened(address, viewport={"width": 360, "height": 740}, has_touch=True) as page:
        page.locator("#chart-tradeoff").scroll_into_view_if_needed()
        page.locator("#chart-tradeoff svg").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_first_thing_seen_is_there_within_a_second(address: str, opened: Opened) -> None:
    with opened(address) as page:
        painted = page.evaluate(
            """new Promise((seen) => new PerformanceObserver((list) => seen(list.getEntries()[0].startTime))
                .observe({ type: "paint", buffered: true }))"""
        )
        assert painted < 1_000


def test_it_prints_with_its_charts(address: str, opened: Opened) -> None:
    with opened(address) as page:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.locator("#chart-seeds svg").wait_for()
        assert len(page.pdf()) > 50_000


def test_measures_have_names_that_people_can_choose(address: str, opened: Opened) -> None:
    with opened(address) as page:
        found = json.loads(page.evaluate("JSON.stringify(Object.keys(fewbytes.data.networks[0].measures))"))
    assert set(found) <= set(networks.MEASURES)
