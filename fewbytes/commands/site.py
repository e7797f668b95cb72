"""Make docs/ a small site in site/, which needs no network; with --serve open it on this machine alone."""

import argparse
import functools
import http.server
import logging
import shutil
from pathlib import Path

from fewbytes.command import InputError
from fewbytes.files import write_all, write_bytes
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
    pages = site.make()
    if site.FOLDER.exists():
        shutil.rmtree(site.FOLDER)
    write_all(pages)
    if page.PATH.exists():
        write_bytes(site.FOLDER / site.REPORT, page.PATH.read_bytes())


def server(folder: Path, port: int) -> http.server.ThreadingHTTPServer:
    """Raises InputError where the port is taken or is none."""
    handler = functools.partial(_Quiet, directory=str(folder))
    try:
        return http.server.ThreadingHTTPServer((HOST, port), handler)
    except (OSError, OverflowError) as error:
        raise InputError(f"port {port}: {error}; another one: make serve PORT=8001") from None


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass
