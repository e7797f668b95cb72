"""Make the page that `dvc plots show` fills, with Vega's scripts inside it, so that it works without a network."""

from fewbytes.command import run
from fewbytes.files import write_text
from fewbytes.pages import rendering


def main() -> None:
    write_text(rendering.PLOTS, rendering.plots_page())


if __name__ == "__main__":
    run(main)
