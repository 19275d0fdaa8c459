"""What of a step can be left out, and is not missed: such a step counts what nobody did in it."""

from __future__ import annotations

from collections.abc import Iterator

from nnstudio.lessons.actions import AnyAction, Reset, Train
from nnstudio.lessons.conditions import Trained
from nnstudio.lessons.lesson import Fault, LessonFolder, StepPart
from nnstudio.lessons.player import COMPUTED, IMPOSSIBLE, Player
from nnstudio.lessons.wording import Words

LEFT_OUT = (
    "its solution is accepted without this: {} Let a check ask for it, or take it out of the solution; what "
    "only repairs a wrong way belongs to the end of that."
)
SKIPPED = "it is done at once for whoever skips {}: let a check ask for what is there before it is begun."


def omissions(folder: LessonFolder) -> Iterator[Fault | None]:
    """Play each step without one of its actions, each in turn, and begin it without the steps before it: a
    fault for each that is not missed, and None after each step.

    What the rest does not train or compute is tried first, so that networks are trained only where they
    decide. It ends with a step that cannot be played: `prove` says why.
    """
    player, words = Player(folder.project), Words(folder.lesson)
    # As they were when each step began.
    begun: list[Player] = []
    for number, step in enumerate(folder.lesson.steps, 1):
        for at, before in enumerate(begun, 1):
            before.begin_step(step)
            if step.checks and _is_accepted(before, ()):
                yield Fault(number, SKIPPED.format(_steps(at, number - 1)), StepPart.CHECKS)
        begun.append(player.copy())
        player.begin_step(step)
        for at, action in enumerate(step.solution if step.checks else ()):
            if _is_accepted(player, step.solution[:at] + step.solution[at + 1 :]):
                yield Fault(number, LEFT_OUT.format(words.sentence(action)), StepPart.SOLUTION)
        try:
            player.play(step.solution)
        except IMPOSSIBLE:
            return
        yield None


def _is_accepted(player: Player, actions: tuple[AnyAction, ...]) -> bool:
    """Whether the checks of the step hold at some moment while a learner does this."""
    return _ever_holds(player.copy(), actions, False) and _ever_holds(player.copy(), actions, True)


def _ever_holds(player: Player, actions: tuple[AnyAction, ...], computes: bool) -> bool:
    """As `_is_accepted`; not ``computes``: as far as a network that need not run can tell."""
    try:
        for at, action in enumerate((None, *actions)):
            if isinstance(action, Train) and computes and _is_of_before(player, actions[at:]):
                return False
            if action is not None and (computes or not isinstance(action, COMPUTED)):
                player.play((action,))
            can_run = computes and player.can_run
            if all(v.holds for v in player.verdicts(can_run)) and (can_run or not computes):
                return True
    except IMPOSSIBLE:
        pass
    return False


def _is_of_before(player: Player, to_come: tuple[AnyAction, ...]) -> bool:
    """Whether the run was changed in its course, is not begun anew, and must not have been changed: to train
    on would not help it.
    """
    asks = any(isinstance(check, Trained) and check.throughout for check in player.checks)
    is_kept = not any(isinstance(action, Reset) for action in to_come)
    return asks and is_kept and player.can_run and player.session.judged.step > 0


def _steps(first: int, last: int) -> str:
    return f"step {first}" if first == last else f"steps {first} to {last}"
