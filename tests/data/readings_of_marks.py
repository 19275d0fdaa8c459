"""Awkward files: numbers in all the ways in which people write them."""

from __future__ import annotations

from data.readings import Reading, table

NUMBERS = {"a": "number", "b": "number", "y": "number"}


def german(value: float) -> str:
    return f"{value:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")


MARKS = {
    "decimal commas between semicolons": Reading(
        table(lambda i: f"{i},5;{i * 2};{i * 7 % 11}", "a;b;y"), NUMBERS, "y", {"a": [0.5, 1.5]}
    ),
    "decimal commas in quotation marks between commas": Reading(
        table(lambda i: f'"{i},5",{i * 2},{i * 7 % 11}', "a,b,y"), NUMBERS, "y", {"a": [0.5, 1.5]}
    ),
    "decimal commas between tabs": Reading(
        table(lambda i: f"{i},25\t{i}\t{i / 4:.2f}".replace(".", ","), "a\tb\ty"),
        NUMBERS,
        "y",
        {"a": [0.25, 1.25], "y": [0.0, 0.25]},
    ),
    "points between thousands, as in Germany": Reading(
        table(lambda i: f"{german(1000 + 137.25 * i)};{i};{i * 7 % 11}", "a;b;y"),
        NUMBERS, "y", {"a": [1000, 1137.25]}
    ),
    "commas between thousands": Reading(
        table(lambda i: f'"{1000 + 1137.5 * i:,.2f}",{i},{i * 7 % 11}', "a,b,y"),
        NUMBERS, "y", {"a": [1000, 2137.5]}
    ),
    "apostrophes between thousands, as in Switzerland": Reading(
        table(lambda i: f"{1000 + 1137 * i:,}".replace(",", "'") + f";{i}.5;{i * 7 % 11}", "a;b;y"),
        NUMBERS, "y", {"a": [1000, 2137], "b": [0.5, 1.5]},
    ),
    "spaces between thousands, as in France": Reading(
        table(lambda i: f"{1000 + 1137 * i:,}".replace(",", " ") + f",5;{i};{i * 7 % 11}", "a;b;y"),
        NUMBERS, "y", {"a": [1000.5, 2137.5]},
    ),
    "spaces that do not break between thousands": Reading(
        table(lambda i: f"{1000 + 1137 * i:,}".replace(",", "\u202f") + f",5;{i};{i * 7 % 11}", "a;b;y"),
        NUMBERS, "y", {"a": [1000.5, 2137.5]},
    ),
    "dollars": Reading(
        table(lambda i: f'"${1000 + 1137.5 * i:,.2f}",{i},{i * 7 % 11}', "a,b,y"),
        NUMBERS, "y", {"a": [1000, 2137.5]}, (r"'a' is in \$",),
    ),
    "euros behind, decimal commas": Reading(
        table(lambda i: f"{german(1000 + 137.25 * i)} €;{i};{i * 7 % 11}", "a;b;y"),
        NUMBERS, "y", {"a": [1000, 1137.25]}, ("'a' is in €",),
    ),
    "a currency by its code": Reading(
        table(lambda i: f"USD {i}.50,{i},{i * 7 % 11}", "a,b,y"),
        NUMBERS, "y", {"a": [0.5, 1.5]}, ("'a' is in USD",)
    ),
    "several currencies in a column stay a text": Reading(
        table(lambda i: f"{'$€'[i % 2]}{i % 5}.50,{i},{i * 7 % 11}", "a,b,y"),
        {**NUMBERS, "a": "category"}, "y", {"a": ["$0.50", "€1.50"]}, ("'a' is in different units",),
    ),
    "percent": Reading(
        table(lambda i: f"{i}.5%,{i},{i * 7 % 11}", "a,b,y"),
        NUMBERS, "y", {"a": [0.5, 1.5]}, ("'a' is in %",)
    ),
    "percent with a space and decimal commas": Reading(
        table(lambda i: f"{i},5 %;{i};{i * 7 % 11}", "a;b;y"),
        NUMBERS, "y", {"a": [0.5, 1.5]}, ("'a' is in %",)
    ),
    "a unit behind each number": Reading(
        table(lambda i: f"{50 + i} kg,{i},{i * 7 % 11}", "a,b,y"),
        NUMBERS, "y", {"a": [50, 51]}, ("'a' is in kg",)
    ),
    "a unit behind each quoted number and no header": Reading(
        table(lambda i: f'"{50 + i} cm","{i}",{i % 2}'),
        {"column 1": "number", "column 2": "number", "column 3": "number"},
        "column 3", {"column 1": [50, 51]}, ("'column 1' is in cm",),
    ),
    "several units in a column stay a text": Reading(
        table(lambda i: f"{50 + i % 4} {['kg', 'g'][i % 2]},{i},{i * 7 % 11}", "a,b,y"),
        {**NUMBERS, "a": "category"}, "y", {"a": ["50 kg", "51 g"]}, ("'a' is in different units",),
    ),
    "house numbers and the like are no units": Reading(
        table(lambda i: f"{i % 9 + 1}{'abc'[i % 3]},{i},{i * 7 % 11}", "a,b,y"),
        {**NUMBERS, "a": "category"}, "y", {"a": ["1a", "2b"]},
    ),
    "losses in brackets": Reading(
        table(lambda i: f"{'(' if i % 2 else ''}{i}.25{')' if i % 2 else ''},{i},{i * 7 % 11}", "a,b,y"),
        NUMBERS, "y", {"a": [0.25, -1.25]}, ("Numbers like .* in 'a' are negative ones",),
    ),
    "a minus behind the number, as SAP writes it": Reading(
        table(lambda i: f"{i}.25{'-' if i % 2 else ''},{i},{i * 7 % 11}", "a,b,y"),
        NUMBERS, "y", {"a": [0.25, -1.25]}
    ),
    "a typographic minus": Reading(
        table(lambda i: f"{'−' if i % 2 else ''}{i}.25,{i},{i * 7 % 11}", "a,b,y"),
        NUMBERS, "y", {"a": [0.25, -1.25]}
    ),
    "powers of ten with a decimal comma": Reading(
        table(lambda i: f"{i + 1},5E+02;{i};{i * 7 % 11}", "a;b;y"), NUMBERS, "y", {"a": [150, 250]}
    ),
    "plus signs": Reading(table(lambda i: f"+{i},{i},{i * 7 % 11}", "a,b,y"), NUMBERS, "y", {"a": [0, 1]}),
    "codes with leading zeros": Reading(
        table(lambda i: f"0{1234 + i % 4},{i},{i * 7 % 11}", "zip,b,y"),
        {"zip": "category", "b": "number", "y": "number"}, "y", {"zip": ["01234", "01235"]},
        ("'zip' holds codes with a 0 in front",),
    ),
    "marks of missing values": Reading(
        table(lambda i: f"{'?' if i % 10 == 3 else i},{'-' if i % 10 == 4 else i},{i * 7 % 11}", "a,b,y"),
        NUMBERS, "y",
        {"a": [0, 1]}, (r"'a' \(4\)", r"'b' \(4\)"),
    ),
    "NA among codes of two letters": Reading(
        table(lambda i: f"{['NA', 'DE', 'FR', 'IT'][i % 4]},{i},{i * 7 % 11}", "a,b,y"),
        {**NUMBERS, "a": "category"}, "y", {"a": ["NA", "DE"]}, ("'NA' in column 'a' is taken for a code",),
    ),
    "NA among numbers": Reading(
        table(lambda i: f"{'NA' if i % 8 == 3 else i},{i},{i * 7 % 11}", "a,b,y"),
        NUMBERS, "y", {"a": [0, 1]},
        (r"'a' \(5\)",),
    ),
    "-999 for what is missing": Reading(
        table(lambda i: f"{-999 if i % 8 == 3 else i},{i},{i * 7 % 11}", "a,b,y"),
        NUMBERS, "y", {"a": [0, 1]},
        ("'a' is -999 in 5 rows",),
    ),
    "whole numbers with gaps": Reading(
        table(lambda i: f"{'' if i % 8 == 3 else i},{i},{i * 7 % 11}", "a,b,y"), NUMBERS, "y", {"a": [0, 1]},
    ),
    "yes and no in two languages": Reading(
        table(lambda i: f"{['ja', 'nein'][i % 2]},{i},{['yes', 'no'][i // 2 % 2]}", "a,b,y"),
        {"a": "category", "b": "number", "y": "category"}, "y", {"a": ["ja", "nein"]},
    ),
    "true and false": Reading(
        table(lambda i: f"{i % 2 == 0},{i},{i * 7 % 11}", "a,b,y"), {**NUMBERS, "a": "category"}, "y",
    ),
    "the same word with capitals and spaces": Reading(
        table(lambda i: f"{['Red', 'red ', 'blue'][i % 3]},{i},{i * 7 % 11}", "a,b,y"),
        {**NUMBERS, "a": "category"},
        "y", {}, ("'a' .*'Red' and 'red', which may be the same",),
    ),
    "dates with the day first": Reading(
        table(lambda i: f"{i % 28 + 1:02}.{i % 12 + 1:02}.2021;{i};{i * 7 % 11}", "a;b;y"),
        {**NUMBERS, "a": "date"}, "y",
    ),
    "dates of which nobody knows": Reading(
        table(lambda i: f"{i % 12 + 1}/{i % 11 + 1}/2021,{i},{i * 7 % 11}", "a,b,y"),
        {**NUMBERS, "a": "date"}, "y", {},
        ("'a'.* dates .*day first",),
    ),
    "times with a zone": Reading(
        table(lambda i: f"2021-03-{i % 28 + 1:02}T{i % 24:02}:30:00Z,{i},{i * 7 % 11}", "a,b,y"),
        {**NUMBERS, "a": "date"}, "y",
    ),
    "times of day": Reading(
        table(lambda i: f"{i % 24}:{i % 60:02},{i},{i * 7 % 11}", "a,b,y"), {**NUMBERS, "a": "number"}, "y",
    ),
    "times of day with AM and PM": Reading(
        table(lambda i: f"{i % 12 + 1}:30 {['AM', 'PM'][i % 2]},{i},{i * 7 % 11}", "a,b,y"),
        {**NUMBERS, "a": "number"},
        "y",
    ),
    "long numbers that name the rows": Reading(
        table(lambda i: f"{10**30 + i},{i},{i * 7 % 11}", "a,b,y"), {**NUMBERS, "a": "left out"}, "y", {},
        ("'a' is left out",),
    ),
}  # fmt: skip
