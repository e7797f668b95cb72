"""Make metrics/report.html: the report to look into, and the networks themselves, in one file that fetches nothing."""

import logging

from fewbytes.command import run
from fewbytes.files import write_text
from fewbytes.pages import page


def main() -> None:
    write_text(page.PATH, page.make(page.load()))
    logging.info("%s", page.PATH.resolve().as_uri())


if __name__ == "__main__":
    run(main)
