"""Keras models in HDF5: what a file names is built when it is loaded, so only what is plain is loaded."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

from fewbytes import frontier_params
from fewbytes.command import InputError
from fewbytes.measuring import sizes
from fewbytes.model_files import hdf5
from fewbytes.networks import keras_files, networks
from fewbytes.networks.keras import keras
from fewbytes.params import Params
from fewbytes.training import teacher
from tests.conftest import ROOT, SPEC, Models

layers = keras.layers
RAN = "ran.txt"


def write_a_file(tensor: Any) -> Any:
    Path(RAN).write_text("code of the model's file ran")
    return tensor


@pytest.fixture
def path(tmp_path: Path, models: Models, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    keras_files.save(models.baseline, Path("model.h5"))
    return Path("model.h5")


def configure(path: Path, change: Callable[[Any], None]) -> None:
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs[hdf5.CONFIG])
        change(config)
        file.attrs[hdf5.CONFIG] = json.dumps(config)


def test_the_code_of_a_lambda_never_runs(path: Path) -> None:
    chain = [keras.Input((28, 28, 1)), layers.Flatten(), layers.Lambda(write_a_file), layers.Dense(10)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        keras.Sequential(chain).save(path, include_optimizer=False, save_format="h5")
    Path(RAN).unlink()  # building it ran it
    with pytest.raises(InputError, match=r"^model\.h5: names 'Lambda', which is not loaded"):
        keras_files.load(path, SPEC)
    assert not Path(RAN).exists()


@pytest.mark.parametrize("name", ["TFOpLambda", "Bidirectional", "__lambda__", "function", ["Dense"], None])
def test_what_is_not_known_to_be_plain_is_refused_however_deep(path: Path, name: Any) -> None:
    configure(path, lambda config: config["config"]["layers"][1]["config"].update(extra=[{"a": {"class_name": name}}]))
    with pytest.raises(InputError, match="which is not loaded"):
        keras_files.load(path, SPEC)


@pytest.mark.parametrize("module", ["antigravity", "builtins", "kerasevil", "os", 3])
def test_no_module_but_keras_is_imported(path: Path, module: Any) -> None:
    configure(path, lambda config: config["config"]["layers"][1].update(module=module))
    with pytest.raises(InputError, match="names the module"):
        keras_files.load(path, SPEC)


def test_what_the_project_builds_is_loaded(path: Path, settings: Params) -> None:
    recipes = (settings.train.baseline.network, settings.train.teacher.network)
    built = [networks.build(recipe, SPEC) for recipe in recipes]
    teachers = frontier_params.load(ROOT / "frontier/params.yaml").teachers
    built += [teacher.build(recipe, SPEC, name) for name, recipe in teachers.items()]
    for model in built:
        keras_files.save(model, path)
        assert keras_files.load(path, SPEC).count_params() == model.count_params()


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "not a whole HDF5 file"),
    "text": (lambda _: b"not a model", "not a whole HDF5 file"),
    "zeros": (lambda content: bytes(len(content)), "not a whole HDF5 file"),
    "half": (lambda content: content[: len(content) // 2], "truncated file"),
    "a byte short": (lambda content: content[:-1], "truncated file"),
}


@pytest.mark.parametrize(("damage", "reason"), DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize(
    "load", [lambda path: keras_files.load(path, SPEC), sizes.read_whole], ids=["load", "read_whole"]
)
def test_a_damaged_file_is_refused_in_one_line(
    path: Path, damage: Callable[[bytes], bytes], reason: str, load: Callable[[Path], Any]
) -> None:
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=rf"^model\.h5: damaged or foreign \(.*{reason}.*verify-cache") as raised:
        load(path)
    assert "\n" not in str(raised.value)


def test_a_file_of_another_kind_is_no_model(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["numbers"] = [1, 2]
    with pytest.raises(InputError, match="an HDF5 file without model_config"):
        keras_files.load(path, SPEC)
    with h5py.File(path, "w") as file:
        file.attrs[hdf5.CONFIG] = "{"
        file.create_group(hdf5.WEIGHTS)
    with pytest.raises(InputError, match="its model_config is not JSON"):
        keras_files.load(path, SPEC)
    with h5py.File(path, "r+") as file:
        del file[hdf5.WEIGHTS]
    with pytest.raises(InputError, match="it lacks model_weights"):
        keras_files.load(path, SPEC)
    with pytest.raises(InputError, match=r"none\.h5: not found; `dvc repro` makes it"):
        keras_files.load(Path("none.h5"), SPEC)
    with pytest.raises(InputError, match=r"frontier/none\.h5: not found; `make frontier` makes it"):
        keras_files.load(Path("frontier/none.h5"), SPEC)


@pytest.mark.parametrize("weight", [float("nan"), -float("inf"), -1e37])
def test_weights_that_no_training_gives_are_refused(path: Path, weight: float) -> None:
    with h5py.File(path, "r+") as file:
        file["model_weights/dense/dense/bias:0"][3] = weight
    with pytest.raises(InputError, match="its weights are not all numbers below 1,000,000"):
        keras_files.load(path, SPEC)


def test_what_layers_count_may_be_larger(path: Path) -> None:
    scaled = layers.Normalization()
    scaled.adapt([[[2e7], [-2e7]]])  # a variance of 4e14
    model = keras.Sequential([keras.Input((2, 1)), scaled, layers.Flatten(), layers.Dense(2)])
    keras_files.save(model, path)
    keras_files.read(path, lambda reason: InputError(str(reason)))


def test_a_file_with_which_hdf5_comes_to_no_end_is_given_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5, "READER", "while True: pass")
    monkeypatch.setattr(hdf5, "SECONDS", 1)
    with pytest.raises(InputError, match="HDF5 comes to no end with it"):
        keras_files.load(path, SPEC)
    monkeypatch.setattr(hdf5, "READER", "import os; os.abort()")
    with pytest.raises(InputError, match="it crashes HDF5"):
        keras_files.load(path, SPEC)
