"""What the exit code of a command says; one definition for all of them."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """A bug gives 1, as python does for any exception."""

    DONE = 0
    # A mistake that a person can mend, or a person stopped what saves nothing.
    REFUSED = 2
    # It is done but for what stderr says: something was guessed or left out, became a placeholder or computes
    # something else than in the file; weights did not match; predictions could not be compared; rows lack an
    # input and have no prediction; a text was begun without characters that the network does not know;
    # a lesson was packed without some files, or added under another name; a run was written without its
    # weights; a setting of a sweep could not be trained; an edit dropped something that was learned, or
    # layers that were reused had to be fitted; an explanation rests on a guess, or is rough.
    INCOMPLETE = 3
    # A signal (Ctrl+C, SIGTERM, SIGHUP) ended a training before it was through; what was trained is saved.
    STOPPED = 4
    # The doctor has something to tell, or a network cannot run.
    UNWELL = 5
