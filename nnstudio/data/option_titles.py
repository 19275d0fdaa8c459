"""What the window calls options and their choices, where their own names say too little."""

from __future__ import annotations

from collections.abc import Mapping

from nnstudio.data.arrays.inputs import Channels, Kind
from nnstudio.data.repeats import Repeats
from nnstudio.data.series_scale import Change
from nnstudio.data.splits import SplitKind
from nnstudio.data.tables.series_gaps import TimeGaps
from nnstudio.data.tables.settings import Gaps
from nnstudio.data.text_windows import Guess
from nnstudio.model.titles import titled

# What the menu of a column offers where some numbers have a unit and others none.
WITHOUT_UNIT = "Read numbers without their unit"
AUTOMATIC = "Automatic"
# What a form shows for each choice of an option; others are shown as they are.
CHOICES: Mapping[str, Mapping[str, str]] = {
    "task": {"guess": AUTOMATIC, "classes": "One of some classes", "number": "A number"},
    "delimiter": {
        "guess": AUTOMATIC, "comma": "Comma  ,", "semicolon": "Semicolon  ;", "tab": "Tab", "bar": "Bar  |",
        "space": "Space",
    },
    "header": {"guess": AUTOMATIC, "yes": "Names the columns", "no": "Is data already"},
    "decimal": {"guess": AUTOMATIC, ".": "Point, as in 1.5", ",": "Comma, as in 1,5"},
    "gaps": {Gaps.FILL: "Fill in a typical value", Gaps.LEAVE_ROWS: "Leave their rows out"},
    "time_gaps": {
        TimeGaps.GUESS: "Leave few windows out", TimeGaps.LEAVE_OUT: "Leave windows out",
        TimeGaps.INTERPOLATE: "Interpolate", TimeGaps.REFUSE: "Refuse the file",
    },
    "change_from": {
        Change.NONE: "None: values", Change.ROW: "The row before", Change.SEASON: "The season before",
    },
    "guess": {Guess.NEXT: "The next one", Guess.EACH: "Next at every step"},
    "channels": {
        Channels.GUESS: AUTOMATIC, Channels.FIRST: "On the first axis", Channels.LAST: "On the last axis",
    },
    "shape": {"ring": "ring of 8 clouds"},
    "fit": {"crop": "Crop", "pad": "Pad with a border", "stretch": "Stretch"},
    "normalise": {"0 to 1": "From 0 to 1", "standardise": "Standardise"},
    "kind": {Kind.GUESS: AUTOMATIC, Kind.PICTURES: "Pictures", Kind.SEQUENCES: "Sequences"},
    "many_values": {"embedding": "For an Embedding", "left out": "Leave them out"},
    "repeats": {
        Repeats.AS_THEY_ARE: "As they are", Repeats.IN_ONE_PART: "Keep in one part",
        Repeats.ONCE: "Keep each once",
    },
    "split": {
        SplitKind.GUESS: AUTOMATIC, SplitKind.RANDOM: "At random",
        SplitKind.STRATIFIED: "Of each class alike", SplitKind.IN_ORDER: "The last rows",
        SplitKind.BY_GROUP: "Whole groups",
    },
}  # fmt: skip
# What a form calls an option, where its own title says too little.
TITLES: Mapping[str, str] = {
    "header": "First row", "decimal": "Decimal mark", "gaps": "Missing inputs",
    "many_values": "Many categories", "skip_rows": "Rows to skip", "skip_lines": "Lines to skip",
    "kind": "Samples are", "split": "Test rows", "repeats": "Repeated samples", "test_ratio": "Test share",
    "validation_ratio": "Validation share", "log": "Logarithm", "change_from": "Changes from",
    "guess": "To predict", "no_label": "Number for none",
}  # fmt: skip


def data_option_title(name: str) -> str:
    """What the window calls an option of the data."""
    return TITLES.get(name) or titled(name)
