"""Compiling ahead without a window: `nnstudio prepare`, and what a training needs and lacks."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing

from nnkernels import warm
from nnkernels.graph.network import NetworkSpec
from nnstudio.command_help import Command
from nnstudio.data.dataset import Dataset
from nnstudio.exit_codes import ExitCode
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.learner import kernels_needed


def add_prepare(commands: argparse._SubParsersAction[Command]) -> None:
    """The command `nnstudio prepare`."""
    text = "Compile every operator for this machine, so that the first training need not wait for it."
    commands.add_parser("prepare", help=text, description=text)


def prepare(_options: argparse.Namespace) -> int:
    """Compile all that is not compiled yet, on all cores; Ctrl+C ends it, and what is compiled stays."""
    from tqdm import tqdm

    try:
        with (
            tqdm(unit="operator", file=sys.stderr) as bar,
            closing(warm.warm(helpers=os.cpu_count() or 1)) as steps,
        ):
            for done, total, _ in steps:
                bar.total = total
                bar.update(done - bar.n)
    except RuntimeError as error:
        print(f"nnstudio: {error}", file=sys.stderr)
        return ExitCode.REFUSED
    print("All operators are compiled for this machine.")
    return ExitCode.DONE


def compile_needed(network: NetworkSpec, data: Dataset, settings: TrainingSettings) -> None:
    """Compile what a training needs on all cores: one operator after the other would take twice as long.

    What does not compile here fails again, with its reason, where it is needed. Raises SpecError.
    """
    missing = warm.uncompiled(kernels_needed(network, data, settings))
    if len(missing) < 2 or warm.problem():
        return
    print(f"nnstudio: Compiling {len(missing)} operators, once for this machine.", file=sys.stderr)
    for _ in warm.make_together(warm.longest_first(missing), os.cpu_count() or 1):
        pass
