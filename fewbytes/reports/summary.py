"""The few numbers that people compare, for `dvc metrics diff`: the essay's measures first, then what ships."""

from fewbytes import metrics
from fewbytes.metrics import All, Metrics

PATH = metrics.FOLDER / "summary.json"
TO_SHIP = "to_ship"
SHIPPED = ("quantized", "clustered_quantized", "searched", "student_searched")
OF_SHIPPED = {
    "accuracy": "accuracy",
    "coded_bytes": "coded.arithmetic_bytes",
    "flash_bytes": "chip.cortex_m4.flash_bytes",
    "ram_bytes": "chip.cortex_m4.ram_bytes",
    "estimated_cycles": "chip.cortex_m4.estimated_cycles",
}


def summary(ours: All) -> Metrics:
    """By variant what the essay gives of it; under TO_SHIP, by variant, coded weights and figures on a Cortex-M4.

    DVC sorts names: so the essay's come first.
    """
    essays = {
        name: {key: ours[name][key] for key in part.model_fields if key in ours[name]}
        for name, field in metrics.Essay.model_fields.items()
        if name in ours and (part := field.annotation) is not None
    }
    shipped: All = {}
    for name in SHIPPED:
        if name in ours:
            found = {key: metrics.find(ours[name], place) for key, place in OF_SHIPPED.items()}
            shipped[name] = {key: value for key, value in found.items() if value is not None}
    return {**essays, TO_SHIP: shipped}
