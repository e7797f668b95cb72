"""Arrays of the user's own in an .npz file: x_train, y_train, x_test, y_test, and what is optional beside them."""

from pathlib import Path

from fewbytes import arrays, params
from fewbytes.command import InputError
from fewbytes.data import examples
from fewbytes.data.examples import Examples


def read(settings: params.Arrays, raw: Path) -> Examples:
    """Raises InputError where the file is missing or damaged, or holds Python objects: nothing is unpickled."""
    del raw
    path = Path(settings.path)
    if not path.is_file():
        raise InputError(
            f"params.yaml: data.path = {settings.path!r}: no such file; the source arrays reads an .npz file"
        )
    try:
        found = arrays.read_those(path, (*examples.REQUIRED, *examples.OPTIONAL), examples.MOST_BYTES)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    return examples.from_arrays(found, str(path), settings.kind, settings.classes)
