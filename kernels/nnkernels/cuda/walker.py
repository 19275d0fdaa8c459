"""Walks a program's tables on the card: many steps in one launch, with a barrier after each group.

Threads share the chunks of a group, as those of a processor do in `machine`; a chunk goes through the
instructions of its group in one thread. What the threads do depends on the plan alone, and nothing is added
up by whoever comes first, so the same run gives the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nnkernels.jit import Kernel, device, handed_over
from nnkernels.machine import (
    ADDRESS,
    BEFORE,
    CHUNK,
    CODE_WIDTH,
    CURSOR,
    FIRST,
    FIXED,
    GROUP_WIDTH,
    LAST,
    OFFSET,
    PARALLEL,
    PER_SAMPLE,
    ROW,
    SAMPLES,
    START,
    STEP,
    TOTAL,
    WHOLE,
)


@dataclass(frozen=True)
class Walker:
    """`walk`, compiled for some kernels, with the blocks that can be there at once, of so many threads."""

    kernel: Any
    most_blocks: int
    threads: int

    def launch(self, chunks: int, stream: Any, *arguments: Any) -> None:
        """Begin, with a thread for each of so many chunks if there are; returns before it is through."""
        self.kernel[min(self.most_blocks, -(-chunks // self.threads)), self.threads, stream](*arguments)


# In the group table, of a group whose one instruction all threads compute together; see `together`. And of
# what they do before and after a library computes a product; see `library`.
TOGETHER, LEAD_IN, LEAD_OUT = 2, 3, 4
PARAMETERS = "which, given, at, state, acts, grads, params, work, chunk, lo, hi"


@device
def begin_step(state, batch):
    """The samples of a step, none where all of the pass were visited."""
    samples = min(batch, state[TOTAL] - state[CURSOR])
    state[SAMPLES] = samples
    if samples > 0:
        state[WHOLE], state[BEFORE] = samples, 0
        state[STEP] += 1
        state[ROW] += 1


@device
def walk(code, groups, given, state, acts, grads, params, work, windows, batch, steps, begin, finish):
    """The groups ``begin .. finish`` of ``steps`` steps, or of those that are left of the pass.

    With the first group a step begins, with the last it ends. Bound are ``cuda``, ``barrier``, the
    dispatchers ``call``, ``together`` and ``around``, and of tiles ``TILE`` (their values) and ``kind`` (the
    type of these).
    """
    # What ruff does not know (F821) is what is bound, see above: by `Compiler.bound` or `Simulator.walker`.
    code, groups, given, state = plain(code), plain(groups), plain(given), plain(state)  # noqa: F821
    acts, grads, params, work = plain(acts), plain(grads), plain(params), plain(work)  # noqa: F821
    windows, count = plain(windows), groups.size // GROUP_WIDTH  # noqa: F821
    thread, threads = cuda.grid(1), cuda.gridsize(1)  # noqa: F821
    # Tiles of both sides of a product.
    left = cuda.shared.array(TILE, kind)  # noqa: F821
    right = cuda.shared.array(TILE, kind)  # noqa: F821
    for _ in range(steps):
        if begin == 0:
            if thread == 0:
                begin_step(state, batch)
            barrier()  # noqa: F821
        samples = state[SAMPLES]
        for index in range(begin, finish if samples > 0 else begin):
            at = index * GROUP_WIDTH
            start, width = groups[at + START], groups[at + CHUNK]
            end = groups[at + PER_SAMPLE] * samples + groups[at + FIXED]
            mode, k = groups[at + PARALLEL], groups[at + FIRST] * CODE_WIDTH
            if mode >= LEAD_IN:
                around(  # noqa: F821
                    code[k + ADDRESS], given, code[k + OFFSET] // 8, state, acts, grads, params, work,
                    windows, thread, threads, mode,
                )  # fmt: skip
                start = end
            elif mode == TOGETHER:
                together(  # noqa: F821
                    code[k + ADDRESS], given, code[k + OFFSET] // 8, state, acts, grads, params, work,
                    left, right, cuda.threadIdx.x, cuda.blockIdx.x, cuda.gridDim.x, start, end, width,  # noqa: F821
                )  # fmt: skip
                # The group is no longer to be cut.
                start = end
            for chunk in range(thread, (end - start + width - 1) // width, threads):
                low = start + chunk * width
                for k in range(groups[at + FIRST] * CODE_WIDTH, groups[at + LAST] * CODE_WIDTH, CODE_WIDTH):
                    call(  # noqa: F821
                        code[k + ADDRESS], given, code[k + OFFSET] // 8,
                        state, acts, grads, params, work, chunk, low, min(end, low + width),
                    )  # fmt: skip
            barrier()  # noqa: F821
        if thread == 0 and finish == count:
            state[CURSOR] += samples


def dispatcher(kernels: Sequence[Kernel], form: Any, but: Sequence[Kernel] = ()) -> Any:
    """A function that runs the kernel of a number, as they stand in ``kernels``; ``form`` compiles one.

    Those in ``but`` are left out, though they keep their numbers.
    """
    lines = [f"def call({PARAMETERS}):", "    if which < 0:", "        return"]
    scope: dict[str, Any] = {}
    for number, kernel in enumerate(kernels):
        if kernel in but:
            continue
        scope[f"kernel{number}"] = form(kernel)
        scope |= {f"{name}_{number}": record for name, record in kernel.records.items()}
        handed = handed_over(kernel, "at + ", "{}_" + str(number))
        lines.append(f"    elif which == {number}:")
        lines.append(f"        kernel{number}(state, acts, grads, params, work, chunk, lo, hi, {handed})")
    exec("\n".join(lines), scope)
    return scope["call"]
