"""Set our numbers beside the essay's: the report, its pictures, the summary that people compare, data for plots."""

import json

import pandas as pd

from fewbytes.command import run
from fewbytes.files import write_all
from fewbytes.metrics import FOLDER
from fewbytes.reports import compared, documents, loading, pictures, report, summary


def csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, lineterminator="\n")


def main() -> None:
    inputs = loading.load()
    write_all(
        {
            FOLDER / "report.md": documents.as_markdown(report.assemble(inputs)),
            summary.PATH: json.dumps(summary.summary(inputs.figures), indent=2) + "\n",
            FOLDER / "tradeoff.csv": csv(compared.tradeoff(inputs.figures)),
            FOLDER / "history.csv": csv(compared.joined(inputs.histories)),
            FOLDER / "confusion.csv": csv(compared.joined(inputs.confusions)),
            **{
                FOLDER / "pictures" / name: content
                for name, content in pictures.draw_all(inputs, report.engines(inputs)).items()
            },
        }
    )


if __name__ == "__main__":
    run(main)
