"""How a run ended, in the same words wherever it is told."""

from __future__ import annotations

from nnstudio.model.quantity import counted

FINISHED, EARLY, BY_YOU = "Finished", "Stopped early", "Stopped by you"


def ending(epoch: int, steps: int, by_hand: bool, early: str | None, best: int = 0) -> str:
    """How a run ended that has done so many epochs and steps.

    ``early`` is the part whose loss stopped it, None where none did; ``best`` the epoch whose weights early
    stopping brought back, 0 where it has those of its last.
    """
    word = BY_YOU if by_hand else FINISHED if early is None else EARLY
    # Where it was stopped, the bar names the epoch that was on its way.
    done = counted(epoch, "whole epoch" if by_hand else "epoch") if epoch else counted(steps, "step")
    if best:
        by = f" by {early} loss" if early else ""
        return f"{word} after {done}, best epoch {best:,}{by}: its weights are back."
    why = f": the {early} loss no longer fell" if word == EARLY else ""
    return f"{word} after {done}{why}."
