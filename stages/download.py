"""Fetch the files of the data's source, where it has any to fetch, and accept only the expected bytes."""

import shutil

from fewbytes import params
from fewbytes.command import run
from fewbytes.data import sources
from fewbytes.data.download import RAW
from fewbytes.files import write_bytes


def main() -> None:
    files = sources.fetch(params.load().data)
    try:
        for name, content in files.items():
            write_bytes(RAW / name, content)
    except BaseException:
        shutil.rmtree(RAW, ignore_errors=True)
        raise


if __name__ == "__main__":
    run(main)
