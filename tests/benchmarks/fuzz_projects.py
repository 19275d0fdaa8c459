"""Damages many projects and says what comes out other than a sentence.

    python tests/benchmarks/fuzz_projects.py 50000 [FIRST]

FIRST is the number of the first mutation; each number always makes the same damage.
"""

from __future__ import annotations

import collections
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from mutations import mutations, save_examples, take_through

from nnkernels.planning import memory_limits


def main(count: int, first: int) -> int:
    """Number of mutations that ended in something else than a sentence."""
    memory_limits.free_memory = lambda: 2**28
    os.fsync = lambda _descriptor: None
    outcomes: collections.Counter[str] = collections.Counter()
    faults: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CACHE_HOME"] = os.environ["XDG_CONFIG_HOME"] = name
        path, again, started = folder / "a.nns", folder / "b.nns", time.perf_counter()
        for number, content in mutations(save_examples(folder), first, count):
            path.write_bytes(content)
            began = time.perf_counter()
            try:
                outcomes[take_through(path, again)] += 1
            except Exception as error:
                at = traceback.extract_tb(error.__traceback__)[-1]
                key = f"{type(error).__name__}: {str(error)[:120]} ({Path(at.filename).name}:{at.lineno})"
                faults.setdefault(key.replace(str(number), "N"), []).append(number)
            if time.perf_counter() - began > 2:
                print(f"{number} took {time.perf_counter() - began:.1f} s", flush=True)
        print(f"{count} mutations in {time.perf_counter() - started:.0f} s: {dict(outcomes)}")
    for key, numbers in faults.items():
        print(f"{len(numbers)} x {key}, such as {numbers[:3]}")
    return sum(len(numbers) for numbers in faults.values())


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0) > 0)
