"""The few numbers that people compare, for `dvc metrics diff`: the essay's measures first, then what ships."""

from fewbytes import metrics
from fewbytes.metrics import Metrics
from fewbytes.reports.loading import All

PATH = metrics.FOLDER / "summary.json"
SHIPPED = ("quantized", "clustered_quantized", "searched", "student_searched")
OF_SHIPPED = {
    "accuracy": "accuracy",
    "coded_bytes": "coded.arithmetic_bytes",
    "flash_bytes": "chip.cortex_m4.flash_bytes",
    "ram_bytes": "chip.cortex_m4.ram_bytes",
    "estimated_cycles": "chip.cortex_m4.estimated_cycles",
}


def summary(ours: All, essay: All) -> All:
    """By variant: what the essay gives of it; and of those that ship, coded weights and figures on a Cortex-M4."""
    found: dict[str, Metrics] = {name: {key: ours[name][key] for key in keys} for name, keys in essay.items()}
    for name in SHIPPED:
        if name in ours:
            numbers = {key: metrics.find(ours[name], place) for key, place in OF_SHIPPED.items()}
            known = {key: value for key, value in numbers.items() if value is not None}
            found[name] = {**found.get(name, {}), **known}
    return found
