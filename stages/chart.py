"""Chart the frontier: its report and its picture, our points beside the published ones."""

from fewbytes.command import run
from fewbytes.files import write_all
from fewbytes.frontier import FOLDER
from fewbytes.reports import documents, frontier, pictures
from fewbytes.reports.tables import weight


def main() -> None:
    inputs = frontier.load()
    ours = {weight(figures): (figures["coded_bytes"], figures["accuracy"]) for figures in inputs.ours.values()}
    published = {point.name: (point.bytes, point.accuracy) for point in inputs.published.points}
    write_all(
        {
            FOLDER / "report.md": documents.as_markdown(frontier.assemble(inputs)),
            FOLDER / "frontier.png": pictures.draw_frontier(ours, published),
        }
    )


if __name__ == "__main__":
    run(main)
