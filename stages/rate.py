"""Rate a point of the frontier: the seed that is best on validation, its accuracy on the test images, every size."""

import argparse

from stages.shared import frontier, verdicts
from stages.shared.command import run
from stages.shared.files import write_json


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("point")
    point = parser.parse_args().point
    write_json(frontier.metrics_path(point), verdicts.rate_point(point))


if __name__ == "__main__":
    run(main)
