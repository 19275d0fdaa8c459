"""Several programs that train one network in turn, each a group of its layers; run as if they were one.

They share the parameters: a step of one changes the layers of its group alone, by the answers of all others.
Which step is whose follows from its number, so a run that is resumed goes on as if it had never stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnkernels import machine
from nnkernels.ops.shuffle import Shuffle
from nnkernels.planning.optimizer_groups import Turn
from nnkernels.program import MOST_STEPS, Checkpoint, Layout, ParameterSlot, Program, check_count
from nnkernels.spec import MAIN_GROUP


class TurnTaking:
    """What a `Program` does, for a network of several optimizer groups.

    Attributes:
        layout: of the whole network.
        programs: by group, over the same parameters.
        turns: groups in the order of their steps, with how many in a row; then the first is next again.
        options: hyperparameters by group, those of the main group excepted.
        params: parameters, and behind them as many slots as the optimizer with the most needs.
    """

    def __init__(
        self,
        layout: Layout,
        programs: Mapping[str, Program],
        turns: Sequence[Turn],
        options: Mapping[str, Mapping[str, float]],
    ) -> None:
        self.layout, self.programs, self.turns, self.options = layout, programs, turns, options
        self._latest = first = programs[turns[0][0]]
        self.params, self.batch = first.params, first.batch
        self._cycle = [group for group, count in turns for _ in range(count)]
        self._steps = 0
        self._losses = np.zeros((0, len(layout.targets)))
        ends = [t.node for t in layout.targets]
        self._columns = {
            group: [ends.index(t.node) for t in program.layout.targets] for group, program in programs.items()
        }

    @property
    def steps(self) -> int:
        """Steps made since the start, of all groups."""
        return self._steps

    @property
    def visited(self) -> int:
        """Samples of the running pass over the data that were visited."""
        return self._latest.visited

    @property
    def finished(self) -> bool:
        """Whether all samples of the order given to `set_data` were visited."""
        return self._latest.finished

    @property
    def rate(self) -> float:
        """Learning rate of the latest step, with its schedule."""
        return self._latest.rate

    @property
    def has_gradients(self) -> bool:
        """Whether every group learns from gradients."""
        return all(program.has_gradients for program in self.programs.values())

    @property
    def nbytes(self) -> int:
        """Bytes of the programs' own arrays: all but the parameters."""
        return sum(program.nbytes for program in self.programs.values())

    @property
    def losses(self) -> np.ndarray:
        """(steps made, outputs): summed loss of each Output in the latest run, in the layout's order.

        Without weights; NaN where a step did not ask it.
        """
        return self._losses

    def gradient(self, slot: ParameterSlot) -> np.ndarray:
        """A view of the gradient of one parameter in the latest step of its group, in its shape."""
        for program in self.programs.values():
            for own in program.layout.learning():
                if own.offset == slot.offset:
                    return program.gradient(slot)
        return np.zeros(slot.shape, self.params.dtype)

    def restart(self, seed: int) -> None:
        """No step made, no data; see `Program.restart`."""
        self._steps = 0
        for program in self.programs.values():
            program.restart(seed)

    def resume(self, steps: int, visited: int = 0) -> None:
        """Go on after so many steps of all groups. Raises StateError as `Program.resume` does."""
        self._steps = check_count(steps, MOST_STEPS, "The steps of a saved run")
        rounds, rest = divmod(self._steps, len(self._cycle))
        for group, program in self.programs.items():
            program.resume(rounds * self._cycle.count(group) + self._cycle[:rest].count(group), visited)

    def checkpoint(self, before: Checkpoint | None = None) -> Checkpoint:
        """Where the run stands; see `Program.checkpoint`."""
        stands = self._latest.checkpoint(before)
        return Checkpoint(stands.params, self._steps, stands.visited)

    def rewind(self, checkpoint: Checkpoint) -> None:
        """Back to a checkpoint of the same pass."""
        self.params[:] = checkpoint.params
        self.resume(checkpoint.steps, checkpoint.visited)

    def set_data(self, x: np.ndarray, y: np.ndarray, order: np.ndarray | Shuffle) -> None:
        """Samples, targets and the order of a pass; see `Program.set_data`."""
        for program in self.programs.values():
            program.set_data(x, y, order)

    def set_hyperparameters(self, values: Mapping[str, float], factors: np.ndarray | None = None) -> None:
        """Those of the main group, and factors of all groups' learning rates, one for each step of a pass."""
        for group, program in self.programs.items():
            program.set_hyperparameters(values if group == MAIN_GROUP else self.options[group], factors)

    def run(self, steps: int, threads: int = 1) -> np.ndarray:
        """Make up to ``steps`` steps; returns (steps made, 2) as `Program.run`.

        A row has the losses of that step's group; correct predictions are 0 where it did not ask the first
        Output.
        """
        rows, losses = [np.zeros((0, 2))], [np.zeros((0, len(self.layout.targets)))]
        left = steps
        while left > 0 and not self.finished:
            group, count = self._next(left)
            program = self.programs[group]
            row = program.run(count, threads)
            columns = self._columns[group]
            asked = np.full((len(row), len(self.layout.targets)), np.nan)
            asked[:, columns] = program.losses
            if columns[0] != 0:
                row[:, 1] = 0
            rows.append(row)
            losses.append(asked)
            self._latest, self._steps, left = program, self._steps + len(row), left - len(row)
            for other in self.programs.values():
                other.state[machine.CURSOR] = program.visited
        self._losses = np.concatenate(losses)
        return np.concatenate(rows)

    def _next(self, most: int) -> tuple[str, int]:
        """The group whose step is next, and how many of its steps follow each other, ``most`` at the most."""
        at = self._steps % len(self._cycle)
        group, count = self._cycle[at], 1
        while count < most and at + count < len(self._cycle) and self._cycle[at + count] == group:
            count += 1
        return group, count


__all__ = ["TurnTaking"]
