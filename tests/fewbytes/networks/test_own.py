"""The user's own models: carried over from Keras 3 with all they compute, or refused in one line."""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from fewbytes.command import InputError
from fewbytes.data.spec import Spec
from fewbytes.model_files import hdf5, keras3
from fewbytes.networks import folding, health, keras_files, own
from fewbytes.networks.keras import keras
from tests.conftest import SPEC
from tests.fewbytes.networks.test_stack import spec_of

layers = keras.layers
MODELS = ("image_chain", "image_branches", "series_chain", "series_branches", "flattened_series", "table")
KINDS = {1: "table", 2: "series", 3: "image"}
WHERE = "params.yaml: train.baseline.network.model"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models of keras3_models.py, as Keras 3 itself saved them."""
    folder = tmp_path_factory.mktemp("keras3")
    script = Path(__file__).with_name("keras3_models.py")
    environment = {key: value for key, value in os.environ.items() if key != "TF_USE_LEGACY_KERAS"}
    subprocess.run([sys.executable, script, folder], env=environment, check=True, capture_output=True)
    return folder


def data_of(path: Path) -> tuple[Spec, Any, Any]:
    """A Spec that fits a saved model, inputs, and what Keras 3 made of them."""
    with np.load(path.with_suffix(".npz")) as file:
        inputs, outputs = file["inputs"], file["outputs"]
    shape = inputs.shape[1:]
    return spec_of(*shape, kind=KINDS[len(shape)], classes=outputs.shape[1]), inputs, outputs


def softmax(logits: Any) -> Any:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_keras_3_computes_the_same_here(
    saved: Path, name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    path = saved / f"{name}.keras"
    spec, inputs, outputs = data_of(path)
    model = own.load(str(path), spec, WHERE)
    probabilities = name in ("image_chain", "image_branches")
    said = [record.getMessage() for record in caplog.records]
    assert said == [f"{path}: its last softmax is left out: what is trained here ends in logits"] * probabilities
    for found in (model, folding.fold(model)):
        logits = found.predict(inputs, verbose=0)
        np.testing.assert_allclose(softmax(logits) if probabilities else logits, outputs, rtol=1e-5, atol=1e-5)
    assert not any(type(layer).__name__.endswith("1D") for layer in model.layers)
    keras_files.save(model, tmp_path / "model.h5")  # as the stages after it read it
    hdf5.require_plain(tmp_path / "model.h5")
    again = keras.models.load_model(tmp_path / "model.h5", compile=False)
    np.testing.assert_array_equal(again.predict(inputs, verbose=0), model.predict(inputs, verbose=0))


@pytest.fixture
def path(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of one, to be damaged; the working folder is its."""
    monkeypatch.chdir(tmp_path)
    path = Path("net.keras")
    path.write_bytes((saved / "image_chain.keras").read_bytes())
    return path


FITTING = spec_of(12, 10, 3, kind="image")


def refusal(path: Path, spec: Spec = FITTING) -> str:
    with pytest.raises(InputError) as caught:
        own.load(str(path), spec, WHERE)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def rewrite(path: Path, name: str, content: bytes | None, compression: int = zipfile.ZIP_STORED) -> None:
    """The archive with another member of that name, or without it."""
    with zipfile.ZipFile(path) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    members.pop(name)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for member, old in members.items():
            archive.writestr(member, old)
        if content is not None:
            archive.writestr(name, content)


def configure(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read(keras3.CONFIG))
    change(config)
    rewrite(path, keras3.CONFIG, json.dumps(config).encode())


def layer_of(config: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(layer for layer in config["config"]["layers"] if layer["class_name"] == kind)


def set_in(kind: str, **settings: Any) -> Callable[[dict[str, Any]], object]:
    return lambda config: layer_of(config, kind)["config"].update(settings)


CONFIGS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a lambda": (
        lambda c: layer_of(c, "Flatten").update(class_name="Lambda"),
        "layer flatten is a Lambda; known are Ac",
    ),
    "a custom layer": (
        lambda c: layer_of(c, "Dense").update(registered_name="Evil>Dense"),
        "layer dense is registered as 'Evil>Dense', which is other code",
    ),
    "a custom model": (lambda c: c.update(class_name="MyModel"), "a model of class 'MyModel'; only Sequential and"),
    "a function as activation": (
        set_in("Dense", activation={"class_name": "function", "config": "os.system"}),
        "layer dense (Dense): activation = function; known here: linear, relu, relu6",
    ),
    "an activation unknown here": (set_in("Dense", activation="gelu"), "activation = gelu; known here: linear"),
    "channels first": (set_in("Conv2D", data_format="channels_first"), "data_format = channels_first; known here"),
    "groups": (set_in("Conv2D", groups=2), "groups = 2; known here: 1"),
    "units without end": (set_in("Dense", units=2**40), "over 50,000,000 parameters"),
    "units far without end": (set_in("Dense", units=10**40), "net.keras: "),
    "many filters": (set_in("Conv2D", filters=10**9), "over 50,000,000 parameters"),
    "no units": (set_in("Dense", units=-1), "net.keras: "),
    "units in words": (set_in("Dense", units="many"), "net.keras: "),
    "a mapping as units": (set_in("Dense", units={"class_name": "Lambda"}), "units = Lambda, which is no number, word"),
    "other units than weights": (
        set_in("Dense", units=8),
        "layer dense (Dense) has weights (20, 7), (7,); expected (20, 8)",
    ),
    "a kernel larger than its image": (set_in("Conv2D", kernel_size=[50, 50], padding="valid"), "net.keras: "),
    "no input shape": (
        set_in("InputLayer", batch_shape=[None, None, 10, 3]),
        "every side but the first must be a number",
    ),
    "an input that is a word": (
        set_in("InputLayer", batch_shape="large"),
        "its input is large; every side but the first",
    ),
    "no layers": (lambda c: c["config"].update(layers=[]), "it has no layers"),
    "layers that are none": (lambda c: c["config"].update(layers=[3, "x"]), "net.keras: "),
    "no config": (lambda c: c.pop("config"), "net.keras: "),
    "names twice": (set_in("Conv2D", name="dense"), "net.keras: "),
}


@pytest.mark.parametrize(("change", "message"), CONFIGS.values(), ids=CONFIGS)
def test_a_strange_config_is_one_line(path: Path, change: Callable[[dict[str, Any]], object], message: str) -> None:
    configure(path, change)
    said = refusal(path)
    assert said.startswith("net.keras: ")
    assert message in said


GRAPHS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "two outputs": (
        lambda c: c["config"].update(output_layers=[["softmax", 0, 0], ["dense", 0, 0]]),
        "its output_layers are 2; a classifier has one",
    ),
    "a layer in two places": (
        lambda c: layer_of(c, "Add")["inbound_nodes"].append(layer_of(c, "Add")["inbound_nodes"][0]),
        "layer add stands in 2 places; each must stand in one",
    ),
    "a circle": (
        lambda c: layer_of(c, "Normalization").update(inbound_nodes=layer_of(c, "Add")["inbound_nodes"]),
        "takes what no layer gives",
    ),
    "what no layer gives": (
        lambda c: c["config"]["layers"].pop(1),
        "takes what no layer gives",
    ),
    "an argument of a call": (
        lambda c: layer_of(c, "Add")["inbound_nodes"][0]["kwargs"].update(training=True),
        "layer add is called with training",
    ),
    "no node": (lambda c: layer_of(c, "Add").pop("inbound_nodes"), "net.keras: "),
}


@pytest.mark.parametrize(("change", "message"), GRAPHS.values(), ids=GRAPHS)
def test_a_strange_graph_is_one_line(
    saved: Path, path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    path.write_bytes((saved / "image_branches.keras").read_bytes())
    configure(path, change)
    assert message in refusal(path)


def weights_of(path: Path, change: Callable[[h5py.File], object]) -> None:
    with zipfile.ZipFile(path) as archive:
        buffer = io.BytesIO(archive.read(keras3.WEIGHTS))
    with h5py.File(buffer, "r+") as file:
        change(file)
    rewrite(path, keras3.WEIGHTS, buffer.getvalue())


def replace(file: h5py.File, name: str, **settings: Any) -> None:
    del file[name]
    file.create_dataset(name, **settings)


KERNEL = "layers/dense/vars/0"
WEIGHTS: dict[str, tuple[Callable[[h5py.File], object], str]] = {
    "none of a layer": (
        lambda file: file.pop("layers/dense/vars"),
        "layer dense (Dense) has weights none; expected (20",
    ),
    "one is missing": (
        lambda file: file.pop("layers/dense/vars/1"),
        "layer dense (Dense) has weights (20, 7); expected",
    ),
    "another shape": (
        lambda file: replace(file, KERNEL, data=np.zeros((7, 20))),
        "layer dense (Dense) has weights (7, 20), (7,); expected (20, 7), (7,)",
    ),
    "not a number": (
        lambda file: replace(file, KERNEL, data=np.full((20, 7), np.nan)),
        "its weights are not all numbers below 1,000,000",
    ),
    "words": (lambda file: replace(file, KERNEL, data=["a"] * 20), "/layers/dense/vars/0 holds no numbers"),
    "a link to another file": (
        lambda file: (file.pop(KERNEL), file.__setitem__(KERNEL, h5py.ExternalLink("other.h5", "/x"))),
        "it links to other places",
    ),
    "a link within": (
        lambda file: (file.pop(KERNEL), file.__setitem__(KERNEL, h5py.SoftLink("/layers/dense/vars/1"))),
        "it links to other places",
    ),
    "arrays from another file": (
        lambda file: replace(file, KERNEL, shape=(20, 7), dtype="f4", external=[("/etc/hostname", 0, 560)]),
        "it takes arrays from other files",
    ),
    "more than memory": (
        lambda file: replace(file, KERNEL, shape=(10**6, 10**6), dtype="f4", chunks=(100, 100), compression="gzip"),
        "its arrays have over 800,000,000 bytes",
    ),
}


@pytest.mark.parametrize(("change", "message"), WEIGHTS.values(), ids=WEIGHTS)
def test_strange_weights_are_one_line(path: Path, change: Callable[[h5py.File], object], message: str) -> None:
    weights_of(path, change)
    assert message in refusal(path)


def turn(path: Path) -> None:
    content = bytearray(path.read_bytes())
    place = content.index(b"layers")
    content[place] ^= 1
    path.write_bytes(content)


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: path.unlink(), "net.keras: not found"),
    "empty": (lambda path: path.write_bytes(b""), "not a whole .keras archive: File is not a zip file"),
    "text": (lambda path: path.write_text("a model"), "not a whole .keras archive"),
    "half": (
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        "not a whole .keras archive",
    ),
    "a byte turned": (turn, "net.keras: not a whole .keras archive: "),
    "no config": (
        lambda path: rewrite(path, keras3.CONFIG, None),
        "not a model of Keras 3: \"There is no item named 'conf",
    ),
    "no weights": (lambda path: rewrite(path, keras3.WEIGHTS, None), "There is no item named 'model.weights.h5'"),
    "a config that is no JSON": (
        lambda path: rewrite(path, keras3.CONFIG, b"{"),
        "not a whole .keras archive: Expecting",
    ),
    "a config that is a list": (lambda path: rewrite(path, keras3.CONFIG, b"[]"), "its config.json is no mapping"),
    "a config nested without end": (
        lambda path: rewrite(path, keras3.CONFIG, b"[" * 10**6),
        "not a whole .keras archive",
    ),
    "weights that are none": (lambda path: rewrite(path, keras3.WEIGHTS, b"weights"), "not a whole HDF5 file"),
    "a config that unpacks without end": (
        lambda path: rewrite(path, keras3.CONFIG, bytes(keras3.MOST_CONFIG + 1), zipfile.ZIP_DEFLATED),
        "config.json has 20,000,001 bytes, over 20,000,000",
    ),
}


@pytest.mark.parametrize(("damage", "message"), FILES.values(), ids=FILES)
def test_a_damaged_file_is_one_line(path: Path, damage: Callable[[Path], object], message: str) -> None:
    damage(path)
    said = refusal(path)
    assert message in said


def test_weights_that_unpack_without_end_are_not_unpacked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5, "MOST_BYTES", 10_000)
    rewrite(path, keras3.WEIGHTS, bytes(10_001), zipfile.ZIP_DEFLATED)
    assert "model.weights.h5 has 10,001 bytes, over 10,000" in refusal(path)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (spec_of(12, 10, 1, kind="image"), "from 12x10x3 to 3; the data are 12x10x1 in 3 classes"),
        (spec_of(12, 10, 3, kind="image", classes=4), "from 12x10x3 to 3; the data are 12x10x3 in 4 classes"),
    ],
)
def test_a_model_for_other_data_is_one_line_that_says_both(path: Path, spec: Spec, message: str) -> None:
    assert refusal(path, spec) == f"{WHERE} = net.keras: {message}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("mine"):
            del sys.modules[name]


BUILD = """
import {keras} as keras
def build({argument}):
    layers = keras.layers
    return keras.Sequential([keras.Input({shape}), layers.Conv1D(3, 2), layers.Flatten(), layers.Dense(3)])
"""


@pytest.mark.parametrize("kind", ["tf_keras", "keras"])
@pytest.mark.parametrize(("argument", "shape"), [("", "(12, 3)"), ("spec", "spec.input_shape")])
def test_a_function_returns_a_model_of_either_keras(folder: Path, kind: str, argument: str, shape: str) -> None:
    (folder / "mine_nets").mkdir()
    (folder / "mine_nets/small.py").write_text(BUILD.format(keras=kind, argument=argument, shape=shape))
    model = own.load("mine_nets.small:build", spec_of(12, 3, kind="series"), WHERE)
    assert [type(layer).__name__ for layer in model.layers[1:]] == ["Reshape", "Conv2D", "Flatten", "Dense"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def build(): return 1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys\ndef build(): sys.exit()", "SystemExit: "),
        ("def build(): return 'model'", "returned str, not a Keras model"),
        ("def other(): pass", "AttributeError: module 'mine' has no attribute 'build'"),
        ("def build(a, b): pass", "TypeError: build() missing 1 required positional argument: 'b'"),
        ("def build(", "SyntaxError: "),
        (
            "import tf_keras as k\nclass Mine(k.layers.Layer): pass\n"
            "def build(): return k.Sequential([k.Input((5,)), Mine(name='own'), k.layers.Dense(3)])",
            "layer own is a Mine; known are Activation, Add, ",
        ),
        (
            "import tf_keras as k\ni = k.Input((5,)); j = k.Input((5,))\n"
            "def build(): return k.Model([i, j], k.layers.Dense(3)(k.layers.Add()([i, j])))",
            "has 2 inputs and 1 outputs; one each is known",
        ),
        (
            "import tf_keras as k\ndef build(): return k.Sequential([k.Input((5,)), k.layers.Dense(3, 'sigmoid')])",
            "layer dense ends it in sigmoid; it must end in softmax, or in logits",
        ),
    ],
)
def test_a_function_that_does_not_is_one_line(folder: Path, text: str, message: str) -> None:
    (folder / "mine.py").write_text(text)
    keras.backend.reset_uids()
    with pytest.raises(InputError) as caught:
        own.load("mine:build", spec_of(5, kind="table"), WHERE)
    assert str(caught.value).startswith(f"{WHERE} = mine:build: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_module_that_is_not_there_is_one_line() -> None:
    with pytest.raises(InputError, match=r"model = mine_x\.y:build: ModuleNotFoundError: No module named 'mine_x'$"):
        own.load("mine_x.y:build", SPEC, WHERE)


def small_h5(folder: Path) -> Path:
    start = keras.Input((12, 3))
    x = layers.BatchNormalization()(layers.Conv1D(4, 3, padding="same")(start))
    x = layers.Add()([x, layers.SeparableConv1D(4, 3, padding="same")(x)])
    model = keras.Model(start, layers.Dense(3, activation="softmax")(layers.LSTM(4)(x)))
    keras_files.save(model, folder / "net.h5")
    return folder / "net.h5"


def test_a_file_of_keras_2_computes_the_same_here(tmp_path: Path) -> None:
    path = small_h5(tmp_path)
    expected = keras.models.load_model(path, compile=False)
    model = own.load(str(path), spec_of(12, 3, kind="series"), WHERE)
    inputs = np.random.default_rng(1).normal(size=(4, 12, 3)).astype(np.float32)
    np.testing.assert_allclose(
        softmax(model.predict(inputs, verbose=0)), expected.predict(inputs, verbose=0), rtol=1e-5, atol=1e-5
    )


def test_an_enormous_layer_in_a_file_of_keras_2_takes_no_memory(tmp_path: Path) -> None:
    path = small_h5(tmp_path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs[hdf5.CONFIG])
        config["config"]["layers"][1]["config"]["filters"] = 10**9
        file.attrs[hdf5.CONFIG] = json.dumps(config)
    assert "over 50,000,000 parameters" in refusal(path)
    with pytest.raises(InputError, match="over 50,000,000 parameters"):
        keras_files.load(path, SPEC)


def test_a_file_of_keras_2_that_is_none_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert refusal(Path("none.h5")) == "none.h5: not found"
    Path("text.h5").write_text("text")
    assert refusal(Path("text.h5")).startswith("text.h5: not a whole HDF5 file: ")


def test_a_network_is_not_too_large_for_what_it_has(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved / "table.keras"
    spec, _, _ = data_of(path)
    parameters = own.load(str(path), spec, WHERE).count_params()
    monkeypatch.setattr(health, "MOST_PARAMETERS", parameters)
    own.load(str(path), spec, WHERE)
    monkeypatch.setattr(health, "MOST_PARAMETERS", parameters - 1)
    with pytest.raises(InputError, match=r"table\.keras: the network has over"):
        own.load(str(path), spec, WHERE)
