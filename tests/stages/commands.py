"""How each stage and command is started in tests, and the files of settings that a project has."""

from tests.conftest import ROOT

POINT = "1500B"
COMMANDS = {  # arguments, by name
    "code": "",
    "download": "",
    "prepare": "",
    "train": "baseline",
    "prune": "",
    "cluster": "",
    "quantize": "clustered clustered_quantized",
    "convert": "baseline full_integer baseline_full_integer",
    "scan": "",
    "predict": "",
    "distill": "",
    "repeat": "",
    "repeat_search": "",
    "search": "baseline searched",
    "measure": "pruned models/pruned.h5 metrics/variants/baseline.json",
    "benchmark": "baseline_full_integer quantized_full_integer",
    "export": "quantized firmware/examples/digit",
    "report": "",
    "bundle": "",
    "page": "",
    "teach": "single",
    "fit": f"{POINT} 1",
    "rate": f"{POINT} 1 2 3",
    "chart": "",
    "explore": "",
    "survey": "",
    "verify": "",
    "gate": "",
    "tag_essay": "",
}
SETTINGS = (
    *("params.yaml", "variants.yaml", "essay.yaml", "firmware/quoted.yaml"),
    *("frontier/params.yaml", "frontier/published.yaml"),
)


def module_of(name: str) -> str:
    """A stage's or a command's module."""
    return f"stages.{name}" if (ROOT / "stages" / f"{name}.py").exists() else f"fewbytes.commands.{name}"
