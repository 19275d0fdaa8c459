"""How much memory is free, and a sentence where a network would need more; allocates nothing."""

from __future__ import annotations

import os
from pathlib import Path

from nnkernels.graph.network import Resolved, outer_name
from nnkernels.program import Layout
from nnkernels.spec import NodeError, size_of

# Refuse to allocate more than this share of the memory that is free.
MEMORY_SHARE = 0.8
GROUPS = Path("/sys/fs/cgroup")
OWN_GROUP, MEMORY_TABLE = Path("/proc/self/cgroup"), Path("/proc/meminfo")


def free_memory() -> int | None:
    """Bytes that this process can still take, of the machine and of its control group; None if unknown."""
    bounds = [b for b in (_free_in_machine(), *_free_in_groups()) if b is not None]
    return max(min(bounds), 0) if bounds else None


def check_memory(wanted: int, layout: Layout, batch: int) -> None:
    """Raises NodeError, which names the largest layer, where so many bytes would not fit."""
    free = free_memory()
    if free is None or wanted <= free * MEMORY_SHARE:
        return

    def values(node: Resolved) -> int:
        return node.parameter_count + batch * size_of(node.shape)

    largest = max(layout.nodes.values(), key=values)
    name = outer_name(largest.id)
    raise NodeError(
        name,
        f"This network would need {wanted / 2**30:,.1f} GiB of memory, but {free / 2**30:,.1f} GiB are free. "
        f"The largest layer is '{name}', with {largest.parameter_count:,} parameters and "
        f"{size_of(largest.shape):,} values for each of {batch:,} samples. Make the layers or the batch "
        "smaller.",
    )


def _free_in_machine() -> int | None:
    try:
        for line in MEMORY_TABLE.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not a POSIX system: let the allocation decide
        return None


def _free_in_groups() -> list[int | None]:
    """What the limits of this process's control group and those above it leave, of versions 2 and 1."""
    try:
        lines = OWN_GROUP.read_text().splitlines()
    except OSError:
        return []
    own = next((line[3:] for line in lines if line.startswith("0::")), "/").strip("/")
    group = GROUPS / own
    groups = [group, *(g for g in group.parents if g.is_relative_to(GROUPS))]
    free = [_left(g / "memory.max", g / "memory.current", g / "memory.stat", "inactive_file") for g in groups]
    old = GROUPS / "memory"
    limit, used = old / "memory.limit_in_bytes", old / "memory.usage_in_bytes"
    return [*free, _left(limit, used, old / "memory.stat", "total_inactive_file")]


def _left(limit: Path, used: Path, statistics: Path, reclaimable: str) -> int | None:
    """A limit less what is used; pages of files that nobody reads count as free. None without a limit."""
    try:
        left = int(limit.read_text()) - int(used.read_text())  # "max" is no number: no limit
        rows = (line.split() for line in statistics.read_text().splitlines())
        return left + sum(int(value) for name, value in rows if name == reclaimable)
    except (OSError, ValueError):
        return None
