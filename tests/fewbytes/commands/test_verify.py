"""The frontier's figures in Git against those of its models."""

from fewbytes.commands import verify


def test_verifying_tells_what_differs() -> None:
    committed = {"accuracy": 0.99, "tflm_accuracy": 0.99, "coded_bytes": 800, "seed": 1}
    assert verify.differing(committed, committed) == []
    assert verify.differing(committed | {"accuracy": 0.9903}, committed) == []  # kernels of another processor
    assert verify.differing(committed | {"accuracy": 0.98}, committed) == ["accuracy"]
    assert verify.differing(committed | {"tflm_accuracy": 0.9901}, committed) == ["tflm_accuracy"]
    assert verify.differing(committed | {"coded_bytes": 801}, committed) == ["coded_bytes"]
    without = {key: value for key, value in committed.items() if key != "tflm_accuracy"}
    assert verify.differing(without, committed) == []
