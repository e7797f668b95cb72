"""Programs on emulated cores: the counts can be trusted, and the generated C computes the same there."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stages import deploy, emulate, export, summarize
from stages.shared import boards, cortex, dataset, frontier, metrics, tflm
from stages.shared.command import InputError
from stages.shared.cortex import DoesNotFitError, Program
from stages.shared.files import write_json
from tests.conftest import ROOT, make_digits
from tests.random_networks import network
from tests.tflite_to_c.models import pooled_network, random_inputs
from tflite_to_c import generate, host, reader

emulates = pytest.mark.skipif(not all(map(shutil.which, cortex.TOOLS)), reason=f"needs {cortex.PACKAGES}")


@pytest.fixture(autouse=True)
def _at_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def program(folder: Path, model: bytes) -> Program:
    source = generate(model, "model.tflite", "model")
    (folder / "model.h").write_text(source.header)
    (folder / "model.c").write_text(source.code)
    graph = reader.read(model, "model.tflite")
    return Program([folder / "model.c"], folder / "model.h", "model_run", graph.input.size, graph.output.size)


def handwritten(folder: Path, body: str, variables: str = "") -> Program:
    (folder / "made.h").write_text("#include <stdint.h>\nvoid made_run(const int8_t *input, int8_t *output);\n")
    function = f"void made_run(const int8_t *input, int8_t *output)\n{{\n    *output = *input;\n{body}}}\n"
    (folder / "made.c").write_text(f'#include "made.h"\n{variables}\n{function}')
    return Program([folder / "made.c"], folder / "made.h", "made_run", 1, 1)


@emulates
@pytest.mark.parametrize("core", cortex.CORES)
@pytest.mark.parametrize("rounds", [10, 5_000])
def test_instructions_are_counted(tmp_path: Path, core: str, rounds: int) -> None:
    loop = ".syntax unified\\n 1: subs %0, #1\\n bne 1b"
    body = f'    uint32_t n = {rounds};\n    __asm__ volatile("{loop}" : "+l"(n) : : "cc");\n'
    inputs = np.arange(20, dtype=np.int8).reshape(20, 1)
    measured = cortex.measure(handwritten(tmp_path, body), core, inputs)
    assert np.abs(measured.instructions - 2 * rounds).max() <= 8  # the call and the copy beside the loop
    assert (measured.outputs == inputs).all()


@emulates
def test_more_than_the_timer_can_count_is_an_error_and_no_small_number(tmp_path: Path) -> None:
    loop = ".syntax unified\\n 1: subs %0, #1\\n bne 1b"
    body = f'    uint32_t n = 20000000;\n    __asm__ volatile("{loop}" : "+l"(n) : : "cc");\n'
    with pytest.raises(InputError, match="made_run on cortex-m4: takes more than the 16,777,216 ticks its timer can"):
        cortex.measure(handwritten(tmp_path, body), "cortex-m4", np.zeros((1, 1), np.int8))


@emulates
def test_flash_and_ram_are_counted(tmp_path: Path) -> None:
    empty = cortex.measure(handwritten(tmp_path, ""), "cortex-m4", np.zeros((1, 1), np.int8))
    tables = "static const uint8_t table_values[500] = {1};\nstatic uint8_t kept[300];\n"
    body = "    volatile uint8_t stack[1000];\n    for (int i = 0; i < 1000; i++)\n"
    body += "        stack[i] = table_values[i / 2];\n"
    body += "    kept[*input & 7] = stack[9];\n    *output = (int8_t)kept[3];\n"
    full = cortex.measure(handwritten(tmp_path, body, tables), "cortex-m4", np.zeros((1, 1), np.int8))
    assert empty.weight_bytes == 0
    assert full.weight_bytes == 500
    assert 500 < full.flash_bytes - empty.flash_bytes < 620
    assert 1000 <= full.stack_bytes < 1060
    assert full.ram_bytes == full.stack_bytes + 300 + 2


@emulates
@pytest.mark.skipif(not tflm.available(), reason=tflm.ABSENT)
@pytest.mark.parametrize("core", cortex.CORES)
def test_the_essays_architecture_computes_the_same_on_every_core(tmp_path: Path, core: str) -> None:
    model = pooled_network()
    inputs = random_inputs(model, 50)
    runs = [cortex.measure(program(tmp_path, model), core, inputs) for _ in range(2)]
    np.testing.assert_array_equal(runs[0].outputs, tflm.Interpreter(model).scores(inputs))
    np.testing.assert_array_equal(runs[0].instructions, runs[1].instructions)
    assert runs[0].weight_bytes < runs[0].flash_bytes < 4_000


@emulates
@pytest.mark.skipif(not tflm.available(), reason=tflm.ABSENT)
@pytest.mark.parametrize("seed", range(15))
def test_random_networks_compute_the_same_with_dual_multiplication(seed: int, tmp_path: Path) -> None:
    model = network(seed)
    inputs = random_inputs(model, 20)
    measured = cortex.measure(program(tmp_path, model), "cortex-m4", inputs)
    np.testing.assert_array_equal(measured.outputs, tflm.Interpreter(model).scores(inputs))


@emulates
def test_a_program_larger_than_the_board_is_a_finding(tmp_path: Path) -> None:
    large = handwritten(tmp_path, "    kept[*input & 7] = 1;\n", "static volatile uint8_t kept[20000];\n")
    with pytest.raises(DoesNotFitError, match="larger than 262,144 B of flash, 16,384 B of RAM"):
        cortex.measure(large, "cortex-m0", np.zeros((1, 1), np.int8))


@emulates
def test_what_does_not_compile_or_crashes_ends_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"arm-none-eabi-gcc: .*error: .*nonsense"):
        cortex.measure(handwritten(tmp_path, "    nonsense();\n"), "cortex-m4", np.zeros((1, 1), np.int8))
    crash = "    *(volatile uint32_t *)0xF0000000u = 1;\n"
    with pytest.raises(InputError, match="the program failed in QEMU on cortex-m4"):
        cortex.measure(handwritten(tmp_path, crash), "cortex-m4", np.zeros((1, 1), np.int8))


def test_missing_tools_are_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match=r"qemu-system-arm not found: `apt-get install .* gcc-arm-none-eabi") as raised:
        cortex.require_tools()
    assert "\n" not in str(raised.value)
    with pytest.raises(InputError, match="no C compiler: install gcc"):
        host.outputs(Path(), "model", np.zeros((1, 1), np.int8))


@emulates
def test_a_point_of_the_frontier_is_put_on_a_chip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree("frontier/models", tmp_path / "frontier" / "models")
    shutil.copytree(cortex.HARNESS, tmp_path / cortex.HARNESS)
    shutil.copy("params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    write_json(frontier.metrics_path("400B"), {"seed": 2})
    some = make_digits(20, seed=5)
    dataset.save(some, some, some)
    monkeypatch.setattr(sys, "argv", ["deploy", "400B"])
    deploy.main()
    code = Path("frontier/c/400B/model_400b.c").read_text()
    assert code == (ROOT / "frontier/c/400B/model_400b.c").read_text()
    figures, committed = metrics.load(frontier.chip_path("400B")), metrics.load(ROOT / frontier.chip_path("400B"))
    assert figures.keys() == committed.keys()
    for key in ("weight_bytes", "flash_bytes", "instructions"):  # other compilers make other code
        assert figures[key] == pytest.approx(committed[key], rel=0.2)


def test_an_image_counts_as_unlike_where_any_output_differs() -> None:
    reference = np.arange(30, dtype=np.int8).reshape(3, 10)
    ours = reference[:2].copy()
    assert emulate.agreement(ours, reference) == {"images": 2, "unlike_tflm_images": 0}
    ours[1, 4:6] += 1
    assert emulate.agreement(ours, reference)["unlike_tflm_images"] == 1
    assert "not known" in emulate.agreement(ours, reference[:0])["unlike_tflm_images"]


def test_a_board_fits_by_its_own_cores_code() -> None:
    table = boards.load()
    figures = {
        "cortex_m0": {"flash_bytes": 16 * 1024, "ram_bytes": 2 * 1024},
        "cortex_m4": {"flash_bytes": 600_000, "ram_bytes": 1},
    }
    fits = emulate.fitting(figures, table)
    assert fits["STM32L011K4"] == fits["RP2040"] == "yes"
    assert fits["nRF52832"] == "no"
    figures["cortex_m0"]["ram_bytes"] += 1
    assert emulate.fitting(figures, table)["STM32L011K4"] == "no"
    figures["cortex_m0"] = {"fits": "no: larger"}  # type: ignore[dict-item]
    assert emulate.fitting(figures, table)["RP2040"] == "no"


def test_energy_is_a_range() -> None:
    table = boards.load()
    found = emulate.energy_uj(1_000_000, table)
    assert found == {"low": 323.0, "high": 547.5}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ram_kb: 64", "ram_kb: -1", r"boards\.nRF52832\.ram_kb: input should be greater than 0"),
        ("cortex-m4", "cortex-m7", r"boards\.nRF52832\.build: input should be 'cortex-m0' or 'cortex-m4'"),
        ("boards:", "bords:", "boards: field required"),
        ("boards:", "{", "not valid YAML"),
    ],
)
def test_a_wrong_table_of_boards_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = boards.PATH.read_text()
    (tmp_path / "boards.yaml").write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=message) as raised:
        boards.load(tmp_path / "boards.yaml")
    assert "\n" not in str(raised.value)


def test_the_report_shows_a_variant_that_is_too_large() -> None:
    core = {"flash_bytes": 5, "weight_bytes": 4, "ram_bytes": 3, "stack_bytes": 2, "instructions": 1_000}
    found = {"student": {"cortex_m4": core | {"images": 10, "unlike_tflm_images": 1}, "cortex_m0": {"fits": "no: big"}}}
    rows = summarize.table_of_chips(found, {"student": {"accuracy": 0.9}}).set_index("core")
    assert rows.loc["Cortex-M4", "images same as TFLM"] == "9 of 10"
    assert rows.loc["Cortex-M0", "images same as TFLM"] == "no: big"


@pytest.mark.skipif(host.compiler() is None, reason="needs a C compiler")
def test_the_examples_compile_and_tell_the_digit(tmp_path: Path) -> None:
    """With stand-ins for the few functions of Zephyr and Arduino that they call."""
    zephyr, digit = tmp_path / "zephyr" / "sys", ROOT / "firmware" / "examples" / "digit"
    zephyr.mkdir(parents=True)
    (zephyr.parent / "kernel.h").write_text("#include <stdint.h>\nstatic uint32_t k_cycle_get_32(void) { return 0; }\n")
    (zephyr / "printk.h").write_text("#include <stdio.h>\n#define printk printf\n")
    (tmp_path / "Arduino.h").write_text(
        "#include <stdio.h>\n#include <stdlib.h>\nstatic unsigned long micros() { return 0; }\n"
        "static void delay(int) { exit(0); }\n"
        'static struct { void begin(int) {} void print(const char *s) { printf("%s", s); }\n'
        'void print(long n) { printf("%ld", n); } void println(const char *s) { puts(s); } } Serial;\n'
    )
    (tmp_path / "run.cpp").write_text('#include "main.cpp"\nint main() { setup(); loop(); }\n')
    compiler = host.compiler()
    assert compiler
    examples = digit.parent
    include = [f"-I{tmp_path}", f"-I{digit}", f"-I{examples / 'platformio' / 'src'}"]
    subprocess.run([compiler, "-c", str(digit / "clustered_quantized.c"), "-o", str(tmp_path / "q.o")], check=True)
    for source in (examples / "zephyr" / "src" / "main.c", tmp_path / "run.cpp"):
        built = [compiler, *include, str(source), str(tmp_path / "q.o"), "-lstdc++", "-o", str(tmp_path / "run")]
        subprocess.run(built, check=True)
        said = subprocess.run([tmp_path / "run"], capture_output=True, text=True, check=True).stdout
        assert said.startswith("digit 7, right, ")


def test_the_sample_is_the_first_test_image() -> None:
    text = (ROOT / "firmware" / "examples" / "digit" / "sample.h").read_text()
    assert "#define SAMPLE_DIGIT 7\n" in text
    assert "static const int8_t sample_image[784]" in text
    assert export.HEADER.splitlines()[1] in text
