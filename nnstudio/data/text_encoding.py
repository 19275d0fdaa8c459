"""Which encoding a text file is written in: UTF-8, UTF-16, UTF-32, and what is none of them is CP1252.

A person may name another one.
"""

from __future__ import annotations

import codecs
import re

from nnstudio.data.dataset import DataError

# Longer marks first: that of UTF-32 begins as that of UTF-16 does.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# How encodings are called where a person reads it.
TITLES = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
    "utf-32": "UTF-32", "cp1252": "Windows-1252", "latin-1": "Latin-1", "iso8859-1": "Latin-1",
    "cp1251": "Windows-1251", "cp1250": "Windows-1250", "shift_jis": "Shift-JIS", "cp437": "CP437",
}  # fmt: skip
# Those that a form offers, in the words that Python knows, too.
OFFERED = (
    "UTF-8", "UTF-16", "Windows-1252", "Latin-1", "Windows-1250", "Windows-1251", "KOI8-R", "Shift-JIS",
    "EUC-KR", "GB18030", "CP437", "CP850",
)  # fmt: skip
# Control characters that no text holds: letters of another encoding.
CONTROL = re.compile("[\x80-\x9f]")
# Of Latin text in UTF-16, this share of every other byte is zero at least.
MOSTLY = 0.7
SAMPLE = 4096


def encoding_of(raw: bytes, is_whole: bool = True) -> str:
    """The encoding's name for Python; of the start of a file only, the last character may be cut off."""
    for mark, name in BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return name
    first, second = raw[:SAMPLE:2], raw[1:SAMPLE:2]
    for zeros, others, name in ((second, first, "utf-16-le"), (first, second, "utf-16-be")):
        if zeros and zeros.count(0) > MOSTLY * len(zeros) and others.count(0) < len(others) * (1 - MOSTLY):
            return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw, is_whole)
        return "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        raw.decode("cp1252")
        return "cp1252"
    except UnicodeDecodeError:
        # Five bytes mean nothing in CP1252.
        return "latin-1"


def odd_line(raw: bytes, encoding: str) -> tuple[int, str] | None:
    """The first line, from 1, that is not UTF-8 in a file that else is, and its text; None in another file.

    Such a file is read as CP1252 without an error, and "grün" as "grÃ¼n".

    Args:
        encoding: as ``encoding_of`` has it.
    """
    if encoding not in ("cp1252", "latin-1"):
        return None
    text = raw.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    # Two letters of CP1252 hardly ever are one of UTF-8.
    if sum(not char.isascii() for char in text) - wrong <= wrong:
        return None
    before, _, after = text.partition("\ufffd")
    line = before[before.rfind("\n") + 1 :] + "\ufffd" + after.partition("\n")[0]
    return before.count("\n") + 1, line.strip()


def decode_start(raw: bytes, is_whole: bool) -> tuple[str, str]:
    """The text of the start of a file, without a character that is cut off, and its encoding."""
    name = encoding_of(raw, is_whole)
    return codecs.getincrementaldecoder(name)("replace").decode(raw, is_whole), name


def named_encoding(name: str) -> str:
    """Python's name of an encoding that a person chose; "" where it is guessed. Raises DataError."""
    name = name.strip()
    if name.lower() in ("", "guess"):
        return ""
    try:
        # What only packs or shifts is no encoding of texts.
        "".encode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise DataError(
            f"Encoding takes a name such as {', '.join(OFFERED[:4])}; '{name[:40]}' is none that is known."
        ) from error


def decoded(raw: bytes, encoding: str, file_name: str, is_whole: bool = True) -> str:
    """The text of a file in the encoding that a person chose, without a mark of byte order; of the start of
    a file only, the last character may be cut off. Raises DataError.
    """
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(raw, is_whole)
    except UnicodeError as error:
        at = f", as byte {error.start + 1:,} shows" if isinstance(error, UnicodeDecodeError) else ""
        raise DataError(
            f"'{file_name}' is not written in {title_of(encoding)}{at}. Choose another encoding under Data."
        ) from error
    return text.removeprefix("\ufeff")


def title_of(encoding: str) -> str:
    """What an encoding is called where a person reads it."""
    return TITLES.get(encoding, encoding)


def told_letters(text: str, encoding: str) -> tuple[str, ...]:
    """A note where a text holds control characters in place of letters."""
    odd = CONTROL.search(text)
    if odd is None:
        return ()
    line = text[text.rfind("\n", 0, odd.start()) + 1 :].partition("\n")[0].strip()
    return (
        f"Read as {title_of(encoding)}, line {text.count(chr(10), 0, odd.start()) + 1:,} holds control "
        f"characters instead of letters: '{CONTROL.sub(chr(0xFFFD), line)[:40]}'. Choose the encoding under "
        "Data.",
    )
