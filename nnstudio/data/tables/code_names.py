"""What the name of a column says of its whole numbers: codes that tell things apart, or a quantity."""

from __future__ import annotations

import re

# Words for codes wherever they stand, in English, German, French, Spanish, Portuguese and Italian.
CODES = (
    "id|ids|uuid|guid|key|code|codes|zip|zipcode|postcode|plz|kennung|kennziffer|schlüssel|clé|cle|clave|código|"
    "codigo|codice|chiave|chave"
)
# Words that are one at the end only: "No. of doors" and "number of rooms" are counted.
NUMBERS = "no|nr|nos|num|number|nummer|numéro|numero|número|matricule|matrícula|matricola|n°|nº|№"
CODE_WORD = re.compile(rf"(?<![^\W_])(?:(?:{CODES})(?![^\W_])|(?:{NUMBERS})\W*$)", re.IGNORECASE)
# Words that are written together: OperatorId, machineNo; and German ones: Kundennummer, Artikelnr.
JOINED = re.compile(r"(?<=[a-z])(?:I[dD]|No|Nr|Num|Number|Code|Key)$|(?i:(?<=[a-zäöüß])nummer$)")
COUNTED = re.compile(
    r"^\W*(?:no|nr|num|number|nummer|numero|numéro|número)\W+(?:of|de|der|di|von)\b", re.IGNORECASE
)
# Names that only number the rows; "Unnamed: 0" is what pandas calls a column without one.
ROW_WORD = re.compile(r"^(?:(?:row|sample|case)?[\W_]*index|unnamed(?![^\W_]).*|#)$", re.IGNORECASE)
# A unit: no code has one.
UNIT = re.compile(r"\[[^\[\]]+\]\s*$")


def names_codes(name: str) -> bool:
    """Whether whole numbers below this name mostly tell things apart and are no quantities."""
    name = name.strip()
    if UNIT.search(name) or COUNTED.search(name):
        return False
    return bool(CODE_WORD.search(name) or JOINED.search(name))


def names_rows(name: str) -> bool:
    """Whether values below this name that all differ name the rows."""
    return names_codes(name) or ROW_WORD.search(name.strip()) is not None


def names_unit(name: str) -> bool:
    """Whether the name ends with a unit in brackets, so that it is one of a quantity."""
    return UNIT.search(name.strip()) is not None
