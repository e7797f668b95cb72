"""Fetch the four MNIST files from the first source that has them, and accept only the canonical bytes."""

import shutil

from fewbytes import params
from fewbytes.command import run
from fewbytes.data import download
from fewbytes.files import write_bytes


def main() -> None:
    files = download.fetch(params.load().download)
    try:
        for name, content in files.items():
            write_bytes(download.RAW / name, content)
    except BaseException:
        shutil.rmtree(download.RAW, ignore_errors=True)
        raise


if __name__ == "__main__":
    run(main)
