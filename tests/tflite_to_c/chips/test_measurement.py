"""Programs on emulated cores: counts and sizes can be trusted, and generated C computes the same there."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.flatbuffer import Model
from tests.random_networks import network
from tests.tflite_to_c.chips.programs import (
    ONE,
    assembly,
    emulates,
    generated,
    handwritten,
    loop,
    program_of,
    random_inputs,
)
from tests.tflite_to_c.models import every_source
from tests.tflite_to_c.recurrent import classifier
from tflite_to_c import reader
from tflite_to_c.chips import CORES, compiler, emulator, measure, measurement
from tflite_to_c.chips.elf import FUNCTION
from tflite_to_c.chips.reference import reference, tflm_outputs
from tflite_to_c.errors import InputError

pytestmark = emulates
A_ROUND = {"cortex-m0": 4, "cortex-m0plus": 3, "cortex-m3": 4, "cortex-m4": 4}  # cycles of subs and a taken bne


@pytest.mark.parametrize("core", CORES)
def test_instructions_and_cycles_of_a_loop_are_counted(tmp_path: Path, core: str) -> None:
    inputs = np.arange(4, dtype=np.int8).reshape(4, 1)
    few, many = (measure(handwritten(tmp_path, loop(core, rounds)), core, inputs) for rounds in (3_000, 5_000))
    assert few.instructions.shape == (4,)
    assert (many.instructions - few.instructions).tolist() == [2 * 2_000] * 4
    assert few.instructions.max() <= 2 * 3_000 + 8  # the copy beside the loop and the return
    assert (few.outputs == inputs).all()
    if core in A_ROUND:
        assert few.cycles is not None
        assert many.cycles is not None
        assert (many.cycles - few.cycles).tolist() == [A_ROUND[core] * 2_000] * 4
        assert (
            few.figures().keys() - {"estimated_cycles"}
            == measure(handwritten(tmp_path, ""), "cortex-m33", inputs).figures().keys()
        )
    else:
        assert few.cycles is None


@pytest.mark.parametrize(
    ("core", "cycles"),
    [
        ("cortex-m0", 7),
        ("cortex-m0plus", 6),
        ("cortex-m3", 6),
        ("cortex-m4", 6),
        ("cortex-m33", None),
        ("rv32ec", None),
    ],
)
def test_every_call_counts_all_from_the_first_instruction_to_the_return(
    tmp_path: Path, core: str, cycles: int | None
) -> None:
    measured = measure(handwritten(tmp_path, ""), core, np.zeros((3, 1), np.int8))
    assert measured.instructions.tolist() == [3, 3, 3]  # load, store, return
    assert (None if measured.cycles is None else measured.cycles.tolist()) == (cycles and [cycles] * 3)


@pytest.mark.parametrize(
    ("text", "cycles"),  # on Cortex-M0, M0+, M3 and M4, as the manuals have it
    [
        ("movs r2, #1; adds r2, #1", (2, 2, 2, 2)),
        ("movs r2, #3; muls r2, r2, r2", (2, 2, 2, 2)),
        ("ldr r2, [sp]", (2, 2, 2, 2)),
        ("ldr r2, [sp]; ldr r3, [sp, #4]", (4, 4, 3, 3)),
        ("mov r3, sp; ldr r2, [r3]", (3, 3, 4, 4)),  # an address just computed
        ("mov r3, sp; nop; ldr r2, [r3]; ldr r4, [r3]; ldr r2, [r3]", (8, 8, 6, 6)),
        ("push {r2, r3}; pop {r2, r3}", (6, 6, 6, 6)),
        ("sub sp, #8; nop; str r2, [sp]; add sp, #8", (5, 5, 4, 4)),
        ("b 1f; nop; 1:", (3, 2, 3, 3)),
        ("cmp r2, r2; bne 1f; 1:", (2, 2, 2, 2)),
        ("cmp r2, r2; beq 1f; nop; 1:", (4, 3, 4, 4)),
        ("bl 1f; b 2f; 1: bx lr; 2:", (10, 7, 9, 9)),
        ("smull r2, r3, r2, r3", (None, None, 4, 1)),
        ("mla r2, r3, r2, r3", (None, None, 2, 1)),
        ("sdiv r2, r3, r3", (None, None, 7, 7)),
        ("smlabb r2, r3, r2, r3", (None, None, None, 1)),
    ],
)
def test_cycles_are_those_of_the_manuals(tmp_path: Path, text: str, cycles: tuple[int | None, ...]) -> None:
    keep, drop = "push {r3, r4, r5, lr}; nop", "nop; pop {r3, r4, r5}; pop {r2}; mov lr, r2"  # lr, for bl
    for core, wanted in zip(A_ROUND, cycles, strict=True):
        if wanted is None:
            continue
        without = measure(handwritten(tmp_path, assembly(f"{keep}; {drop}")), core, ONE)
        taken = measure(handwritten(tmp_path, assembly(f"{keep}; {text}; {drop}")), core, ONE)
        assert taken.cycles is not None
        assert without.cycles is not None
        assert taken.cycles[0] - without.cycles[0] == wanted, core


@pytest.mark.parametrize("core", CORES)
def test_flash_ram_and_stack_are_counted(tmp_path: Path, core: str) -> None:
    empty = measure(handwritten(tmp_path, ""), core, ONE)
    tables = "static const uint8_t table_values[500] = {1};\nstatic uint8_t kept[300];\nvoid unused(void);\n"
    tables += "void unused(void) { for (int i = 0; i < 300; i++) kept[i] *= 3; }\n"
    body = "    volatile uint8_t stack[1000];\n    for (int i = 0; i < 1000; i++)\n"
    body += "        stack[i] = table_values[i / 2];\n"
    body += "    kept[*input & 7] = stack[9];\n    *output = (int8_t)kept[3];\n"
    full = measure(handwritten(tmp_path, body, tables), core, ONE)
    assert empty.weight_bytes == 0
    assert empty.ram_bytes == empty.stack_bytes + 2
    assert empty.stack_bytes <= 8
    assert full.weight_bytes == 500
    assert 500 < full.flash_bytes - empty.flash_bytes < 620
    assert 1000 <= full.stack_bytes < 1060
    assert full.ram_bytes == full.stack_bytes + 300 + 2


@pytest.mark.parametrize("core", CORES)
def test_variables_that_start_with_something_take_flash_and_ram(tmp_path: Path, core: str) -> None:
    body = "    for (int i = 0; i < 400; i++)\n        *output = (int8_t)(*output + kept[i]++);\n"
    zero, one = (
        measure(
            handwritten(tmp_path, body, f"static int8_t kept[400] = {{{first}}};\n"), core, np.zeros((2, 1), np.int8)
        )
        for first in (0, 1)
    )
    assert one.flash_bytes - zero.flash_bytes == 400
    assert one.ram_bytes == zero.ram_bytes
    assert zero.outputs.ravel().tolist() == [0, 400 - 256 - 256]  # variables keep what a call leaves in them
    assert one.outputs.ravel().tolist() == [1, 401 - 512]


@pytest.mark.parametrize("core", CORES)
def test_an_array_on_the_stack_counts_whether_written_to_or_not(tmp_path: Path, core: str) -> None:
    body = "    volatile uint8_t stack[1000];\n    stack[996 + (*input & 3)] = 1;\n"
    body += "    *output = (int8_t)stack[996 + (*input & 2)];\n"
    assert 1000 <= measure(handwritten(tmp_path, body), core, ONE).stack_bytes < 1060


LARGE, SMALL = "static volatile int64_t kept = 700;\n", "static volatile int32_t kept = 700;\n"
FILL = """\
    __builtin_memset(many, *output, sizeof many);
    __asm__ volatile("" : : "r"(many) : "memory");
    *output = (int8_t)(many[*input + 7] + 7);
"""


@pytest.mark.parametrize(
    ("variable", "body", "output", "called"),
    [
        (LARGE, "    *output = (int8_t)(kept * kept >> 10);\n", -34, ("__aeabi_lmul", None, "__muldi3")),
        (SMALL, "    *output = (int8_t)(kept * kept >> 10);\n", -34, (None, None, "__mulsi3")),
        (
            LARGE,
            "    *output = (int8_t)(kept / (*input + 100));\n",
            7,
            ("__aeabi_ldivmod", "__aeabi_ldivmod", "__divdi3"),
        ),
        (SMALL, "    *output = (int8_t)(kept / (*input + 100));\n", 7, ("__aeabi_idiv", None, "__divsi3")),
        ("static int8_t many[300];\n", FILL, 7, ("memset", "memset", "memset")),
    ],
)
def test_library_functions_count_where_they_are_called(
    tmp_path: Path, variable: str, body: str, output: int, called: tuple[str | None, ...]
) -> None:
    program = handwritten(tmp_path, body, variable)
    for core, wanted in zip(("cortex-m0", "cortex-m4", "rv32ec"), called, strict=True):
        functions = {each.name: each.length for each in compiler.build(program, core).symbols if each.kind == FUNCTION}
        library = [name for name in functions if wanted and wanted in name]
        assert bool(library) == bool(wanted), functions
        measured = measure(program, core, ONE)
        assert measured.outputs.tolist() == [[output]]
        own = functions["made_run"]
        assert measured.flash_bytes >= own + sum(functions[name] for name in library[:1]), "library functions count"
        assert measured.flash_bytes < 200 if wanted is None else measured.flash_bytes > own + 10


@pytest.mark.skipif(find_spec("tflite_micro") is None, reason="needs tflite-micro")
@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m4", "cortex-m33", "rv32ec"])
@pytest.mark.parametrize("seed", range(1, 7))
def test_random_networks_compute_the_same_on_every_core(seed: int, core: str, tmp_path: Path) -> None:
    model = network(seed)
    graph = reader.read(model, "here")
    ends = graph.input.size, graph.output.size
    inputs = np.random.default_rng(1).integers(-128, 128, (8, ends[0]), np.int8)
    wanted = tflm_outputs(model, inputs)
    assert wanted is not None
    for source, options in {source: options for options, source in every_source(model).items()}.items():
        program = program_of(tmp_path, source, ends, in_place=options.in_place)
        for optimize in ("Os", "O2"):
            measured = measure(program._replace(optimize=optimize), core, inputs, counted=1)
            np.testing.assert_array_equal(measured.outputs, wanted)


@pytest.mark.skipif(find_spec("tflite_micro") is None, reason="needs tflite-micro")
@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m4", "cortex-m33", "rv32ec"])
@pytest.mark.parametrize("zeros", [0, 0.8])
def test_recurrent_networks_compute_the_same_on_every_core(zeros: float, core: str, tmp_path: Path) -> None:
    model = classifier(7, [9, 5], 6, 11, zeros=zeros)
    program = generated(tmp_path, model)
    inputs = random_inputs(program, 8)
    for optimize in ("Os", "O2"):
        measured = measure(program._replace(optimize=optimize), core, inputs, counted=1)
        np.testing.assert_array_equal(measured.outputs, tflm_outputs(model, inputs))


@pytest.mark.skipif(find_spec("tflite_micro") is None, reason="needs tflite-micro")
@pytest.mark.parametrize("kind", ["FLOAT32", "UINT8"])
def test_a_model_with_other_ends_is_compared_by_what_int8_stands_for(kind: str, tmp_path: Path) -> None:
    made, shape = Model(), (1, 250)
    type_ = getattr(schema.TensorType, kind)
    scales = (None, None) if kind == "FLOAT32" else (0.1, 0.05)
    source = made.tensor(shape, scales[0], 131, type_=type_)
    inside = made.operator("QUANTIZE", [source], made.tensor(shape, 0.1, 3))
    inside = made.operator("RELU", [inside], made.tensor(shape, 0.05, -7))
    ended = "DEQUANTIZE" if kind == "FLOAT32" else "QUANTIZE"
    model = made.finish(source, made.operator(ended, [inside], made.tensor(shape, scales[1], 121, type_=type_)))
    program = generated(tmp_path, model)
    inputs = random_inputs(program, 20)
    wanted = reference(model, inputs)
    assert wanted.name == "tflm"
    np.testing.assert_array_equal(measure(program, "cortex-m4", inputs).outputs, wanted.outputs)


def test_without_tflm_numpy_is_what_outputs_are_compared_with(tmp_path: Path) -> None:
    model = network(5)
    program = generated(tmp_path, model)
    inputs = random_inputs(program, 250)
    with mock.patch("tflite_to_c.chips.reference.find_spec", return_value=None):
        wanted = reference(model, inputs)
    assert wanted.name == "numpy"
    measured = measure(program, "cortex-m4", inputs, counted=1).outputs
    assert wanted.unlike(measured) == 0
    measured = measured.copy()
    measured[249, 0] ^= 1
    assert (wanted.unlike(measured), wanted.unlike(measured[:100])) == (1, 0)


def test_only_some_inputs_are_counted_and_all_are_run(tmp_path: Path) -> None:
    inputs = np.arange(100, dtype=np.int8).reshape(100, 1)
    measured = measure(handwritten(tmp_path, ""), "cortex-m4", inputs, counted=7)
    assert measured.instructions.shape == (7,)
    np.testing.assert_array_equal(measured.outputs, inputs)


@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m4", "cortex-m33", "rv32ec"])
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("    nonsense();\n", r"zig cc: .*made\.c:\d+:\d+: error: .*nonsense"),
        ("    int unused;\n", r"zig cc: .*made\.c:\d+:\d+: error: unused variable"),
        (
            "    *(volatile uint32_t *)0xF0000000u = 1;\n",
            "made_run on .*: writes to 0xf0000000, which is not its memory, in",
        ),
        (
            "    *output = *(volatile int8_t *)4u;\n",
            "made_run on .*: reads from 0x00000004, which is not its memory, in",
        ),
        (
            "    *(volatile uint8_t *)0x08000000u = 1;\n",
            "made_run on .*: writes to 0x08000000, which is not its memory, in",
        ),
        (
            "    ((void (*)(void))0x60000001u)();\n    *output = 1;\n",
            "made_run on .*: jumps to 0x6000000|made_run on .*crashed",
        ),
        ("    *output = deep(output, 1000000);\n", "made_run on .*: the stack grows beyond 1,048,576 B in deep"),
        (
            "    for (;;)\n        *(volatile int8_t *)output = 1;\n",
            "made_run on .*: still ran after 0.5 s, in made_run",
        ),
        ("    __builtin_trap();\n", "made_run on .*: crashed in "),  # RISC-V's counter stands behind the function
    ],
)
def test_what_does_not_compile_or_crashes_ends_in_one_line(tmp_path: Path, core: str, body: str, message: str) -> None:
    deep = "static int8_t deep(volatile int8_t *above, int n)\n{\n    volatile int8_t here[64];\n"
    deep += "    here[0] = *above;\n    return (int8_t)(n ? deep(here, n - 1) + here[0] : *above);\n}\n"
    program = handwritten(tmp_path, body, deep if "deep" in body else "")
    with pytest.raises(InputError, match=message) as raised:
        measure(program, core, ONE, seconds=0.5)
    assert "\n" not in str(raised.value)


def test_wrong_requests_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = handwritten(tmp_path, "")
    with pytest.raises(InputError, match="cortex-m9: no core known by that name; cortex-m0, "):
        measure(program, "cortex-m9", ONE)
    with pytest.raises(InputError, match="O9: not an optimization known here; Os, O2 are"):
        measure(program._replace(optimize="O9"), "cortex-m4", ONE)
    wrongs: list[Any] = [np.zeros((1, 2), np.int8), np.zeros((0, 1), np.int8), np.zeros((1, 1), np.uint8)]
    for wrong in wrongs:
        with pytest.raises(InputError, match=r"made_run takes an int8 array \(n, 1\) of one input or more"):
            measure(program, "cortex-m4", wrong)
    monkeypatch.setattr(measurement, "find_spec", lambda name: None if name == "unicorn" else name)
    with pytest.raises(InputError, match="not installed: unicorn; `pip install unicorn`"):
        measure(program, "cortex-m4", ONE)


def test_nothing_is_left_beside_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    program = handwritten(tmp_path, "")
    before = sorted(tmp_path.rglob("*"))
    compiler.build(program, "cortex-m4")
    assert sorted(tmp_path.rglob("*")) == before


@emulates
def test_a_table_that_is_nearly_full_still_counts_and_a_full_one_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = generated(tmp_path, network(3))
    inputs = random_inputs(program, 1)
    expected = measure(program, "cortex-m4", inputs)
    with mock.patch.object(emulator, "MOST_EDGES", 64):
        found = measure(program, "cortex-m4", inputs)
    assert (found.instructions == expected.instructions).all()
    monkeypatch.setattr(emulator, "MOST_EDGES", 4)
    with pytest.raises(InputError, match=r"on cortex-m4: its blocks follow one another in more than 4 ways"):
        measure(program, "cortex-m4", inputs)


@emulates
def test_the_hooks_are_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = tmp_path / "hook.c"
    source.write_text("int one(void) { return 1; }\n")
    library = compiler.shared_library(source)
    before = library.stat().st_mtime_ns
    assert compiler.shared_library(source) == library
    assert library.stat().st_mtime_ns == before
    source.write_text("int two(void) { return 2; }\n")
    assert compiler.shared_library(source) != library
