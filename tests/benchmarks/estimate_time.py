"""How near the estimated time of a run is to what it takes: `python tests/benchmarks/estimate_time.py`."""

from __future__ import annotations

import statistics
import time

from nnstudio.project import open_example
from nnstudio.training.estimate import estimate

# Epochs that take a second or so: the estimate tries less than half of that.
RUNS = [("spiral", 2000), ("mnist-dense", 8), ("mnist-convnet", 1)]
PAIRS = 5


def ratio(name: str, epochs: int) -> float:
    """Estimated seconds over those that the run takes."""
    project = open_example(name)
    project.document.set_settings(project.document.settings.with_option("epochs", epochs))
    session = project.session()
    expected, started = estimate(session).seconds, time.perf_counter()
    for _progress in session.slices():
        pass
    return expected / (time.perf_counter() - started)


if __name__ == "__main__":
    for name, epochs in RUNS:
        # Pairs, because the machine may be busy with something else for a moment.
        ratios = sorted(ratio(name, epochs) for _ in range(PAIRS))
        text = ", ".join(f"{value:.2f}" for value in ratios)
        print(f"{name}: median {statistics.median(ratios):.2f} of {text}; 0.8 to 1.2 is right")
