"""Random networks: the C of each in some encoding of its weights against TensorFlow Lite Micro."""

import random
import sys
from contextlib import ExitStack

from fewbytes.command import InputError
from tests.attack.compare import AT_ONCE, Case, compare, reference
from tests.attack.outcome import Outcome
from tests.random_networks import network
from tests.tflite_to_c.models import encoded_as, joined_at_random, possible
from tflite_to_c import encodings
from tflite_to_c.generator import generate
from tflite_to_c.options import GOALS, TINY, Options

SEEDS_APART = 1_000_000  # networks of one attack and the next
IN_PLACE = 0.3  # of the networks' ends
ROWS = 0.5  # of the networks row by row
ROW_INPUT = 0.3  # of the inputs row by row, where they can be
ANYHOW = 0.7  # of these where it does not pay, too


def attack(count: int, seed: int) -> Outcome:
    """`count` networks. Each must be refused in one line or give what TensorFlow Lite Micro gives."""
    outcome = Outcome()
    first = seed * SEEDS_APART
    with reference() as engine:
        for start in range(first, first + count, AT_ONCE):
            cases = [case for s in range(start, min(start + AT_ONCE, first + count)) if (case := _case(s, outcome))]
            compare(cases, engine, outcome)
            sys.stderr.write(f"\r{start + AT_ONCE - first:,} of {count:,}, {len(outcome.failures)} failed ")
    sys.stderr.write("\n")
    return outcome


def _case(seed: int, outcome: Outcome) -> Case | None:
    model = network(seed)
    outcome.counts["random networks"] += 1
    chance = random.Random(seed)
    favourite, in_place = chance.choice([*GOALS, *encodings.SMALL]), chance.random() < IN_PLACE
    rows, anyhow, given = chance.random() < ROWS, chance.random() < ANYHOW, chance.random() < ROW_INPUT
    options = Options(favourite if favourite in GOALS else TINY, rows, in_place)

    try:
        row_input = options._replace(in_place=False, row_input=True)
        if given and possible(model, row_input):
            options = row_input
        with ExitStack() as changes:
            if favourite not in GOALS:
                changes.enter_context(encoded_as(favourite))
            together = changes.enter_context(joined_at_random(seed)) if anyhow else []
            source = generate(model, "model.tflite", "model", options=options)
        outcome.counts["of them with layers computed together, chosen at random"] += bool(together)
        outcome.counts["given row by row"] += options.row_input
    except InputError as error:
        outcome.counts["refused in one line"] += 1
        if "\n" in str(error) or "fault of the generator" in str(error):
            outcome.fail(f"network {seed}: {error}")
        return None
    except Exception as error:  # a traceback for a user
        outcome.fail(f"network {seed}: {error!r}")
        return None
    return Case(f"network {seed}", model, source)
