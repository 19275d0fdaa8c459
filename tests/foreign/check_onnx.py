"""Import the files that `write_onnx.py` wrote, and compare what the engine gives with ONNX Runtime's numbers.

PYTHONPATH=.:kernels python tests/foreign/check_onnx.py FOLDER
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
from onnx_backend_tests import compared

from nnstudio.from_network import project_of
from nnstudio.importing.importer import importers


def main(folder: Path) -> int:
    """Print a line for each file; the exit code is 1 where one differs."""
    counts: Counter[str] = Counter()
    for file in sorted(folder.glob("*.onnx")):
        imported = importers.of(file).read(file)
        kept = np.load(file.with_suffix(".npz"))
        if imported.unread:
            result, why = "not expressible", " ".join(f"{r.name}: {r.text}" for r in imported.unread)
        else:
            result, why = compared(imported, project_of(imported).project, [kept["x"]], [kept["y"]])
        counts[result] += 1
        kinds = " ".join(node.kind for node in imported.nodes)
        print(f"{file.stem}: {result} {why}\n    {kinds}")
    print(dict(counts))
    return int(counts["fail"] > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
