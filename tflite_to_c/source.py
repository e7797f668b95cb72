"""The C a graph becomes: one header and one source file, as text. The C itself stands in templates/."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from itertools import product
from typing import Any, NamedTuple

from tflite_to_c import c_text, matrix, memory, reader, shadow, simplify, streaming, together
from tflite_to_c.c_text import TEMPLATES
from tflite_to_c.errors import InputError
from tflite_to_c.graph import Arithmetic, Graph, Step, Tensor
from tflite_to_c.matrix import Weighted
from tflite_to_c.operators.lstm import Lstm
from tflite_to_c.options import DEFAULT, GOALS, Options

HEADERS = {  # of C's library, up to C23; and one that glibc's own headers include
    "features",
    *("assert", "complex", "ctype", "errno", "fenv", "float", "inttypes", "iso646", "limits", "locale", "math"),
    *("setjmp", "signal", "stdalign", "stdarg", "stdatomic", "stdbit", "stdbool", "stdckdint", "stddef", "stdint"),
    *("stdio", "stdlib", "stdnoreturn", "string", "tgmath", "threads", "time", "uchar", "wchar", "wctype"),
}


class Source(NamedTuple):
    header: str
    code: str


class Normalisation(NamedTuple):
    """real value = (raw value - offset) / divisor, before training. One number each, or one for each channel."""

    offset: Sequence[float]
    divisor: Sequence[float]


def identifier(text: str) -> str:
    """`text` as a C identifier in lower case; NAME.h must not be found where a header of C's library is asked for."""
    name = re.sub(r"\W", "_", text.lower(), flags=re.ASCII)
    return name if re.match("[a-z]", name) and name not in HEADERS else f"model_{name}"


class Prepared(NamedTuple):
    """A graph made smaller, its weights encoded for a goal.

    options: that it is made by, others than were asked for where RAM is bounded. streamed: its first steps, where the
    network can take its input a step at a time. rest: the others; its input is what the last of `streamed` leaves.
    plan: where its tensors lie.
    """

    graph: Graph
    options: Options
    streamed: tuple[Lstm, ...]
    rest: Graph
    plan: memory.Plan

    @property
    def steps(self) -> tuple[Step, ...]:
        return (*self.streamed, *self.rest.steps)

    @property
    def layers(self) -> tuple[Step, ...]:
        """Each by itself, those too that are computed together."""
        return tuple(layer for step in self.steps for layer in step.layers)

    @property
    def compiled(self) -> tuple[Step, ...]:
        """The steps whose C it has."""
        return tuple(each for step in self.steps for each in step.compiled)

    @property
    def ram_bytes(self) -> int:
        """Of scratch, state, and the ends where these are the caller's; the stack comes on top."""
        ends = {self.graph.input.index: self.input_bytes, self.graph.output.index: self.graph.output.size}
        outside = sum(size for index, size in ends.items() if index not in self.plan.offsets)
        return 4 * self.plan.words + self.state_bytes + outside

    @property
    def input_bytes(self) -> int:
        """That the caller gives at once: the input, or a row of it."""
        return self.graph.input.size // self.row_count

    @property
    def row_count(self) -> int:
        """Rows that the input is given in, as the first layer sees it; 1 where it is given as a whole."""
        return self.steps[0].inputs[0].shape[0] if self.options.row_input else 1

    @property
    def state_bytes(self) -> int:
        return sum(step.state_bytes() for step in self.steps)


def streams(model: bytes, origin: str) -> bool:
    """Can its C take the input a step at a time? Raises InputError for what is not covered."""
    return streaming.split(simplify.simplify(reader.read(model, origin))) is not None


def prepare(graph: Graph, origin: str, options: Options = DEFAULT) -> Prepared:
    """Raises InputError where the C of `graph` would read or write what it must not, or is not what `options` ask."""
    simple = simplify.simplify(graph)
    encoded = cache(partial(matrix.encode, simple))  # by goal: the same however it is laid out
    made = _within(encoded, origin, options)
    if options.ram is not None and made.ram_bytes > options.ram:
        least = f"{origin}: takes {made.ram_bytes:,} bytes of RAM at least, the stack not counted; --ram {options.ram}"
        raise InputError(least + _saved_in_place(encoded, origin, options, made.ram_bytes))
    shadow.check_sizes(made.streamed, origin)
    shadow.run(made.rest, made.plan, origin)
    return made


def _within(encoded: Callable[[str], Graph], origin: str, options: Options) -> Prepared:
    """The first of the ways, by speed, that keeps `options.ram`; the one of the least RAM where none does."""
    tried = []
    ways = [options.rows] if options.rows or options.row_input else [False, True]
    for goal, rows in product(dict.fromkeys((options.optimize, *reversed(GOALS))), ways):
        tried.append(made := _planned(encoded(goal), origin, options._replace(optimize=goal, rows=rows)))
        if options.ram is None or made.ram_bytes <= options.ram:
            return made
    return min(tried, key=lambda each: each.ram_bytes)


def _saved_in_place(encoded: Callable[[str], Graph], origin: str, options: Options, taken: int) -> str:
    """For the end of a message: what it would take with --in-place, where that is less."""
    if options.in_place or options.row_input or streaming.split(encoded(options.optimize)):
        return ""
    least = _within(encoded, origin, options._replace(in_place=True)).ram_bytes
    return f" ({least:,} with --in-place)" if least < taken else ""


def _planned(graph: Graph, origin: str, options: Options) -> Prepared:
    streamed, rest = streaming.split(graph) or ((), graph)
    if streamed and options.in_place:
        raise InputError(f"{origin}: takes its input a step at a time and keeps none of it, so that none is in place")
    if options.row_input:
        return Prepared(graph, options, (), *_by_rows(rest, origin, streams=bool(streamed), options=options))
    rest, plan = memory.ordered(rest, ends=options.in_place)
    if options.rows:
        rest, plan = together.joined(rest, plan, ends=options.in_place)
    return Prepared(graph, options, streamed, rest, plan)


def _by_rows(graph: Graph, origin: str, *, streams: bool, options: Options) -> tuple[Graph, memory.Plan]:
    """Raises InputError where its input cannot be given row by row."""
    if options.in_place:
        raise InputError(f"{origin}: its input is given row by row or lies in place, not both")
    remembers = any(step.keeps for step in graph.steps)
    found = None if streams or remembers else together.streamed(graph)
    if found is not None:
        return found
    why = "its first layer needs all of it, or several read it"
    if streams or remembers:
        why = "takes it a step at a time as it is" if streams else "the network remembers what it has seen"
    raise InputError(f"{origin}: its input cannot be given row by row: {why}")


def write(
    graph: Graph,
    name: str,
    origin: str,
    *,
    normalisation: Normalisation | None,
    stack: Mapping[str, int],
    options: Options,
) -> Source:
    """The C for `graph`. name: an identifier, the prefix of all that is public. origin: said in the comments.

    normalisation, and stack, the bytes that were measured, by core: said in the header, where they are given.
    Raises InputError as `prepare` does.
    """
    prepared = prepare(graph, origin, options)
    steps, streamed = prepared.steps, prepared.streamed
    labelled = [(step, f"{type(step).__name__.lower()}_{place}") for place, step in enumerate(steps, start=1)]
    labels = [label for _, label in labelled[: len(streamed)]]
    common = {
        "name": name,
        "origin": origin,
        "scratch_bytes": 4 * prepared.plan.words,
        "state_bytes": prepared.state_bytes,
        "graph": graph,
        "streamed": streamed,
        "in_place": options.in_place,
        "row_bytes": prepared.input_bytes if options.row_input else None,
        "row_count": prepared.row_count,
        "keeps": any(step.keeps for step in steps),
    }
    constants = [step.constants(label) for step, label in labelled]
    header = TEMPLATES.get_template("templates/model.h").render(
        common,
        prefix=name.upper(),
        input=graph.input,
        output=graph.output,
        normalisation=normalisation,
        stack=stack,
    )
    source_of = "row" if options.row_input else f"{labels[-1]}_hidden" if labels else "input"
    places = _Places(prepared.rest, prepared.plan, source_of)
    calls = [
        call
        for number, (step, label) in enumerate(labelled[len(streamed) :])
        for call in step.calls(label, *places.of(number))
    ]
    code = TEMPLATES.get_template("templates/model.c").render(
        common,
        summary=[_summary(layer) for layer in prepared.layers],
        functions=_functions(prepared.compiled, prepared.options.optimize),
        constants=["".join(map(str, each)) for each in c_text.shared([each for each in constants if each])],
        calls=calls[1:] if options.row_input else calls,
        row_call=calls[0],
        row_label=labelled[0][1],
        bytewise=any("scratch" in call for call in calls),
        step_calls=[
            call
            for place, (step, label) in enumerate(zip(streamed, labels, strict=True))
            for call in step.calls(label, [f"{labels[place - 1]}_hidden" if place else "input"], "", 0)
        ],
        reset_calls=[
            call for step, label in labelled if step in streamed or step.keeps for call in step.reset_calls(label)
        ],
        ends=[prepared.plan.offsets.get(end.index) for end in (graph.input, graph.output)],
        **_needed(prepared.compiled),
    )
    return Source(header, re.sub("\n{3,}", "\n\n", code))


def _summary(step: Step) -> str:
    if not isinstance(step, Weighted):
        return step.layer
    size = sum(coded.bytes for coded in step.encoded)
    return f"{step.layer}: {step.encoding}, {size:,} bytes for {step.weight_count:,} weights"


def _needed(steps: Sequence[Step]) -> dict[str, Any]:
    """What the steps need of templates/arithmetic.c, and the type that holds their dimensions."""
    whole = Arithmetic(clamps=False)
    for step in steps:
        whole = whole.beside(step.arithmetic())
    dimensions = [value for step in steps for value in step.dimensions().values()]
    return {
        "scaling": whole.scaling,
        "lefts": whole.lefts,
        "doubles": whole.doubles,
        "averages": whole.averages,
        "clamps": whole.clamps,
        "dimension_type": c_text.integer(dimensions, signed=True) if dimensions else None,
    }


def _functions(steps: Iterable[Step], optimize: str) -> list[str]:
    """The C of the operators that the steps need."""
    layers = matrix.weighted(steps)
    kinds = {type(step) for step in steps if not isinstance(step, Weighted)}
    texts = [matrix.functions(layers, optimize)] if layers else []
    for kind in sorted(kinds, key=lambda kind: (kind.RANK, kind.__name__)):
        context = kind.context([step for step in steps if type(step) is kind])
        texts.append(TEMPLATES.get_template(kind.template()).render(context))
    return texts


class _Places:
    """Where tensors lie, as C expressions."""

    def __init__(self, graph: Graph, plan: memory.Plan, source: str) -> None:
        """source: where the input lies."""
        self._graph = graph
        self._source = source
        self._plan = plan

    def of(self, number: int) -> tuple[list[str], str, int]:
        """A step's inputs and output, and where its workspace begins, as Step.calls takes them."""
        step = self._graph.steps[number]
        inputs = [self._place(tensor) for tensor in step.inputs]
        return inputs, self._place(step.output), self._plan.workspaces.get(number, 0)

    def _place(self, tensor: Tensor) -> str:
        if tensor.index in self._plan.offsets:
            return c_text.scratch(self._plan.offsets[tensor.index])
        return self._source if tensor.index == self._graph.input.index else "output"
