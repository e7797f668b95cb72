"""Rate a point of the frontier: the seed that is best on validation, its accuracy on the test images, every size."""

import argparse

from fewbytes import frontier
from fewbytes.command import run
from fewbytes.files import write_json
from fewbytes.measuring import verdicts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("point")
    point = parser.parse_args().point
    write_json(frontier.metrics_path(point), verdicts.rate_point(point))


if __name__ == "__main__":
    run(main)
