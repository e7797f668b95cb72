"""The examples of firmware: they compile, and tell the digit."""

import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tflite_to_c import host


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
