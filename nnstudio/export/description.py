"""What a file of weights says of itself in words, for whoever has nothing else."""

from __future__ import annotations

import textwrap

from nnstudio import __version__
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.picture_files import IMPORTS, caution, reading, takes_pictures

# The name under which files hold it, beside the rest of what describes the network.
DESCRIPTION = "description"
HOW = (
    "A neural network written by nnstudio {version}. The arrays are named by node and parameter; 'layout' "
    "tells how their axes lie. 'nodes' are the layers in the order in which they are computed, with all "
    "their options, the nodes that each takes and the shape that it gives. A sample {shape} in the units of "
    "the data enters as (value - x_shift) / x_scale; {gives}. Both scalings and the names are in "
    "'preprocessing'. nnstudio exports the same network as 'numpy' with a predictor.py that computes it."
)
# The first line of what a file of weights tells of its use.
ALONE = """# Weights alone, without the code that computes. The format {title} writes that,
# here or in a terminal: nnstudio export PROJECT.nns FOLDER --format {name}
"""
ALONE_NUMPY = ALONE.format(title="NumPy predictor", name="numpy")
# Of a line.
WIDTH = 100
CLASSES = "what comes out tells the classes apart, in the order of their names"
NUMBERS = "what comes out, times y_scale plus y_shift, is the target"
FILE = "\n\nA picture file becomes such a sample by Pillow:\n\n{lines}\n\n{caution}"


def description(network: ExportedNetwork) -> str:
    """Of a file that holds arrays as nnstudio has them: sentences, and lines of Python for pictures."""
    told = f"\n\n{textwrap.fill(network.told, WIDTH)}" if network.told else ""
    return textwrap.fill(how_described(HOW, network), WIDTH) + told + on_pictures(network)


def how_described(text: str, network: ExportedNetwork, **more: str) -> str:
    """A text with the version, the shape of a sample and what comes out put in."""
    shape = f"({', '.join(map(str, network.input_shape))})"
    gives = CLASSES if network.classes else NUMBERS
    return text.format(version=__version__, shape=shape, gives=gives, **more)


def on_pictures(network: ExportedNetwork) -> str:
    """How a picture file becomes ``rows``, a batch of one sample; "" where samples are no pictures."""
    if not takes_pictures(network.input_shape):
        return ""
    lines = "\n".join([*IMPORTS, "", reading(network)])
    return FILE.format(lines=lines, caution=textwrap.fill(caution(network), WIDTH))
