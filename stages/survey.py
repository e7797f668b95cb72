"""Tell what the search for networks has found: tables, a picture, metrics."""

import json

from fewbytes import frontier, frontier_params
from fewbytes.command import run
from fewbytes.files import write_all
from fewbytes.reports import documents, explored, pictures


def main() -> None:
    studies = explored.load(frontier_params.load())
    write_all(
        {
            frontier.EXPLORE / "found.json": json.dumps(explored.metrics(studies), indent=2) + "\n",
            frontier.EXPLORE / "report.md": documents.as_markdown(explored.assemble(studies)),
            frontier.EXPLORE / "found.png": pictures.draw_found(explored.networks(studies)),
        }
    )


if __name__ == "__main__":
    run(main)
