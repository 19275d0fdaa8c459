"""By their names, codes are told from quantities."""

from __future__ import annotations

import pytest

from nnstudio.data.tables.code_names import names_codes, names_unit


@pytest.mark.parametrize(
    "name",
    [
        "Operator ID", "operator_id", "OperatorId", "operatorID", "id", "Machine No.", "machine_no",
        "MachineNo", "Room number", "roomNumber", "Error code", "ZIP", "postal code", "PLZ", "Key",
        "Kundennummer", "Nr.", "Artikel-Nr", "Schlüssel", "Numéro", "code postal", "Código", "N°",
    ],
)  # fmt: skip
def test_codes(name):
    assert names_codes(name)


@pytest.mark.parametrize(
    "name",
    [
        "Number of rooms", "No. of doors", "num_children", "Nombre", "paid", "humid", "grid",
        "Body mass index", "Spindle speed [1/min]", "Turns no. [1]", "Rooms", "Monkeys", "keys pressed",
        "casino", "piano", "video", "número de hijos", "NOx",
    ],
)  # fmt: skip
def test_quantities(name):
    assert not names_codes(name)


def test_a_unit_in_brackets_is_one_of_a_quantity():
    assert names_unit("Speed [1/min]") and not names_unit("Speed") and not names_unit("a [b] c")
