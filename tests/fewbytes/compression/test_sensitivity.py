"""Which layers bear how much."""

import numpy as np
import pytest

from fewbytes import params
from fewbytes.compression import sensitivity
from fewbytes.data.dataset import Split
from fewbytes.networks import predicting
from tests.conftest import Models


def test_a_scan_compresses_one_layer_at_a_time(models: Models, digits: Split) -> None:
    before = models.baseline.get_weights()
    chosen = params.Scan(sparsities=[0.0, 0.5, 0.99], bits=[1, 5])
    rows = sensitivity.scan(models.baseline, chosen, digits)
    assert [(row.layer, row.kind, row.level) for row in rows[:5]] == [
        *(("conv", "pruned", level) for level in (0.0, 0.5, 0.99)),
        *(("conv", "clustered", level) for level in (1, 5)),
    ]
    assert [row.layer for row in rows] == ["conv"] * 5 + ["dense"] * 5
    whole = round(predicting.accuracy(models.baseline, digits), 6)
    found = {(row.layer, row.kind, row.level): row.accuracy for row in rows}
    assert found["dense", "pruned", 0.0] == whole
    assert found["dense", "pruned", 0.99] < whole
    assert found["dense", "clustered", 5] == pytest.approx(whole, abs=0.05)
    for one, other in zip(before, models.baseline.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_sharing_finds_the_values() -> None:
    kernel = np.repeat(np.array([-0.9, 0.1, 0.8], np.float32), [30, 50, 20]).reshape(10, 10)
    shared = sensitivity.share(kernel, 2)
    np.testing.assert_allclose(shared, kernel, atol=1e-6)
    assert len(np.unique(sensitivity.share(np.linspace(0, 1, 1000, dtype=np.float32), 3))) == 8
    pruned = sensitivity.prune(kernel, 0.5)
    assert np.count_nonzero(pruned == 0) == 50
