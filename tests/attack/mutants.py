"""Damaged .tflite files: bytes and numbers overwritten, tensors swapped, cut short. Refused in one line, or right C."""

import random
import re
import struct
import sys
import time

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from fewbytes.command import InputError
from tests.attack.compare import AT_ONCE, Case, compare, reference
from tests.attack.outcome import Outcome
from tests.random_networks import network
from tflite_to_c.generator import generate

ORIGINALS = 50  # random networks that are damaged in turn
SECONDS = 5  # that an answer may take


def mutate(model: bytes, chance: random.Random) -> bytes:
    """`model` with a few bytes or numbers overwritten, its tensors connected otherwise, or cut short."""
    content = bytearray(model)
    match chance.choice(["bytes", "bytes", "number", "number", "tensors", "tensors", "cut"]):
        case "bytes":
            for _ in range(chance.randint(1, 4)):
                content[chance.randrange(len(content))] = chance.randrange(256)
        case "number":
            value = chance.choice([0, 1, 2, 3, 7, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, chance.getrandbits(32)])
            struct.pack_into("<I", content, 4 * chance.randrange(len(content) // 4), value)
        case "tensors":
            return _reconnected(model, chance)
        case _:
            del content[chance.randrange(len(content)) :]
    return bytes(content)


def _reconnected(model: bytes, chance: random.Random) -> bytes:
    """`model` with another output, an operator that reads or writes another tensor, or a tensor of another shape."""
    root = schema.ModelT.InitFromPackedBuf(model, 0)
    graph = root.subgraphs[0]
    operator, tensor = chance.choice(graph.operators), chance.randrange(len(graph.tensors))
    match chance.choice(["output", "output", "input", "reads", "writes", "shape", "order"]):
        case "output":
            graph.outputs = [tensor]
        case "input":
            graph.inputs = [tensor]
        case "reads":
            operator.inputs = list(operator.inputs)
            operator.inputs[chance.randrange(len(operator.inputs))] = tensor
        case "writes":
            operator.outputs = [tensor]
        case "shape":
            sides = [int(side) for side in graph.tensors[tensor].shape]
            graph.tensors[tensor].shape = chance.sample(sides, len(sides))
        case _:
            chance.shuffle(graph.operators)
    builder = flatbuffers.Builder()
    builder.Finish(root.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def attack(count: int, seed: int) -> Outcome:
    """`count` mutants. Each must be refused in one line, or give what TensorFlow Lite Micro gives where it runs it."""
    outcome, chance = Outcome(), random.Random(seed)
    originals = [network(chance.getrandbits(32)) for _ in range(ORIGINALS)]
    waiting: list[Case] = []
    with reference() as engine:
        for number in range(count):
            case = _case(number, mutate(originals[number % ORIGINALS], chance), outcome)
            if case:
                waiting.append(case)
            if len(waiting) == AT_ONCE or number == count - 1:
                compare(waiting, engine, outcome)
                waiting.clear()
                sys.stderr.write(f"\r{number + 1:,} of {count:,}, {len(outcome.failures)} failed ")
    sys.stderr.write("\n")
    return outcome


def _case(number: int, mutant: bytes, outcome: Outcome) -> Case | None:
    outcome.counts["mutants"] += 1
    started = time.monotonic()
    try:
        source = generate(mutant, "here", "model")
    except InputError as error:
        outcome.counts["refused in one line"] += 1
        if not re.fullmatch("here: .{10,600}", str(error)) or "fault of the generator" in str(error):
            outcome.fail(f"mutant {number}: {error}")
        return None
    except Exception as error:  # a traceback for a user
        outcome.fail(f"mutant {number}: {error!r}")
        return None
    if time.monotonic() - started > SECONDS:
        outcome.fail(f"mutant {number}: took over {SECONDS} s")
    return Case(f"mutant {number}", mutant, source)
