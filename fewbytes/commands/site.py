"""Make docs/ a small site in site/, which needs no network; with --serve serve it, to this machine alone."""

import argparse
import functools
import http.server
import logging
import sys
from pathlib import Path
from typing import Any

from fewbytes.command import InputError
from fewbytes.files import write_all
from fewbytes.pages import page, site

HOST = "127.0.0.1"  # nobody else's machine can ask
PORT = 8000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=int, metavar="PORT", nargs="?", const=PORT, help=f"by default {PORT}")
    arguments = parser.parse_args()
    build()
    if arguments.serve is None:
        logging.info("%s", (site.FOLDER / "index.html").resolve().as_uri())
        return
    with server(site.FOLDER, arguments.serve) as serving:
        start = site.REPORT if page.PATH.exists() else "index.html"
        logging.info("http://%s:%d/%s, until Ctrl-C", HOST, serving.server_address[1], start)
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            logging.info("stopped")


def build() -> None:
    """The site anew; nothing of an earlier one stays."""
    contents: dict[Path, bytes | str] = {**site.make()}
    if page.PATH.exists():
        contents[site.FOLDER / site.REPORT] = page.PATH.read_bytes()
    write_all(contents)
    for path in set(site.FOLDER.iterdir()) - contents.keys():
        path.unlink()


def server(folder: Path, port: int) -> http.server.ThreadingHTTPServer:
    """Raises InputError where the port is taken or is none."""
    handler = functools.partial(_Quiet, directory=str(folder))
    try:
        return _Server((HOST, port), handler)
    except (OSError, OverflowError) as error:
        raise InputError(f"port {port}: {error}; another one: make serve PORT=8001") from None


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *request: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a browser that has seen enough
            super().handle_error(*request)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass
