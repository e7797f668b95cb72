"""Make the page that `dvc plots show` fills, with Vega's scripts inside it, so that it works without a network."""

from pathlib import Path

import vl_convert

from fewbytes.command import run
from fewbytes.files import write_text

EXPORT = "window.vegaEmbed = vegaEmbed;"  # what the scripts DVC writes into the page call
PAGE = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
{{refresh_tag}}
<title>Plots</title>
<script>{scripts}</script>
</head>
<body>
{{plot_divs}}
</body>
</html>
"""


def main() -> None:
    write_text(Path("metrics/plots_page.html"), PAGE.format(scripts=vl_convert.javascript_bundle(EXPORT)))


if __name__ == "__main__":
    run(main)
