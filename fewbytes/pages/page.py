"""metrics/report.html: one file with the report, the networks themselves, and all that their pictures are made of."""

import base64
import json
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup

from fewbytes import frontier, frontier_params, metrics, variants
from fewbytes.data import dataset, digests
from fewbytes.data import spec as specs
from fewbytes.data.dataset import Split
from fewbytes.data.spec import Spec
from fewbytes.pages import charts, html, networks, rendering, samples
from fewbytes.pages.networks import ESSAYS, MADE_SMALL, MEASURES, PUBLISHED, Network
from fewbytes.reports import compared, loading, published, report
from fewbytes.reports.documents import Picture
from fewbytes.reports.loading import Inputs
from fewbytes.reports.published import Published
from tflite_to_c.chips import boards

PATH = metrics.FOLDER / "report.html"
ELSEWHERE = {"pictures/tradeoff.png", "pictures/history.png", "pictures/confusion.png"}  # charts of the page show more
FIRST = ("1050B", "searched")  # networks that are shown first, where there are any of these names
BESIDE = "baseline_full_integer"


class Content(NamedTuple):
    """All that the page is made of. points, published: of the frontier, where it is of these data."""

    inputs: Inputs
    spec: Spec
    test: Split  # raw
    points: list[Network]
    published: Published | None
    pictures: dict[str, bytes]


def load() -> Content:
    """Raises InputError, one line, for a file that is missing or not what its stage made."""
    inputs, spec = loading.load(), specs.load()
    test = dataset.load_raw("test", spec)
    points = load_points(digests.of_split(test), spec)
    return Content(
        inputs=inputs,
        spec=spec,
        test=test,
        points=points,
        published=published.load() if points else None,
        pictures={f"pictures/{path.name}": path.read_bytes() for path in (metrics.FOLDER / "pictures").glob("*.png")},
    )


def load_points(test_split: str, spec: Spec) -> list[Network]:
    """The frontier's, the smallest first; none where they were rated on other data, or not yet."""
    found = []
    points = frontier_params.load().points if frontier_params.PATH.exists() else {}
    for name in points:
        path = frontier.metrics_path(name)
        if not path.exists():
            continue
        figures = metrics.load(path)
        if figures.get("test_split") == test_split:
            loading.require_part(loading.require_rated(figures, path), "coded_bytes_by_layer", path)
            wrong = loading.load_mistakes(frontier.mistakes_path(name), len(spec.classes))
            c = networks.c_of(frontier.c_folder(name), name)
            found.append(Network(name, "made to be small, distilled, few bits", MADE_SMALL, figures, c, wrong))
    return sorted(found, key=lambda network: network.figures["coded_bytes"])


def load_variants(inputs: Inputs, spec: Spec) -> list[Network]:
    return [
        Network(
            name=name,
            what=inputs.variants[name].what,
            group=compared.technique(figures),
            figures=figures,
            c=networks.c_of(variants.c_folder(name), name) if "chip" in figures else None,
            mistakes=loading.load_mistakes(variants.mistakes_path(name), len(spec.classes)),
            history=inputs.histories.get(name),
            why=networks.why_not(variants.c_folder(name)),
        )
        for name, figures in inputs.figures.items()
    ]


def make(content: Content) -> str:
    everything = [*content.points, *load_variants(content.inputs, content.spec)]
    modules = networks.compiled(everything)
    table = boards.load()
    wrong = sorted({place for each in everything for place in each.mistakes["example"].tolist()})
    data = {
        "networks": [networks.as_json(each, table, modules.get(each.name)) for each in everything],
        "classes": content.spec.classes,
        "examples": samples.as_json(content.test, wrong, content.spec),
        "first": next((name for name in FIRST if name in modules), next(iter(modules), None)),
        "beside": BESIDE if BESIDE in modules else None,
        "charts": {
            "tradeoff": charts.tradeoff(_points(content, everything), list(MEASURES)),
            "seeds": charts.seeds(_seeds(content)),
            "curves": charts.curves(),
            "layers": charts.layers(),
        },
    }
    document = report.assemble(content.inputs)
    short, *sections = document.sections
    return rendering.render(
        "report.html",
        title="fewbytes: report",
        short=html.section_as_html(short, _draw(content)),
        sections=[(html.anchor(each.title), each.title) for each in sections],
        report=Markup().join(html.section_as_html(each, _draw(content)) for each in sections),
        **_pad(content),
        data_first=data["first"],
        data=_embedded(data),
        scripts=rendering.vega(),
    )


def _pad(content: Content) -> dict[str, Any]:
    """What the page offers to give the networks: a field to draw in, a file of an image, as the data are."""
    image, channels = content.spec.kind == "image", content.spec.input_shape[-1]
    drawable = image and channels == 1
    return {
        "drawable": drawable,
        "digits": drawable and content.inputs.essay is not None,
        "image": image and channels in (1, 3, 4),
        "aspect": "{1} / {0}".format(*content.spec.shape) if image else "1",
    }


def _embedded(data: Any) -> Markup:
    """JSON that stands within <script> whatever it says."""
    return Markup(json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"))


def _draw(content: Content) -> html.Draw:
    def draw(picture: Picture) -> Markup:
        if picture.path in ELSEWHERE or picture.path not in content.pictures:
            return Markup()
        encoded = base64.b64encode(content.pictures[picture.path]).decode()
        return html.image(f"data:image/png;base64,{encoded}", picture.shows)

    return draw


def _points(content: Content, everything: list[Network]) -> pd.DataFrame:
    rows = networks.as_points(everything)
    coded, zipped = "coded weights, B", "zipped, B"
    others = []
    if content.published is not None:
        others += [
            {**networks.described(one.name, one.counts, PUBLISHED, one.accuracy), coded: one.bytes}
            for one in content.published.points
        ]
    others += [
        {
            **networks.described(f"the essay's {name}", "as published", ESSAYS, each["accuracy"]),
            zipped: each["zip_bytes"],
        }
        for name, each in (content.inputs.essay or {}).items()
        if "zip_bytes" in each
    ]
    return pd.concat([rows, pd.DataFrame(others)]) if others else rows


def _seeds(content: Content) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for table in (content.inputs.repeats, content.inputs.repeats_searched):
        for name in table.columns.drop(["seed", "coded_bytes"], errors="ignore"):
            rows += [
                {"network": name, "seed": str(seed), "accuracy": round(100 * accuracy, 4)}
                for seed, accuracy in zip(table["seed"], table[name], strict=True)
            ]
    for point in content.points:
        rows += [
            {"network": point.name, "seed": key, "accuracy": round(100 * point.figures[f"accuracy_{key}"], 4)}
            for key in ("lowest", "median", "highest")
        ]
    return pd.DataFrame(rows)
