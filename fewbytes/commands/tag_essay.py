"""Put the essay's numbers into the Git tag `essay`, for `dvc metrics diff essay`.

The tag's tree holds only metrics/summary.json and a dvc.yaml that declares it: DVC would fill any gap from HEAD. Author
and dates are fixed, so every clone gets the same sha; objects are written directly, so neither work tree nor index
is touched.
"""

import json
import logging
import os
import subprocess

from fewbytes import metrics
from fewbytes.command import InputError, one_line
from fewbytes.reports.summary import PATH as SUMMARY

TAG = "essay"
SIGNATURE = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "Jai Pise", "EMAIL": "essay@example.org", "DATE": "2021-12-06T00:00:00+0000"}.items()
}


def git(*arguments: str, stdin: str = "") -> str:
    """Run git and return what it prints. Raises InputError with git's own reason."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=os.environ | SIGNATURE,
            check=False,
        )
    except FileNotFoundError:
        raise InputError("git is not installed") from None
    if done.returncode:
        raise InputError(f"git {arguments[0]} failed: {one_line(done.stderr)}")
    return done.stdout.strip()


def commit(numbers: dict[str, metrics.Metrics]) -> str:
    """Write a commit that holds `numbers` by variant as the pipeline's summary, and return its sha."""
    declaration = f"metrics:\n- {SUMMARY.as_posix()}\n"

    def blob(content: str) -> str:
        return git("hash-object", "-w", "--stdin", stdin=content)

    summary = blob(json.dumps(numbers, indent=2) + "\n")
    folder = git("mktree", stdin=f"100644 blob {summary}\t{SUMMARY.name}\n")
    tree = git(
        "mktree",
        stdin=f"100644 blob {blob(declaration)}\tdvc.yaml\n040000 tree {folder}\t{SUMMARY.parent.as_posix()}\n",
    )
    return git("-c", "commit.gpgSign=false", "commit-tree", tree, "-m", "The essay's published numbers")


def main() -> None:
    sha = commit(metrics.load_essay())
    git("update-ref", f"refs/tags/{TAG}", sha)
    logging.info("tag %s: %s", TAG, sha)
