"""Cells of a table of text: which of them are numbers, with what marks and in what unit."""

from __future__ import annotations

import re
from collections.abc import Sequence

NUMBER = re.compile(r"[-+]?(\d{1,3}([.,' ]\d{3})+|\d+)?([.,]\d*)?([eE][-+]?\d+)?")
# What only a decimal mark makes: digits that do not come in threes, or a nought before the mark.
DECIMALS = {
    mark: re.compile(rf"[-+]?(\d{{1,3}}({other}\d{{3}})+|\d*){sign}(\d{{1,2}}|\d{{4,}})?([eE][-+]?\d+)?"
                     rf"|[-+]?0?{sign}\d+([eE][-+]?\d+)?"
                     rf"|[-+]?\d{{1,3}}({other}\d{{3}})+{sign}\d+")
    for mark, sign, other in ((".", r"\.", "[,' ]"), (",", ",", r"[.' ]"))
}  # fmt: skip
THOUSANDS = {mark: re.compile(rf"[-+]?[1-9]\d{{0,2}}({re.escape(mark)}\d{{3}})+") for mark in ".,' "}
# Spaces that do not break or are thin, the typographic minus, and digits as wide as Chinese characters.
USUAL = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "−": "-", "’": "'"}
    | {chr(0xFF10 + digit): str(digit) for digit in range(10)}
)
CURRENCIES = {"$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₿", "fr.", "kr", "zł", "kč"}
# ISO 4217, those that are traded most.
CODES = {
    "USD", "EUR", "JPY", "GBP", "CNY", "AUD", "CAD", "CHF", "HKD", "SGD", "SEK", "KRW", "NOK", "NZD",
    "INR", "MXN", "TWD", "ZAR", "BRL", "DKK", "PLN", "THB", "ILS", "IDR", "CZK", "AED", "TRY", "HUF",
    "CLP", "SAR", "PHP", "MYR", "RUB",
}  # fmt: skip
# Units in which people often mix large and small.
MEASURES = {
    "%", "‰", "ppm", "mg", "g", "kg", "t", "mm", "cm", "m", "km", "ml", "l", "ms", "s", "min", "h", "d",
    "°C", "°F", "K", "Pa", "hPa", "bar", "V", "mV", "A", "mA", "W", "kW", "kWh", "Hz", "kHz", "MHz",
    "lb", "oz", "in", "ft", "mi",
}  # fmt: skip
# A number with a unit in front or behind, in brackets or with its minus behind where it is below nought.
FORM = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[-+])?\s*(?P<before>[^\W\d_]{1,3}\.?|[$€£¥₹₽₩₺₿])?\s*(?P<inner>[-+])?\s*"
    r"(?P<number>\d[\d.,' ]*?(?:[eE][-+]?\d+)?|[.,]\d+)\s*"
    r"(?P<behind>[^\W\d_]{1,10}\.?|[$€£¥₹₽₩₺₿%‰]|°\s?[CF]|[^\W\d_]{1,5}/[^\W\d_]{1,5}[²³]?)?"
    r"\s*(?P<minus>-)?(?P<close>\))?"
)


def usual(text: str) -> str:
    """A cell with the usual signs for rare ones that look like them, and no space around it."""
    return text.translate(USUAL).strip()


def is_number(text: str) -> bool:
    """Whether a cell is a number in any of the usual ways of writing one, without a unit."""
    return NUMBER.fullmatch(text) is not None and any(c.isdigit() for c in text)


def split_unit(text: str) -> tuple[str, str] | None:
    """A number without its unit, and the unit, "" for none; None where a cell is no number.

    What stands in front must be a currency. ``(5)`` and ``5-`` are -5.
    """
    match = FORM.fullmatch(usual(text))
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    before, behind = match["before"] or "", (match["behind"] or "").replace("° ", "°")
    if (before and not is_currency(before)) or (before and behind):
        return None
    signs = [sign for sign in (match["sign"], match["inner"], match["minus"]) if sign]
    number = match["number"].strip()
    if len(signs) + bool(match["open"]) > 1 or not is_number(number):
        return None
    is_negative = bool(match["open"]) or signs == ["-"]
    return ("-" if is_negative else "") + number, before or behind


def is_currency(unit: str) -> bool:
    """Whether it is a sign or a code of a currency."""
    return unit.lower() in CURRENCIES or unit in CODES


def are_known(units: Sequence[str]) -> bool:
    """Whether all are units that everybody knows, so that numbers stand before them."""
    return all(is_currency(unit) or unit in MEASURES for unit in units)


def bare(text: str) -> str:
    """A cell as the number that it is, without its unit; else as it stands."""
    split = split_unit(text)
    return text.strip() if split is None else split[0]
