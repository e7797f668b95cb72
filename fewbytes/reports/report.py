"""The report, put together: our numbers beside the essay's, every variant in every measure, the chips."""

from fewbytes.metrics import All
from fewbytes.reports import chips, compared, essay
from fewbytes.reports.documents import Document, Part, Picture, Points, Section
from fewbytes.reports.loading import PRUNED, Inputs
from tflite_to_c.chips.boards import SPARE, Verdict

TERMS = (
    "**Int8**: weights and what flows between layers are whole numbers of 8 bits; **full integer**: input and output "
    "too. **Quantization-aware training** lets a network learn with such numbers.",
    "**Sparsity**: the share of parameters that are zero. **Pruning** makes small weights zero while it retrains.",
    "**Shared weights** (clustering): a layer's weights have a few values only. **Distillation**: a small network, the "
    "student, learns from the outputs of a large one, the teacher.",
    "**Coded**: weights written as a file of codes, with all that a decoder needs: **Huffman**-coded, as Han et al. "
    "2015 count, or **arithmetic**-coded, by a better coder.",
    "**LiteRT**: TensorFlow Lite's runtime on a computer. **TFLM**: TensorFlow Lite Micro, the same for "
    "microcontrollers; its **arena** is the RAM it works in. Both run here, TFLM with its reference kernels.",
    "**Flash**: where a microcontroller keeps code and weights. **RAM**: where it computes.",
)


def assemble(inputs: Inputs) -> Document:
    ours, variants = inputs.figures, inputs.variants
    essays = inputs.essay is not None
    sections = [
        Section("In short", [Points(_in_short(inputs))]),
        *([Section("The answer", [essay.QUESTION, Points(essay.answer(ours, inputs.repeats))])] if essays else []),
        Section("Terms", [Points(TERMS)]),
        Section(
            "Table 1: Deep Compression",
            [
                "The essay's measure: bytes of the zipped file (Keras `.h5` for baseline and pruned, `.tflite` for "
                "quantized).",
                essay.table_1(ours, inputs.essay),
            ],
        ),
        Section(
            "Table 2: Knowledge Distillation",
            [
                "The essay's measure: 8 bytes a parameter.",
                essay.table_2(ours, inputs.essay),
                *([] if essays or "student" not in ours else [f"Was it the teacher? {_verdict(inputs)}"]),
            ],
        ),
        Section(
            "All variants",
            [
                Picture("pictures/tradeoff.png", "Accuracy against size"),
                compared.table_of_variants(variants, ours),
                "Accuracy is LiteRT's, on all of the test split; ± is the 95 % margin of one measured on so many. "
                "What each weighs, every size under its own name: coded is the arithmetic code where there is one, "
                "else the Huffman code; flash is that of our generated C on a Cortex-M4, code included.",
                compared.table_of_sizes(ours),
                *([Points([f"`{name}`: {status}" for name, status in inputs.absent.items()])] if inputs.absent else []),
            ],
        ),
        Section("Compression in each measure", [compared.table_of_ratios(variants, ours)]),
        Section(
            "Deep Compression, all of it",
            [
                "The essay stops after two of its three steps: no weight is shared, nothing is Huffman-coded (Han et "
                "al. 2015). Bytes of the zipped file, then of the file of Huffman-coded weights.",
                compared.table_of_steps(ours),
            ],
        ),
        *([_searched(inputs)] if inputs.rounds else []),
        *([_coded(inputs.coded)] if inputs.coded else []),
        Section(
            "Which layers bear it",
            [
                "Accuracy on the validation split with one layer of the baseline alone compressed, without retraining.",
                *compared.tables_of_sensitivity(inputs.sensitivity),
                Picture("pictures/sensitivity.png", "Accuracy with one layer alone compressed"),
            ],
        ),
        Section(
            "Does it run on a microcontroller?",
            [
                Points(compared.runtimes(ours)),
                compared.table_of_tflm(ours),
                "The arena is the smallest that suffices on this 64-bit machine, some hundred bytes more than on a "
                "32-bit one.",
                "On an NPU, a processor for neural networks beside the microcontroller's, here an Arm Ethos-U55 with "
                "128 multiply-accumulate units at 500 MHz. These are estimates of Arm's compiler Vela, nothing ran "
                "there; of variants that are not in the table it takes no operator.",
                compared.table_of_npu(ours),
            ],
        ),
        *(_chips(inputs) if inputs.chips else []),
        *([_findings(inputs, inputs.essay)] if inputs.essay is not None else []),
        Section(
            "Pictures",
            [
                *([Picture("pictures/weights.png", "Weights before and after pruning")] if inputs.before else []),
                Picture("pictures/history.png", "Training curves"),
                Picture("pictures/confusion.png", "Confusion matrices"),
            ],
        ),
    ]
    return Document("Report", "Made by `stages/report.py` of what is in metrics/; do not edit.", sections)


def _in_short(inputs: Inputs) -> list[str]:
    said = [essay.in_short(inputs.figures, inputs.essay, inputs.rounds)]
    if inputs.chips:
        said.append(chips.takes(inputs.chips, engines(inputs)))
    return said


def _verdict(inputs: Inputs) -> str:
    examples = inputs.figures["student"]["test_images"]
    return essay.verdict(inputs.repeats, examples, essays=inputs.essay is not None)


def _findings(inputs: Inputs, theirs: All) -> Section:
    points = Points(essay.findings(inputs.figures, theirs, inputs.repeats), numbered=True)
    return Section("What the essay's numbers really measure", [points])


def _searched(inputs: Inputs) -> Section:
    return Section(
        "Searched, and all together",
        [
            "Instead of trial and error: `search` trains on in rounds that leave ever fewer weights, these held to few "
            "values and int8 throughout, the starting network the teacher, until the validation split says that the "
            "budget of accuracy is spent. `student_searched` is the essay's further research, its two methods "
            "together: teacher → student → pruned, few values, int8 → coded.",
            compared.table_of_searched(inputs.variants, inputs.figures, inputs.rounds),
            *([compared.seeds_of_searched(inputs.repeats_searched)] if len(inputs.repeats_searched) > 1 else []),
            Picture("pictures/searched.png", "Accuracy by weights left"),
        ],
    )


def _coded(coded: All) -> Section:
    totals, shares = compared.tables_of_coded(coded)
    return Section(
        "Coded weights",
        [
            "What coded weights amount to: the Huffman file, what a perfect code would take for the same symbols, and "
            "the file of an adaptive arithmetic coder, which needs no tables and uses that zeros come together "
            "(`fewbytes/coding/coded.py`).",
            totals,
            "Where the bytes of the Huffman file go, by Han's accounting: weights are indices into a codebook, gaps "
            "the zeros between them.",
            shares,
        ],
    )


def _chips(inputs: Inputs) -> list[Section]:
    found, table = inputs.chips, inputs.boards
    beside = engines(inputs)
    by_core: list[Part] = [
        chips.table_by_core(found, key, what)
        for key, what in (("flash_bytes", "flash B"), ("ram_bytes", "RAM B"), ("instructions", "instructions"))
    ]
    return [
        Section(
            "On the chip",
            [
                "Each int8 variant as C (`tflite_to_c`), compiled by zig with -Os and run on emulated cores "
                "(unicorn): first a Cortex-M4, then all.",
                chips.in_short(found, beside, inputs.quoted, table),
                chips.table_of_m4(found),
                f"{chips.agreement(found)} Flash is code, constants and library functions; RAM is variables, the "
                "deepest stack, and input and output. Instructions are executed ones, the mean over the examples. "
                "RV32EC, the core of CH32V003, has no multiplication.",
                *by_core,
            ],
        ),
        Section(
            "Where it fits",
            [
                f"Of the network alone: {Verdict.TIGHT} leaves less than {100 * SPARE:.0f} % of flash or RAM to the "
                "program around it. Sizes are those measured on the board's own core; Cortex-M0+ runs the code of "
                "Cortex-M0. `tflite-to-c boards` lists more boards.",
                chips.table_of_fits(found, table),
                chips.table_of_boards(table),
            ],
        ),
        *([_engines(inputs, beside)] if beside else []),
        Section(
            "Time and energy, estimated",
            [
                "Of an inference on a Cortex-M4: estimated cycles, and what they come to on boards of which a source "
                "says what a cycle costs.",
                chips.table_of_energy(found, table),
                Points(chips.energy_sources(table)),
                chips.ESTIMATE,
            ],
        ),
    ]


def _engines(inputs: Inputs, beside: All) -> Section:
    whose = "The baseline" if inputs.essay is None else "The essay's baseline"
    quoted = (
        ""
        if inputs.essay is None
        else f" Quoted figures were measured once, with {inputs.quoted.how}: another compiler counts other bytes."
    )
    refused = [
        f" BakeNN refuses `{name}`: {entry['refused']}."
        for name, entry in inputs.benchmark.items()
        if isinstance(entry, dict) and "refused" in entry
    ]
    return Section(
        "Against other engines",
        [
            f"{whose} in int8 on a Cortex-M4, and how many times the first line's figure each is. "
            "BakeNN (portable C, as gnu11, which it asks for) was compiled and run beside ours, in the same way."
            f"{''.join(refused)}{quoted}",
            chips.table_of_engines(beside),
            Picture("pictures/engines.png", "Flash, RAM and instructions of each engine"),
        ],
    )


def engines(inputs: Inputs) -> All:
    """The quoted figures are of the essay's baseline."""
    quoted = inputs.quoted if inputs.essay is not None else None
    sparsity = inputs.figures[PRUNED]["sparsity"] if PRUNED in inputs.figures else 0
    return chips.engines(inputs.benchmark, quoted, sparsity)
