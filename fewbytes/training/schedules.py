"""How many steps a training takes."""

from fewbytes.params import Schedule


def steps(schedule: Schedule, images: int) -> int:
    """Batches in all epochs; the last of an epoch may be smaller."""
    return schedule.epochs * -(-images // schedule.batch_size)
