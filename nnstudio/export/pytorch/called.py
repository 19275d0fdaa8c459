"""The file that a model.py is called with: rows as numbers, or a picture where samples are pictures."""

from __future__ import annotations

from dataclasses import dataclass

from nnstudio.export.network import ExportedNetwork
from nnstudio.export.picture_files import INVERTED, PLAIN_HEAD, reader_text, takes_pictures

ROWS = """    try:
        given = {read}
    except {errors} as error:
        parser.error(f"{{options.rows}} {cannot}: {{error}}")
"""
NUMBERS = "np.load(options.rows, allow_pickle=False)"
PICTURE = """(
            {numbers} if options.rows.suffix == ".npy"
            else read_picture(options.rows, options.invert)
        )"""
OPTION = f"""    parser.add_argument("{INVERTED}", action="store_true", help="make white of its black")
"""
CALLS = f"""    python model.py picture.png                 prints what it predicts for a picture file
    python model.py picture.png {INVERTED}        the same, with white made of black
"""


@dataclass(frozen=True)
class Called:
    """Parts of a model.py.

    Attributes:
        kinds: which files it takes, in words.
        calls: lines of its docstring.
        imports: lines of modules that only the other parts need.
        option: the lines of its parser that only pictures need.
        reader: functions that read a file.
        given: lines that make ``given`` of the file that is named.
    """

    kinds: str
    calls: str
    imports: str
    option: str
    reader: tuple[str, ...]
    given: str


def called_with(network: ExportedNetwork) -> Called:
    """What the model.py of a network takes."""
    if not takes_pictures(network.input_shape):
        cannot = "is no .npy file of inputs (README.md shows how to write one)"
        given = ROWS.format(read=NUMBERS, errors="(OSError, ValueError)", cannot=cannot)
        return Called("an .npy file of inputs", "", "", "", (), given)
    read = PICTURE.format(numbers=NUMBERS)
    given = ROWS.format(read=read, errors="(ImportError, OSError, ValueError)", cannot="cannot be read")
    kinds = "a picture file, or an .npy file of inputs"
    return Called(kinds, CALLS, "import sys\n", OPTION, (reader_text(network, PLAIN_HEAD),), given)
