"""Put the essay's numbers into the Git tag `essay`, for `dvc metrics diff essay`.

The tag's tree holds only metrics/*.json and a dvc.yaml that declares them: DVC would fill any gap from HEAD. Author
and dates are fixed, so every clone gets the same sha; objects are written directly, so neither work tree nor index
is touched.
"""

import json
import logging
import os
import subprocess

from fewbytes import metrics
from fewbytes.command import InputError, one_line

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
    """Write a commit that holds `numbers`, one metrics file a variant, and return its sha."""
    files = {metrics.path_of(variant): json.dumps(figures, indent=2) + "\n" for variant, figures in numbers.items()}
    declaration = "metrics:\n" + "".join(f"- {path.as_posix()}\n" for path in files)

    def blob(content: str) -> str:
        return git("hash-object", "-w", "--stdin", stdin=content)

    folder = git("mktree", stdin="".join(f"100644 blob {blob(text)}\t{path.name}\n" for path, text in files.items()))
    tree = git(
        "mktree",
        stdin=f"100644 blob {blob(declaration)}\tdvc.yaml\n040000 tree {folder}\t{metrics.FOLDER.as_posix()}\n",
    )
    return git("-c", "commit.gpgSign=false", "commit-tree", tree, "-m", "The essay's published numbers")


def main() -> None:
    sha = commit(metrics.load_essay())
    git("update-ref", f"refs/tags/{TAG}", sha)
    logging.info("tag %s: %s", TAG, sha)
