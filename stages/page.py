"""Make pages that fetch nothing: the report to look into, with the networks themselves, and what DVC puts plots in."""

import logging

from fewbytes.command import run
from fewbytes.files import write_all
from fewbytes.pages import page


def main() -> None:
    write_all({page.PATH: page.make(page.load()), page.PLOTS: page.plots_page()})
    logging.info("%s", page.PATH.resolve().as_uri())


if __name__ == "__main__":
    run(main)
