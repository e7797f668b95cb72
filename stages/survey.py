"""Tell what the search for networks has found: tables, a picture, metrics."""

import json

from fewbytes.command import run
from fewbytes.exploring import study
from fewbytes.exploring.trials import ACCURACY, figures_of
from fewbytes.files import write_all
from fewbytes.reports import documents, explored, pictures


def main() -> None:
    studies = explored.load()
    points = {
        each.budget: [
            (figures.flash_bytes, trial.user_attrs[ACCURACY])
            for trial in each.complete
            if (figures := figures_of(trial))
        ]
        for each in studies
    }
    write_all(
        {
            study.FOLDER / "found.json": json.dumps(explored.metrics(studies), indent=2) + "\n",
            study.FOLDER / "report.md": documents.as_markdown(explored.assemble(studies)),
            study.FOLDER / "found.png": pictures.draw_found(points),
        }
    )


if __name__ == "__main__":
    run(main)
