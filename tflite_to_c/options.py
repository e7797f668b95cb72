"""What the user asks of the C, beside what it computes."""

from typing import NamedTuple

SIZE, SPEED = "size", "speed"
GOALS = {  # for which encodings are chosen
    SIZE: "the least flash",
    SPEED: "the fewest instructions, above all on cores with Arm's DSP extension, such as Cortex-M4 and M33",
}
GOALS_HELP = "; ".join(f"{goal}: {means}" for goal, means in GOALS.items())
IN_PLACE_HELP = "input and output lie in the network's own memory, and a run writes over the input: less RAM"


class Options(NamedTuple):
    """in_place: input and output lie in the network's own scratch; a run writes over the input."""

    optimize: str = SIZE
    in_place: bool = False


DEFAULT = Options()
ALL = tuple(Options(goal, in_place) for goal in GOALS for in_place in (False, True))
