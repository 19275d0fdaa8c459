"""A project as one line of text, to be passed on in a mail or a chat: network, settings and choice of data.

Version 1 is ``nnstudio:1:`` and, in the alphabet of base64 for addresses and without padding, what zlib packs
of project.json (see model.projectfile). It holds no weights, no curve and nothing of a person's files but
their names and hashes. Points and pictures that were set or drawn by hand are options of the data, and so
are in it.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass

from nnstudio.data.dataset import sources
from nnstudio.model.atomic_file import FileError
from nnstudio.model.projectfile import plain_content
from nnstudio.playground_address import is_playground, project_of_address
from nnstudio.project import Project

PREFIX, VERSION = "nnstudio", 1
# Characters of a text, and bytes that it may unpack to: networks of thousands of layers stay below.
MOST_TEXT, MOST_UNPACKED = 2**20, 2**22
WEIGHTS = "What the network has learned is not in the text: whoever opens it trains it anew."
NO_TEXT = (
    f"This is neither a project as text, which begins with {PREFIX}:{VERSION}:, nor an address of "
    "playground.tensorflow.org. Copy the whole of it and try again."
)
DAMAGED = "The text is damaged: a part of it is missing or was changed. Copy the whole of it and try again."


@dataclass(frozen=True)
class ProjectText:
    """A project as text; ``left_out`` are sentences on what the text does not hold."""

    text: str
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class OpenedText:
    """The project of a text; ``notes`` are sentences on what of it could not be taken over."""

    project: Project
    notes: tuple[str, ...]


def text_of(project: Project, is_trained: bool) -> ProjectText:
    """The project as one line; ``is_trained`` tells whether there are weights to miss. Raises FileError."""
    document, _run, data = project.content()
    content = plain_content(document, data.name, data.hash)
    unpacked = json.dumps(content, separators=(",", ":")).encode()
    packed = base64.urlsafe_b64encode(zlib.compress(unpacked, 9)).decode().rstrip("=")
    if len(unpacked) > MOST_UNPACKED or len(packed) > MOST_TEXT - 64:
        raise FileError(
            f"The project is too large to be passed on as text ({len(packed):,} characters). Save it, and "
            "pass the file on."
        )
    kind = document["data"]["kind"]
    left_out = [WEIGHTS] if is_trained else []
    if kind in sources and sources[kind].picks:
        name = f"'{data.name}'" if data.name else f"The {sources[kind].picks} of the data"
        left_out.append(f"{name} is not in the text: whoever opens it chooses it under Data.")
    return ProjectText(f"{PREFIX}:{VERSION}:{packed}", tuple(left_out))


def is_text(text: str) -> bool:
    """Whether a text begins as a project does, or an address of the playground."""
    start = text[:100].lstrip()
    return len(text) <= MOST_TEXT and (start.lower().startswith(f"{PREFIX}:") or is_playground(start))


def project_of(text: str) -> OpenedText:
    """The project of a text, or of an address of the TensorFlow Playground; no path in it is ever read.

    Raises FileError with a sentence for any other text.
    """
    if len(text) > MOST_TEXT:
        raise FileError(
            f"The text is too long ({len(text):,} characters; a project as text has at most {MOST_TEXT:,})."
        )
    # Mails break long lines.
    text = "".join(text.split())
    if is_playground(text):
        return OpenedText(*project_of_address(text))
    project = Project.from_json(_unpacked(text), "The text")
    return OpenedText(project, project.warnings)


def _unpacked(text: str) -> bytes:
    """What is packed in a text. Raises FileError."""
    prefix, _, rest = text.partition(":")
    number, colon, packed = rest.partition(":")
    if prefix.lower() != PREFIX or not colon or not (number.isascii() and number.isdigit()):
        raise FileError(NO_TEXT)
    if number != str(VERSION):
        raise FileError(
            f"The text was written by another nnstudio (version {number[:9]}, this one reads {VERSION}). "
            "Update nnstudio to open it."
        )
    try:
        # Without `validate`, characters that do not belong there would be passed over.
        squeezed = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(squeezed, MOST_UNPACKED + 1)
    except (ValueError, zlib.error) as error:
        raise FileError(DAMAGED) from error
    if len(content) > MOST_UNPACKED:
        raise FileError(f"The text unpacks to more than {MOST_UNPACKED / 2**20:.0f} MB: it is no project.")
    if not unpacking.eof or unpacking.unused_data:
        raise FileError(DAMAGED)
    return content
