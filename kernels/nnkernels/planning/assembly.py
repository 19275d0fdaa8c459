"""From a step's instructions to the tables that the machine walks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nnkernels import machine
from nnkernels.planning.lowering import Emitter, Instruction, Lanes, Sweep, Table
from nnkernels.planning.micro_batches import Cut

if TYPE_CHECKING:
    from nnkernels.planning.hardware import Hardware

# What a strip of samples touches should stay in the second cache.
STRIP_BYTES = 200_000

Item = Instruction | Sweep


@dataclass(frozen=True)
class Tables:
    """The instruction table, the group table and the argument buffer; see `machine`.

    ``addresses`` are the indices of the arguments that are addresses of tables in the argument buffer.
    """

    code: np.ndarray
    groups: np.ndarray
    args: np.ndarray
    addresses: np.ndarray


def assemble(
    items: list[Item],
    emitter: Emitter,
    cut: Cut,
    dtype: np.dtype,
    buffers: Mapping[int, int],
    hardware: Hardware,
) -> Tables:
    """Instructions that follow one another over the same range of samples become a group.

    ``buffers`` says where each buffer lies.
    """
    instructions: list[Instruction] = []
    groups: list[tuple[int, ...]] = []
    for item in items:
        at = len(instructions)
        if isinstance(item, Sweep):
            mode = hardware.mode(item.instruction.kernel, item.parallel)
            span = (0, item.start, item.extent, hardware.piece(item), mode, int(item.once))
            groups.append((at, at + 1, *span))
            instructions.append(item.instruction)
            continue
        over_batch = (1, 0, 0, cut.chunk, hardware.mode(item.kernel, cut.parallel), 0)
        if groups and groups[-1][1:] == (at, *over_batch) and not hardware.is_alone(item.kernel):
            # The same chunk of samples goes on to the next instruction.
            groups[-1] = (groups[-1][0], at + 1, *over_batch)
        else:
            groups.append((at, at + 1, *over_batch))
        instructions.append(item)
    starts = np.cumsum([0] + [len(i.args) for i in instructions])
    args = np.zeros(starts[-1] + emitter.table_size, np.int64)
    if emitter.tables:
        args[starts[-1] :] = np.concatenate(emitter.tables)
    tables, alone = args.ctypes.data + int(starts[-1]) * 8, _alone(instructions, groups)
    for start, instruction in zip(starts, instructions, strict=False):
        args[start : start + len(instruction.args)] = instruction.resolved(tables, alone, buffers)
    code = _code(instructions, starts[:-1] * 8, groups, dtype, hardware)
    numbered = enumerate(a for instruction in instructions for a in instruction.args)
    addresses = np.array([at for at, a in numbered if isinstance(a, Table)], np.int64)
    return Tables(code, np.array(groups, np.int64), args, addresses)


def _alone(instructions: list[Instruction], groups: list[tuple[int, ...]]) -> set[int]:
    """Numbers of the `Lanes` whose instructions all stand in one group."""
    users: dict[int, set[int]] = {}
    for number, (first, last, *_) in enumerate(groups):
        for instruction in instructions[first:last]:
            for a in instruction.args:
                if isinstance(a, Lanes):
                    users.setdefault(int(a), set()).add(number)
    return {lanes for lanes, where in users.items() if len(where) == 1}


def _code(
    instructions: list[Instruction], offsets: np.ndarray, groups: list[tuple[int, ...]], dtype: np.dtype,
    hardware: Hardware,
) -> np.ndarray:  # fmt: skip
    """The instruction table, with neighbours that take the same strips joined to runs."""
    table = np.zeros((len(instructions), machine.CODE_WIDTH), np.int64)
    table[:, machine.ADDRESS] = [hardware.address(i.kernel, dtype) for i in instructions]
    table[:, machine.OFFSET] = offsets
    for first, last, *_ in groups:
        at = first
        while at < last:
            small = instructions[at].row_bytes > 0
            end = at + 1
            while end < last and (instructions[end].row_bytes > 0) == small:
                end += 1
            touched = sum(i.row_bytes for i in instructions[at:end])
            table[at:end, machine.STRIP] = max(STRIP_BYTES // touched, 1) if small else 0
            table[at:end, machine.END] = end
            at = end
    return table.ravel()
