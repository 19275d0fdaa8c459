"""Draws the order of a pass on the card: the very numbers that NumPy draws on a processor.

NumPy goes through the steps i = n - 1 .. 1 and lets values i and j change places, with j drawn from 0 .. i:
of 32 bits it takes as many as i has, and draws again where that is more. The bits are halves of what PCG64
gives (O'Neill 2014), to which any thread can jump. Which bits are for which step depends on how many were
refused before: each thread of a block supposes that of some in a row, and all count anew until nobody has
to suppose anything else. The exchanges need not wait for each other: what stands at a position before step
i was brought there by the least step above i that drew it, from the position of its own number, and so on.
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

import numpy as np

from nnkernels.cuda.card import Card, card, explained
from nnkernels.cuda.translation import Translation
from nnkernels.jit import device, rebuilt
from nnkernels.ops.shuffle import Shuffle

# Of PCG64, by which each state is multiplied.
MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645
# A state is four numbers of 32 bits, the lowest first; a row of the table holds a factor and a summand.
LIMBS, ROW = 4, 8
LOW, HALF, WORD = np.uint64(2**32 - 1), np.uint64(32), np.uint64(64)
TURN, TURNS = np.uint64(58), np.uint64(63)
# Steps are numbered in 32 bits, and NumPy draws otherwise where there are more.
MOST = 2**31 - 1
# So many bits a thread draws in a row, an even number.
BITS = 32
# So many are drawn to see whether NumPy and the card agree.
TRIED = 100


def limbs(number: int) -> list[int]:
    """128 bits as `LIMBS` numbers."""
    return [number >> 32 * i & 0xFFFFFFFF for i in range(LIMBS)]


def jumps(state: int, increment: int, count: int) -> np.ndarray:
    """The table of a generator: its state, and what takes it 1, 2, 4, .. words on, to ``count`` at least."""
    factor, summand, rows = MULTIPLIER, increment, [*limbs(state), *[0] * LIMBS]
    for _ in range(max(count, 1).bit_length()):
        rows += [*limbs(factor), *limbs(summand)]
        factor, summand = factor * factor % 2**128, (factor + 1) * summand % 2**128
    return np.array(rows, np.uint64)


@device
def jumped(a, b, c, d, table, at):
    """A state times the factor of a row, and its summand."""
    e, f, g, h = table[at], table[at + 1], table[at + 2], table[at + 3]
    ae, af, be, ag, bf, ce = a * e, a * f, b * e, a * g, b * f, c * e
    first = (ae & LOW) + table[at + 4]
    second = (first >> HALF) + (ae >> HALF) + (af & LOW) + (be & LOW) + table[at + 5]
    third = (second >> HALF) + (af >> HALF) + (be >> HALF) + (ag & LOW) + (bf & LOW) + (ce & LOW)
    third += table[at + 6]
    fourth = (third >> HALF) + (ag >> HALF) + (bf >> HALF) + (ce >> HALF) + table[at + 7]
    fourth += (a * h & LOW) + (b * g & LOW) + (c * f & LOW) + (d * e & LOW)
    return first & LOW, second & LOW, third & LOW, fourth & LOW


@device
def draw_bits(table, word, words, to, at):
    """Put words, counted from 0, at ``to``: of each its lower half, then the upper one."""
    a, b, c, d = table[0], table[1], table[2], table[3]
    left, row = word, ROW
    while left > 0:
        if left % 2 == 1:
            a, b, c, d = jumped(a, b, c, d, table, row)
        left, row = left // 2, row + ROW
    for n in range(words):
        a, b, c, d = jumped(a, b, c, d, table, ROW)
        mixed, turn = (d << HALF | c) ^ (b << HALF | a), d << HALF >> TURN
        mixed = mixed >> turn | mixed << ((WORD - turn) & TURNS)
        to[at + 2 * n], to[at + 2 * n + 1] = mixed & LOW, mixed >> HALF


@device
def fitting_steps(bits, at, count, step, drawn, keeps):
    """How many steps, from one down to 1, some bits are enough for; with ``keeps`` what they draw stays."""
    first = step
    for n in range(count):
        if step > 0:
            mask = step
            for shift in (1, 2, 4, 8, 16):
                mask |= mask >> shift
            value = np.int64(bits[at + n]) & mask
            if value <= step:
                if keeps:
                    drawn[step] = value
                step -= 1
    return first - step


@device
def bringing_step(heads, following, count, i, position):
    """The least step above i that drew a position; ``count`` if there is none."""
    best, step = count, heads[position]
    while step >= 0:
        if i < step < best:
            best = step
        step = following[step]
    return best


@device
def shuffle(table, order, drawn, heads, following, bits, fitting, count):
    """Fill ``order`` (count,); ``drawn``, ``heads`` and ``following`` are scratch as long.

    Of ``bits`` each thread has `BITS`, of ``fitting`` one. Bound are ``cuda`` and ``plain``. For one block.
    """
    table, order, drawn, heads = plain(table), plain(order), plain(drawn), plain(heads)  # noqa: F821
    following, bits, fitting = plain(following), plain(bits), plain(fitting)  # noqa: F821
    own, threads = cuda.threadIdx.x, cuda.blockDim.x  # noqa: F821
    for i in range(own, count, threads):
        heads[i] = -1
        drawn[i] = 0
    step, word = count - 1, 0
    while step > 0:
        draw_bits(table, word + own * (BITS // 2), BITS // 2, bits, own * BITS)
        before, supposed = 0, -1
        while cuda.syncthreads_or(np.int32(before != supposed)) != 0:  # noqa: F821
            supposed, before = before, 0
            fitting[own] = fitting_steps(bits, own * BITS, BITS, step - supposed, drawn, False)
            cuda.syncthreads()  # noqa: F821
            for other in range(own):
                before += fitting[other]
        fitting_steps(bits, own * BITS, BITS, step - before, drawn, True)
        for other in range(threads):
            step -= fitting[other]
        word += threads * (BITS // 2)
        # Nobody counts anew before all have read how many there were.
        cuda.syncthreads()  # noqa: F821
    for i in range(own + 1, count, threads):
        following[i] = cuda.atomic.exch(heads, np.int64(drawn[i]), np.int32(i))  # noqa: F821
    cuda.syncthreads()  # noqa: F821
    for i in range(own, count, threads):
        position, step = drawn[i], i
        before = bringing_step(heads, following, count, step, position)
        while before < count:
            position, step = before, before
            before = bringing_step(heads, following, count, step, position)
        order[i] = position


class Shuffler:
    """`shuffle` of a card, with its scratch: what is drawn in the card's stream follows each other.

    Raises HardwareError.
    """

    def __init__(self, card: Card) -> None:
        with explained():
            kernel = rebuilt(shuffle.function, Translation(card.backend).of)
            self._card, self._kernel = card, card.backend.shuffler(kernel)
        self._scratch: tuple[Any, ...] = ()
        self._count = 0

    @cached_property
    def agrees(self) -> bool:
        """Whether the card comes to what NumPy draws here; tried before anything depends on it."""
        trial = Shuffle(TRIED, [1, 2])
        to = self._card.array(np.zeros(TRIED, np.int64))
        self.draw(trial, to)
        return bool((self._card.download(to, 0, TRIED) == trial.indices).all())

    def draw(self, order: Shuffle, to: Any) -> None:
        """Put the numbers into an array of the card, int64, of `MOST` at the most."""
        self.draw_by(order.generator, len(order), to)

    def draw_by(self, generator: tuple[int, int], count: int, to: Any) -> None:
        """As `draw`, by the state and increment of a generator."""
        threads = self._card.backend.block.threads
        if count > self._count or not self._scratch:
            steps = [np.zeros(count, np.int32) for _ in range(3)]
            each = [*steps, np.zeros(threads * BITS, np.uint64), np.zeros(threads, np.int32)]
            self._scratch, self._count = tuple(map(self._card.array, each)), count
        # On the whole, a step takes less than one word of two halves.
        table = self._card.array(jumps(*generator, 8 * count + threads * BITS))
        with explained():
            self._kernel[1, threads, self._card.stream](table, to, *self._scratch, count)


@cache
def shuffler() -> Shuffler:
    """That of this process. Raises HardwareError, each time anew."""
    return Shuffler(card())
