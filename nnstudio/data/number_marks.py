"""How numbers are written in cells: decimal and thousands marks, signs, units; must not know of tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# What stands for something plainer: kinds of minus, of spaces, of apostrophes, and full-width characters.
PLAIN = str.maketrans(
    {
        "\u2212": "-", "\u2012": "-", "\u2013": "-", "\ufe63": "-", "\uff0d": "-", "\uff0b": "+",
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " ", "\u3000": " ", "\u2019": "'",
        "\uff0e": ".", "\uff0c": ",", "\uff05": "%", "\u066a": "%", "\ufe6a": "%", "\uff04": "$",
        "\uffe5": "\u00a5", "\u03bc": "\u00b5",
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
    }
)  # fmt: skip
NUMBER = re.compile(r"(?=.*\d)[-+]?(\d{1,3}([.,' ]\d{3})+|\d+)?([.,]\d*)?([eE][-+]?\d+)?", re.ASCII)
# What only a decimal mark makes: digits that do not come in threes, or a nought before the mark.
DECIMALS = {
    mark: re.compile(rf"[-+]?(\d{{1,3}}([{other}' ]\d{{3}})+|\d*){sign}(\d{{1,2}}|\d{{4,}})?([eE][-+]?\d+)?"
                     rf"|[-+]?\d+{sign}\d+[eE][-+]?\d+"
                     rf"|[-+]?0?{sign}\d+([eE][-+]?\d+)?"
                     rf"|[-+]?\d{{1,3}}([{other}' ]\d{{3}})+{sign}\d+", re.ASCII)
    for mark, sign, other in ((".", r"\.", ","), (",", ",", "."))
}  # fmt: skip
THOUSANDS = {
    mark: re.compile(rf"[-+]?[1-9]\d{{0,2}}({re.escape(mark)}\d{{3}})+", re.ASCII) for mark in ".,' "
}
# Money by its signs and by the codes of ISO 4217 that are met most.
MONEY = (
    r"US\$|CA\$|A\$|C\$|R\$|[$€£¥₹₽₩₺₪฿]|USD|EUR|GBP|JPY|CHF|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|RON|CAD|AUD"
    r"|NZD|BRL|MXN|KRW|RUB|TRY|ZAR|SGD|HKD|Rs\.?|Fr\.?|kr\.?|zł"
)
# Units that are known. What else stands at numbers, a person has to call one: most of it is none.
UNITS = {
    "%", "‰", "°", "°C", "°F", "K", "kg", "g", "mg", "µg", "t", "lb", "lbs", "oz", "km", "m", "dm", "cm",
    "mm", "µm", "nm", "mi", "ft", "in", "yd", "s", "sec", "ms", "µs", "ns", "min", "h", "hr", "hrs", "d",
    "m/s", "km/h", "kmh", "mph", "m2", "m²", "km2", "km²", "cm2", "cm²", "m3", "m³", "cm3", "cm³", "cc",
    "ha", "L", "l", "ml", "mL", "dl", "cl", "µl", "V", "mV", "kV", "A", "mA", "W", "kW", "MW", "GW", "Wh",
    "kWh", "MWh", "J", "kJ", "MJ", "cal", "kcal", "Hz", "kHz", "MHz", "GHz", "Pa", "hPa", "kPa", "MPa",
    "bar", "mbar", "psi", "N", "Nm", "kN", "dB", "B", "kB", "KB", "MB", "GB", "TB", "bit", "px", "pt",
    "dpi", "ppm", "ppb", "mol", "mmol", "mol/l", "mmol/l", "mg/l", "mg/L", "mg/dl", "mg/dL", "g/l", "g/L",
    "kg/m3", "kg/m³", "rpm", "Ω", "kΩ", "lx", "lm", "cd", "T", "mT", "k", "M", "bn", "hp", "PS", "kmpl",
    "km/kg", "CC", "bhp", "mpg", "m/s2", "m/s²", "W/m2", "W/m²", "mmHg", "g/cm3", "g/cm³", "rad", "deg",
    "years", "days", "USD", "EUR",
}  # fmt: skip
# Signs and codes of the same money.
SAME_MONEY = {
    "€": "EUR", "$": "USD", "US$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW",
    "₺": "TRY", "R$": "BRL", "CA$": "CAD", "C$": "CAD", "A$": "AUD", "zł": "PLN",
}  # fmt: skip
TIME = re.compile(r"(\d{1,4}):([0-5]\d)(?::([0-5]\d(?:[.,]\d+)?))?\s*([AaPp])?(?:\.?[Mm]\.?)?", re.ASCII)
QUANTITY = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+])?\s*(?P<before>{MONEY})?\s*(?P<inner>[-+])?"
    r"(?P<number>(?:\d[\d.,' ]*|[.,]\d+)(?:[eE][-+]?\d+)?)"
    rf"\s*(?P<after>{MONEY}|[^\W\d_][\w/²³·^]{{0,14}}\.?|[%‰°][CF]?)?(?P<minus>-)?\s*(?P<close>\))?"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A cell with one number in it.

    Attributes:
        number: it with its sign and its marks, as they are written.
        unit: what it is of, or "".
        is_usual: whether it is written as programs read numbers, but for its marks.
    """

    number: str
    unit: str
    is_usual: bool


def plain_text(text: str) -> str:
    """A cell without blanks around it, with the plain kinds of minus, space, apostrophe and digit."""
    text = text.strip()
    return text if text.isascii() else text.translate(PLAIN).strip()


def quantity(text: str) -> Quantity | None:
    """The number in a plain cell: with a unit, in brackets or with a minus behind it where it is negative."""
    if is_number(text):
        return Quantity(text, "", True)
    parts = QUANTITY.fullmatch(text)
    if parts is None or (parts["open"] is None) != (parts["close"] is None):
        return None
    signs = [mark for mark in (parts["open"], parts["sign"], parts["inner"], parts["minus"]) if mark]
    number, after = parts["number"].strip(), parts["after"] or ""
    if len(signs) > 1 or (parts["before"] and after) or not is_number(number):
        return None
    if after and after not in UNITS and not re.fullmatch(MONEY, after):
        return None
    is_negative = bool(signs) and signs[0] != "+"
    return Quantity(f"-{number}" if is_negative else number, parts["before"] or after, False)


def quantity_of(text: str, unit: str) -> Quantity | None:
    """The number in a plain cell: as `quantity` has it, or with this unit, which need not be a known one."""
    known = quantity(text)
    if known is not None or not unit:
        return known
    for end in (text.removesuffix(unit), text.removeprefix(unit)):
        if len(end) < len(text) and is_number(end.strip()):
            return Quantity(end.strip(), unit, False)
    return None


def is_same_unit(one: str, other: str) -> bool:
    """Whether two units are one, such as the sign and the code of the same money."""
    return SAME_MONEY.get(one, one) == SAME_MONEY.get(other, other)


def number_in(cell: object, decimal: str, thousands: str, unit: str) -> float | None:
    """The number of a text with these marks, of this unit or of none; None where there is no such number."""
    parsed = quantity_of(plain_text(cell), unit) if isinstance(cell, str) else None
    if parsed is None or not number_pattern(decimal or ".", thousands).fullmatch(parsed.number):
        return None
    if parsed.unit and not (unit and is_same_unit(parsed.unit, unit)):
        return None
    whole = parsed.number.replace(thousands, "") if thousands else parsed.number
    return float(whole.replace(decimal or ".", "."))


def core(cell: str, unit: str = "") -> str:
    """The number of a cell, without its unit, known or this one; the plain cell where it holds none."""
    text = plain_text(cell)
    parsed = None if is_number(text) else quantity_of(text, unit)
    return text if parsed is None else parsed.number


def minutes_of(text: object) -> str | None:
    """The minutes of a time of day or a duration, as a number is written; None where a cell is none."""
    parts = TIME.fullmatch(text) if isinstance(text, str) else None
    if parts is None:
        return None
    hours, half = int(parts[1]), (parts[4] or "").lower()
    if half and not 1 <= hours <= 12:
        return None
    if half:
        hours = hours % 12 + 12 * (half == "p")
    seconds = float((parts[3] or "0").replace(",", "."))
    return f"{hours * 60 + int(parts[2]) + seconds / 60:.12g}"


def is_number(text: str) -> bool:
    """Whether a cell is a number in any of the usual ways of writing one."""
    return NUMBER.fullmatch(text) is not None


def decimal_mark(cells: Sequence[str], delimiter: str) -> tuple[str, str, bool]:
    """The decimal mark of a table's cells; one that could be read otherwise where none tells, or "";
    whether the cells tell the mark.
    """
    clear = {mark: sum(p.fullmatch(cell) is not None for cell in cells) for mark, p in DECIMALS.items()}
    if clear["."] != clear[","]:
        return "," if clear[","] > clear["."] else ".", "", True
    # Three digits after the mark say nothing; a point is what most programs write.
    unclear = {m: [c for c in cells if is_number(c) and c.count(m) == 1] for m in DECIMALS}
    mark = "," if delimiter != "," and len(unclear[","]) > len(unclear["."]) else "."
    return mark, next(iter(unclear["."] + unclear[","]), "") if not clear["."] else "", False


def thousands_mark(cells: Sequence[str], decimal: str) -> str:
    """The mark that stands between groups of three digits wherever it stands in a number."""
    for mark in THOUSANDS:
        if mark == decimal:
            continue
        holding = [cell for cell in cells if mark in cell and is_number(cell)]
        if not holding:
            continue
        whole = [cell.split(decimal)[0] for cell in holding]
        if all(THOUSANDS[mark].fullmatch(cell) for cell in whole):
            return mark
    return ""


def number_pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    """What a number looks like with these marks."""
    whole = rf"(\d{{1,3}}({re.escape(thousands)}\d{{3}})+|\d*)" if thousands else r"\d*"
    return re.compile(rf"[-+]?{whole}({re.escape(decimal)}\d*)?([eE][-+]?\d+)?", re.ASCII)


def size(text: str) -> float:
    """A number's size, whatever its marks, good enough to compare it with its neighbours."""
    try:
        return float(text.replace(",", ".").replace("'", "").replace(" ", ""))
    except ValueError:
        return float(re.sub(r"[.,' ]", "", text.split("e")[0].split("E")[0]) or 0)
