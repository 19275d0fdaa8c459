"""How a batch is cut: into micro-batches that the caches hold, and those into chunks for threads.

Micro-batches go through the network and back one after the other, in the same memory, and their
gradients are summed before the one update. A micro-batch is cut into chunks, which threads may share. Both
depend on the network and the batch alone, never on the number of threads, so that results do not either.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from nnkernels.graph.network import Resolved
from nnkernels.machine import MAX_CHUNKS
from nnkernels.program import Layout
from nnkernels.spec import size_of

# A batch whose step costs less than this is not cut: a parallel region would cost more.
MIN_PARALLEL_FLOPS = 2_000_000
# Rows (positions, steps) of one sample from which on a kernel needs no other samples beside it.
ENOUGH_ROWS = 16
# Tiles of the matrix product have 8 rows, or 16 columns where it runs transposed.
TILE_SAMPLES = 16
# What a micro_batch of a batch keeps on its way; beyond, the last cache of many machines gives way to memory.
MICRO_BATCH_BYTES = 14_000_000
# Summing gradients reads and writes every parameter; a micro_batch computes at least so much more than that.
FLOPS_PER_PARAMETER = 100
# Share of the work in kernels that need no other samples, from which on few samples are a chunk.
MOST = 0.9


@dataclass(frozen=True)
class Cut:
    """Samples of a micro_batch and of a chunk, and whether chunks are worth a parallel region."""

    micro_batch: int
    chunk: int
    parallel: bool

    @property
    def chunks(self) -> int:
        return ceil(self.micro_batch / self.chunk)


def has_rows(node: Resolved) -> bool:
    """Whether samples may go through a node's kernels a few at a time."""
    shape = max(node.shape, *node.input_shapes, key=size_of)
    return not node.layer.whole_chunks and size_of(shape) >= ENOUGH_ROWS * shape[-1]


def cut_batch(layout: Layout, batch: int, itemsize: int, training: bool, in_micro_batches: bool) -> Cut:
    """The cut of a batch; ``in_micro_batches`` where nobody needs all samples' values afterwards."""
    nodes = list(layout.nodes.values())
    costs = [node.layer.flops(node.options, node.input_shapes) * (3 if training else 1) for node in nodes]
    each, tile, micro_batch = sum(costs), TILE_SAMPLES, batch
    if in_micro_batches and not any(node.layer.across_samples for node in nodes):
        alone = sum(c for c, n in zip(costs, nodes, strict=True) if has_rows(n)) > MOST * each
        micro_batch = _micro_batch(layout, batch, itemsize, each, MAX_CHUNKS if alone else 4 * TILE_SAMPLES)
        tile = 1 if alone and micro_batch < batch else TILE_SAMPLES
    parallel = each * micro_batch >= MIN_PARALLEL_FLOPS
    chunk = ceil(ceil(micro_batch / MAX_CHUNKS) / tile) * tile if parallel else micro_batch
    return Cut(micro_batch, min(chunk, micro_batch), parallel)


def _micro_batch(layout: Layout, batch: int, itemsize: int, each: int, least: int) -> int:
    """The batch halved until the caches hold it, as long as ``least`` samples are left to be cut."""
    # Activations and about as many gradients.
    room = 2 * itemsize * sum(size_of(node.shape) for node in layout.nodes.values())
    least = max(least, ceil(FLOPS_PER_PARAMETER * layout.parameter_count / max(each, 1)))
    micro_batch = batch
    while micro_batch * room > MICRO_BATCH_BYTES and ceil(micro_batch / 2) >= least:
        micro_batch = ceil(micro_batch / 2)
    return micro_batch
