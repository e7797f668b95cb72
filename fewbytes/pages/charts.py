"""Charts to look into, as Vega-Lite: a point says what it is when it is pointed at."""

from typing import Any

import altair as alt
import pandas as pd

Chart = dict[str, Any]  # Vega-Lite's JSON

ROWS = "rows"  # the name of data that the page puts in
COLOURS = [
    "#7a7a7a",
    "#c8690e",
    "#2f77c0",
    "#2b8a3e",
    "#8e44ad",
    "#b5304a",
    "#00838f",
]  # 3:1 and more on white and on black
# What is black or white with the page; the rest of the looks is in page.css.
LOOKS: dict[str, Any] = {
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        **dict.fromkeys(("labelColor", "titleColor", "domainColor", "tickColor", "gridColor"), "currentColor"),
        "gridOpacity": 0.15,
        "labelFontSize": 12,
        "titleFontSize": 12,
    },
    "legend": {
        **{"labelColor": "currentColor", "titleColor": "currentColor", "labelFontSize": 12},
        **{"orient": "bottom", "columns": 2},  # a phone is not wider
    },
}
HEIGHT = 420


def _finished(chart: Any, height: int, shows: str) -> Chart:
    """With the page's looks, as wide as there is room. shows: what a screen reader says."""
    content: Chart = chart.properties(width="container", height=height).to_dict()
    content["config"] = LOOKS
    content["description"] = shows
    return content


def tradeoff(points: pd.DataFrame, measures: list[str]) -> Chart:
    """Test error against any measure. points: name, what, group, accuracy, `error, %`, and a column a measure."""
    measure = alt.param(name="measure", value=measures[0], bind=alt.binding_select(options=measures, name="Measure "))
    published = alt.param(name="published", value=False, bind=alt.binding_checkbox(name="Published networks "))
    group = alt.selection_point(fields=["group"], bind="legend")
    groups = list(dict.fromkeys(points["group"]))
    errors = alt.Scale(type="log" if points["error, %"].min() > 0 else "linear", nice=False, padding=20)
    tooltip = [alt.Tooltip("name:N"), alt.Tooltip("what:N"), alt.Tooltip("accuracy:N")]
    tooltip += [alt.Tooltip(f"{measure}:Q", format=",") for measure in measures]
    chart = (
        alt.Chart(points)
        .transform_calculate(size="datum[measure]")
        .transform_filter("isValid(datum.size) && (published || datum.group != 'published')")
        .mark_point(filled=True, size=90)
        .encode(
            x=alt.X("size:Q", title=None, scale=alt.Scale(type="log", nice=False, padding=20)).axis(format="~s"),
            y=alt.Y("error, %:Q", scale=errors, title="test error, %"),
            color=alt.Color("group:N", title=None, scale=alt.Scale(domain=groups, range=COLOURS[: len(groups)])),
            shape=alt.Shape("group:N", title=None, scale=alt.Scale(domain=groups)),
            opacity=alt.condition(group, alt.value(0.9), alt.value(0.12)),
            tooltip=tooltip,
        )
        .add_params(measure, published, group)
    )
    zoomed = chart.add_params(alt.selection_interval(bind="scales"))
    return _finished(zoomed, HEIGHT, "Test error against a measure of size; the tables below have the same figures")


def curves() -> Chart:
    """Accuracy an epoch of one network. The page's rows: epoch, accuracy, of (training or validation)."""
    chart = (
        alt.Chart(alt.NamedData(ROWS))
        .mark_line(point=True)
        .encode(
            x=alt.X("epoch:Q", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("accuracy:Q", title="accuracy, %", scale=alt.Scale(zero=False)),
            color=alt.Color("of:N", title=None, scale=alt.Scale(range=[COLOURS[2], COLOURS[1]])),
            strokeDash=alt.StrokeDash("of:N", title=None),
            tooltip=[alt.Tooltip("epoch:Q"), alt.Tooltip("of:N"), alt.Tooltip("accuracy:Q", format=".2f")],
        )
    )
    return _finished(chart, 240, "Accuracy by epoch of training")


def layers() -> Chart:
    """Where the bytes of one network go. The page's rows: layer, bytes."""
    chart = (
        alt.Chart(alt.NamedData(ROWS))
        .mark_bar(color=COLOURS[2])
        .encode(
            x=alt.X("bytes:Q", title="coded bytes"),
            y=alt.Y("layer:N", sort=None, title=None),
            tooltip=[alt.Tooltip("layer:N"), alt.Tooltip("bytes:Q", format=",")],
        )
    )
    return _finished(chart, 240, "Coded bytes of each layer")


def seeds(rows: pd.DataFrame) -> Chart:
    """Accuracy of networks trained alike but for the seed. rows: network, seed, accuracy in percent."""
    chart = (
        alt.Chart(rows)
        .mark_tick(thickness=3, size=18, color=COLOURS[2])
        .encode(
            x=alt.X("accuracy:Q", title="test accuracy, %", scale=alt.Scale(zero=False)),
            y=alt.Y("network:N", sort=None, title=None),
            tooltip=[alt.Tooltip("network:N"), alt.Tooltip("seed:N"), alt.Tooltip("accuracy:Q", format=".2f")],
        )
    )
    names = rows["network"].nunique()
    return _finished(chart, 40 + 28 * names, "How far accuracies of several seeds lie apart")
