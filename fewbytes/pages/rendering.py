"""Pages from templates/, with styles and scripts inside them: they fetch nothing."""

from pathlib import Path
from typing import Any

import vl_convert
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from fewbytes import metrics

TEMPLATES = Path(__file__).parent / "templates"
PLOTS = metrics.FOLDER / "plots_page.html"
OWN = {"style": "page.css", "script": "page.js"}
EXPORT = "window.vegaEmbed = vegaEmbed;"  # what our scripts call, and DVC's


def render(template: str, **values: Any) -> str:
    """With what the templates include: styles and scripts."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    own = {key: Markup((TEMPLATES / name).read_text("utf-8")) for key, name in OWN.items()}
    return environment.get_template(template).render(**own, **values)


def vega() -> Markup:
    """Vega's scripts, one that stands within <script>."""
    return Markup(vl_convert.javascript_bundle(EXPORT))


def plots_page() -> str:
    """The page that `dvc plots show` fills: DVC's own asks a network for Vega."""
    return render("plots.html", scripts=vega())
