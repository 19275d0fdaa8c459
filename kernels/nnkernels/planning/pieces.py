"""A step of a program in several calls, so that whoever waits for a large network can give it up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from nnkernels import machine
from nnkernels.program import Layout, Program

# A program of fewer bytes is done before anybody could press a button.
LARGE_BYTES = 4_000_000
# Floating-point operations of one instruction, and of a call that cannot be cut, at the most: some tenths of
# a second of one core.
MOST_OPERATIONS = 5e9
# Up to so many samples are one chunk of the engine, which does one instruction after another on all of them.
ONE_CHUNK = 16


def samples_at_once(layout: Layout, most: int, goes_back: bool = False) -> int:
    """How many samples should go through a network together, so that no piece takes long: ``most``, or fewer
    in a large network. It depends on the network alone, so that results do, too.
    """
    each = [node.layer.flops(node.options, node.input_shapes) for node in layout.nodes.values()]
    # A way back costs about twice the way forth, and is instructions of its own.
    largest = max(each, default=0) * (2 if goes_back else 1)
    if largest * most <= MOST_OPERATIONS and (most <= ONE_CHUNK or sum(each) * most <= MOST_OPERATIONS):
        return most
    return int(np.clip(MOST_OPERATIONS / max(largest, 1), 1, min(most, ONE_CHUNK)))


def is_large(program: Program) -> bool:
    """Whether it is worth while to cut a step of a program, and can be done: not on a graphics card."""
    weights = program.layout.parameter_count * program.dtype.itemsize
    # Of one sample's values, and of the weights that all are multiplied by.
    touched = program.acts.nbytes // program.micro_batch + weights
    return type(program) is Program and touched >= LARGE_BYTES


def pieces(program: Program, threads: int) -> list[Callable[[], None]]:
    """The calls into the engine that make one step of a program together.

    Each of them does an instruction, and together they give the very same bits as the step in one call. A
    group of instructions is cut where each thread has a single chunk of samples: memory that belongs to a
    thread may hold what the next instruction needs of that chunk. A batch in micro-batches is not cut.
    """
    # Checks the state, and writes down how many samples the pass has.
    program.run(0, threads)
    state = program.state
    first, steps, total = program.visited, program.steps, int(state[machine.TOTAL])
    count = min(program.batch, total - first)
    if not 0 < count <= program.micro_batch:
        return [lambda: _run_whole(program, threads)]
    # Each instruction is a run of its own, whatever strips its neighbours take.
    code = program.code.reshape(-1, machine.CODE_WIDTH).copy()
    code[:, machine.END] = np.arange(1, len(code) + 1)
    buffers = [program.acts, program.grads, program.params, program.work]
    addresses = [machine.address_of(array) for array in (program.args, *buffers)]
    table, loop = code.ravel(), machine.run()

    def call(groups: np.ndarray) -> Callable[[], None]:
        def go() -> None:
            state[machine.CURSOR], state[machine.STEP] = first, steps
            loop(
                table, groups, addresses[0], state, *addresses[1:], total, program.batch,
                program.micro_batch, 1, threads,
            )  # fmt: skip

        return go

    return [call(group) for row in program.groups for group in _cut(row, count, threads)]


def _run_whole(program: Program, threads: int) -> None:
    program.run(1, threads)


def _cut(row: np.ndarray, count: int, threads: int) -> Iterator[np.ndarray]:
    """A group of the table, as tables of one group each: an instruction, or all where they stay together."""
    end = row[machine.PER_SAMPLE] * count + row[machine.FIXED]
    chunks = -(-int(end - row[machine.START]) // max(int(row[machine.CHUNK]), 1))
    lanes = min(threads, chunks) if row[machine.PARALLEL] == 1 else 1
    if chunks > lanes:
        yield row[None].copy()
        return
    for at in range(int(row[machine.FIRST]), int(row[machine.LAST])):
        one = row[None].copy()
        one[0, machine.FIRST], one[0, machine.LAST] = at, at + 1
        yield one
