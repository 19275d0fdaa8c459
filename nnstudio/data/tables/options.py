"""What a person may say of any table, whatever the format of its file."""

from __future__ import annotations

from nnkernels.spec import Option
from nnstudio.data.columns import MAX_CATEGORIES, read_skip_rows
from nnstudio.data.repeats import REPEATS
from nnstudio.data.splits import VALIDATION_OPTIONS, SplitKind
from nnstudio.data.tables.settings import Gaps, read_settings

# What each reader offers that tells the usual marks of its cells apart.
KEPT_MARKS = Option(
    "kept_marks", "", "Texts that are values, though they usually stand for missing ones, such as None, -."
)
TASKS = ("guess", "classes", "number")
NAMES_OPTION = Option("names", "", "Other names of columns than the file's own, such as x1: age; x2: weight.")
# What becomes of categories of many values where nothing is said.
EMBEDDED, NOT_EMBEDDED = "embedding", "left out"
MISSING_MARKS = Option(
    "missing_marks", "", "Other values that stand for missing ones, such as -999, unknown."
)
# What every table offers.
TABLE_OPTIONS = (
    Option("target", "", "Column to predict; empty means one that is called like a target, or the last."),
    Option("task", "guess", "Whether the target is one of some classes or a number.", choices=TASKS),
    Option(
        "columns", "", "What columns are, such as zip: category; note: left out; age: as it is.",
        reads=read_settings,
    ),
    NAMES_OPTION,
    Option(
        "gaps", Gaps.FILL.value, "What becomes of rows that lack an input: filled, an input tells where.",
        choices=tuple(Gaps),
    ),
    Option(
        "many_values", EMBEDDED,
        f"How categories of more than {MAX_CATEGORIES} values enter: as numbers for an Embedding, or not.",
        choices=(EMBEDDED, NOT_EMBEDDED),
    ),
    MISSING_MARKS,
    Option(
        "skip_rows", "", "Rows of data to leave out, such as 1-3, 8, counted from 1.", reads=read_skip_rows
    ),
    Option(
        "split", SplitKind.GUESS.value, "How rows are kept for testing; a guess takes of each class alike.",
        choices=tuple(SplitKind),
    ),
    REPEATS,
    Option("test_ratio", 0.15, "Share of rows kept for testing.", 0.0, 0.9),
    *VALIDATION_OPTIONS,
    Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
)  # fmt: skip
