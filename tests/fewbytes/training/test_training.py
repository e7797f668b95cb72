from pathlib import Path

import numpy as np
import pytest

from fewbytes import params
from fewbytes.command import InputError
from fewbytes.data.dataset import Split
from fewbytes.networks import keras_files, networks, patches
from fewbytes.networks.keras import keras, make_deterministic, tf
from fewbytes.training import distillation, recipes, training
from tests.conftest import SPEC, Models


def test_networks_have_the_essays_parameter_counts(settings: params.Params) -> None:
    assert networks.build(settings.train.baseline.network, SPEC).count_params() == 20_410
    assert networks.build(settings.train.teacher.network, SPEC).count_params() == 776_970
    assert networks.build(settings.distill.student.network, SPEC).count_params() == 17_850


def test_holding_networks_against_the_data_leaves_no_trace_in_files(settings: params.Params) -> None:
    keras.backend.reset_uids()
    alone = networks.build(settings.train.baseline.network, SPEC).get_config()
    keras.backend.reset_uids()
    networks.require_fit(settings, SPEC)
    assert networks.build(settings.train.baseline.network, SPEC).get_config() == alone


def test_examples_count_for_what_they_weigh(digits: Split, settings: params.Params) -> None:
    wrong = np.arange(len(digits.labels)) // 10 % 2 == 1
    labels = np.where(wrong, (digits.labels + 1) % 10, digits.labels)
    weights = np.where(wrong, 0, 2).astype(np.float32)
    recipe = settings.train.baseline.model_copy(update={"epochs": 6, "learning_rate": 0.01})
    found = []
    for each in (weights, None):
        make_deterministic(1)
        model = networks.build(recipe.network, SPEC)
        training.fit(model, digits.inputs, labels, recipe, suspects={}, weights=each)
        found.append((model.predict(digits.inputs, verbose=0).argmax(axis=1) == digits.labels).mean())
    assert found[0] > 0.9
    assert found[1] < found[0]


def test_training_learns_and_keeps_a_row_an_epoch(tmp_path: Path, digits: Split, settings: params.Params) -> None:
    make_deterministic(1)
    recipe = settings.train.baseline.model_copy(update={"epochs": 3, "learning_rate": 0.01})
    model = networks.build(recipe.network, SPEC)
    history = training.fit(model, digits.inputs, digits.labels, recipe, suspects={}, validation=digits)
    assert history["val_accuracy"][-1] > 0.9
    training.save_history(tmp_path / "history.csv", history)
    header, *rows = (tmp_path / "history.csv").read_text().splitlines()
    assert header == "epoch,loss,accuracy,val_loss,val_accuracy"
    assert [row.split(",")[0] for row in rows] == ["1", "2", "3"]


def test_patches_as_matmul_compute_what_conv2d_computes(settings: params.Params, digits: Split) -> None:
    model = networks.build(settings.distill.student.network, SPEC)
    images = digits.inputs[:8]

    def outputs_and_gradients() -> list[np.ndarray]:
        with tf.GradientTape() as tape:
            outputs = model(images)
            loss = tf.reduce_sum(outputs**2)
        return [outputs.numpy(), *(gradient.numpy() for gradient in tape.gradient(loss, model.trainable_variables))]

    expected = outputs_and_gradients()
    with patches.as_matmul(model):
        convolutions = [layer for layer in model.layers if "convolution_op" in vars(layer)]
        found = outputs_and_gradients()
    assert len(convolutions) == 2  # both of the student's layers take the fast way
    assert not any("convolution_op" in vars(layer) for layer in model.layers)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_overlapping_patches_are_left_alone(models: Models) -> None:
    with patches.as_matmul(models.baseline):
        assert not any("convolution_op" in vars(layer) for layer in models.baseline.layers)


@pytest.mark.parametrize("scaled", [False, True])
def test_the_distillation_loss_is_its_formula(scaled: bool) -> None:
    generator = np.random.default_rng(1)
    labels, teacher, student = np.array([3, 7]), *generator.normal(0, 5, (2, 2, 10))

    def softmax(scores: np.ndarray) -> np.ndarray:
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    alpha, temperature = 0.1, 10.0
    hard = -np.log(softmax(student)[[0, 1], labels])
    p, q = softmax(teacher / temperature), softmax(student / temperature)
    soft = (p * np.log(p / q)).sum(axis=1)
    expected = alpha * hard + (1 - alpha) * soft * (temperature**2 if scaled else 1)

    loss = distillation.loss(alpha, temperature, scale_by_temperature_squared=scaled)
    targets = np.column_stack([labels, teacher]).astype(np.float32)
    np.testing.assert_allclose(loss(targets, student.astype(np.float32)), expected, rtol=1e-4)


def test_a_student_learns_from_a_teacher_alone(digits: Split, settings: params.Params) -> None:
    make_deterministic(1)
    teacher_logits = 20 * np.eye(10, dtype=np.float32)[digits.labels]
    wrong = Split(digits.inputs, np.zeros_like(digits.labels))  # labels that say nothing
    recipe = settings.distill.student.model_copy(update={"epochs": 5, "learning_rate": 0.01})
    alone = settings.distill.model_copy(update={"alpha": 0.0, "student": recipe})
    both = np.concatenate([teacher_logits, teacher_logits])
    model, history = recipes.distill(alone, SPEC, wrong, digits, both)
    assert (model.predict(digits.inputs, verbose=0).argmax(axis=1) == digits.labels).mean() > 0.9
    assert history["val_accuracy"][-1] > 0.9
    assert history["accuracy"][-1] < 0.5  # against the wrong labels


def test_a_saved_model_is_the_same_file_every_time(tmp_path: Path, models: Models, digits: Split) -> None:
    keras_files.save(models.baseline, tmp_path / "a.h5")
    keras_files.save(models.baseline, tmp_path / "b.h5")
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    images = digits.inputs
    loaded = keras_files.load(tmp_path / "a.h5", SPEC)
    np.testing.assert_array_equal(loaded.predict(images, verbose=0), models.baseline.predict(images, verbose=0))


@pytest.mark.parametrize("keep", [0, 10, 3_000, 60_000])
def test_a_damaged_model_file_is_refused(tmp_path: Path, models: Models, keep: int) -> None:
    path = tmp_path / "model.h5"
    keras_files.save(models.baseline, path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"model\.h5: damaged or foreign") as raised:
        keras_files.load(path, SPEC)
    assert "\n" not in str(raised.value)


def test_a_foreign_model_is_refused(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input(shape=(32, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    keras_files.save(model, tmp_path / "model.h5")
    with pytest.raises(
        InputError, match=r"a model from \(None, 32, 32, 3\) to \(None, 2\); expected \(None, 28, 28, 1\)"
    ):
        keras_files.load(tmp_path / "model.h5", SPEC)
    with pytest.raises(InputError, match="not found"):
        keras_files.load(tmp_path / "none.h5", SPEC)


def test_a_network_that_came_trained_is_taken_as_it_is(digits: Split, settings: params.Params, tmp_path: Path) -> None:
    recipe = settings.train.baseline.model_copy(update={"epochs": 0})
    model = networks.build(recipe.network, SPEC)
    before = model.get_weights()
    history = training.fit(model, digits.inputs, digits.labels, recipe, suspects={}, validation=digits)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    training.save_history(tmp_path / "history.csv", history)
    assert (tmp_path / "history.csv").read_text() == "epoch,loss,accuracy\n"
