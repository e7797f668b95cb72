"""Weights in flash: the smallest encoding, tables, kernels shared."""

import numpy as np
import pytest

from tflite_to_c import encodings


@pytest.mark.parametrize(
    ("name", "table", "sparse_share"),
    [("dense", None, 0), ("sparse", None, 0.8), ("shared4", 16, 0), ("shared2", 4, 0), ("sparse4", 16, 0.8)],
)
def test_the_smallest_encoding_is_chosen(name: str, table: int | None, sparse_share: float) -> None:
    chance = np.random.default_rng(5)
    values = np.arange(-127, 128) if table is None else np.arange(1, table + 1) * 7
    matrix = chance.choice(values, (20, 500)).astype(np.int8)
    matrix[chance.random(matrix.shape) < sparse_share] = 0
    (coded,) = encodings.choose([matrix])
    assert coded.name == name
    assert coded.bytes == min(other.bytes for kind in encodings.SMALL if (other := encodings.encode(kind, matrix)))


def test_a_table_follows_the_rows_where_their_values_differ() -> None:
    chance = np.random.default_rng(6)
    matrix = np.array([chance.choice(chance.integers(-127, 128, 4), 300) for _ in range(8)], np.int8)
    coded = encodings.encode("shared2", matrix)
    assert coded is not None
    assert coded.tables == 8
    assert coded.bytes == 8 * (300 / 4 + 4)
    assert encodings.encode("shared2", np.arange(64, dtype=np.int8).reshape(1, 64)) is None


def test_each_of_several_matrices_has_a_table_where_their_values_differ() -> None:
    chance = np.random.default_rng(7)
    apart = [chance.choice(chance.integers(-127, 128, 4), (8, 30)).astype(np.int8) for _ in range(4)]
    matrix = np.stack(apart, axis=1).reshape(32, 30)
    coded = encodings.encode("shared2", matrix, 4)
    assert coded is not None
    assert coded.tables == 4
    assert coded.bytes == 32 * 8 + 4 * 4
    for place, values in enumerate(apart):
        assert np.isin(values, coded.values.reshape(4, 4)[place]).all()
    alike = encodings.encode("shared2", np.tile(apart[0], (4, 1)), 4)
    assert alike is not None
    assert alike.tables == 1


def test_the_order_of_weights_for_speed() -> None:
    matrix = np.arange(1, 16, dtype=np.int8).reshape(3, 5)
    stored = {name: coded.values.tolist() for name in encodings.FAST if (coded := encodings.encode(name, matrix))}
    assert stored["rows"] == matrix.ravel().tolist()
    assert stored["pairs"][:8] == [1, 3, 2, 4, 5, 0, 0, 0]
    assert stored["taps"] == [1, 6, 11, 0, 2, 7, 12, 0, 3, 8, 13, 0, 4, 9, 14, 0, 5, 10, 15, 0]


@pytest.mark.parametrize(("fast", "positions"), [("pairs", 4), ("rows", 1)])
def test_zeros_cost_instructions_only_where_they_are_stored(fast: str, positions: int) -> None:
    matrix = np.random.default_rng(9).integers(1, 100, (8, 60)).astype(np.int8)

    def quicker() -> str:
        options = [coded for name in (fast, "sparse") if (coded := encodings.encode(name, matrix))]
        return min(options, key=lambda coded: encodings.instructions(coded, matrix.size, positions)).name

    assert quicker() == fast
    matrix[:, 2:] = 0
    assert quicker() == "sparse"


def test_layers_share_a_kernel_unless_another_encoding_saves_more() -> None:
    chance = np.random.default_rng(8)
    large, small = (chance.integers(-127, 128, (10, columns)).astype(np.int8) for columns in (1_000, 10))
    small[:, ::2] = 0
    assert encodings.choose([small])[0].name == "sparse"
    assert [coded.name for coded in encodings.choose([large, small])] == ["dense", "dense"]
    large[:, ::2] = 0
    assert [coded.name for coded in encodings.choose([large, small])] == ["sparse", "sparse"]
