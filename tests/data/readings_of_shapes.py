"""Awkward files: headers, delimiters, quotation marks, encodings, and lines that are no rows."""

from __future__ import annotations

from data.readings import Reading, table

NUMBERS = {"a": "number", "b": "number", "y": "number"}


def line(i: int) -> str:
    return f"{i}.5,{i * 3},{i % 7}"


FIRST = {"a": [0.5, 1.5], "b": [0, 3]}

SHAPES = {
    "semicolons": Reading(table(lambda i: line(i).replace(",", ";"), "a;b;y"), NUMBERS, "y", FIRST),
    "bars": Reading(table(lambda i: line(i).replace(",", "|"), "a|b|y"), NUMBERS, "y", FIRST),
    "columns apart by several spaces": Reading(
        table(lambda i: f"{i}.5   {i * 3:>6}  {i % 7}", "a      b  y"), NUMBERS, "y", FIRST
    ),
    "Excel's line that names the delimiter": Reading(
        table(lambda i: line(i).replace(",", ";"), "a;b;y", before="sep=;\n"), NUMBERS, "y", FIRST
    ),
    "Windows' line ends": Reading(table(line, "a,b,y", end="\r\n"), NUMBERS, "y", FIRST),
    "old Macs' line ends": Reading(table(line, "a,b,y", end="\r"), NUMBERS, "y", FIRST),
    "UTF-8 with a mark": Reading(table(line, "a,b,y", encoding="utf-8-sig"), NUMBERS, "y", FIRST),
    "UTF-16": Reading(table(line, "a,b,y", encoding="utf-16"), NUMBERS, "y", FIRST, ("UTF-16",)),
    "umlauts of Windows": Reading(
        table(lambda i: f"{['Köln', 'Käln', 'Kuln'][i % 3]},{i},{i * 7 % 11}", "a,b,y", encoding="cp1252"),
        {**NUMBERS, "a": "category"}, "y", {"a": ["Köln", "Käln", "Kuln"]}, ("Windows-1252",),
    ),
    "no header": Reading(
        table(line), {"column 1": "number", "column 2": "number", "column 3": "number"}, "column 3",
        {"column 1": [0.5, 1.5]}, ("no header",),
    ),
    "a header of years": Reading(
        table(lambda i: f"{i}.5,{i * 3}.25,{i % 7}.75", "2019,2020,2021"),
        {"2019": "number", "2020": "number", "2021": "number"}, "2021", {"2019": [0.5, 1.5]},
    ),
    "words only": Reading(
        table(lambda i: f"{['hot', 'mild'][i % 2]},{['dry', 'wet'][i % 7 % 2]},{['go', 'stay'][i // 2 % 2]}",
              "weather,ground,plan"),
        {"weather": "category", "ground": "category", "plan": "category"}, "plan",
        {"weather": ["hot", "mild"]},
    ),
    "a name that is missing": Reading(
        table(lambda i: f"{i % 9},{line(i)}", ",a,b,y"), {"column 1": "number", **NUMBERS}, "y", FIRST,
    ),
    "names that occur twice": Reading(
        table(lambda i: f"{line(i)},{i * 7 % 11}", "a,b,a,y"),
        {"a": "number", "b": "number", "a (2)": "number", "y": "number"}, "y", FIRST,
    ),
    "a delimiter at the end of each row": Reading(
        table(lambda i: f"{line(i)},", "a,b,y"), NUMBERS, "y", FIRST
    ),
    "a delimiter at the end of the header too": Reading(
        table(lambda i: f"{line(i)},", "a,b,y,"), NUMBERS, "y", FIRST
    ),
    "rows of one field more than the header": Reading(
        table(lambda i: f"{line(i)},note", "a,b,y"), NUMBERS, "y", FIRST, ("40 rows have more fields",)
    ),
    "some rows are shorter": Reading(
        table(lambda i: f"{i % 7},{i * 3}" if i % 9 == 5 else f"{i % 7},{i * 3},{i}.5", "y,b,a"),
        {"y": "number", "b": "number", "a": "number"}, "y", {"b": [0, 3]}, (r"'a' \(4\)",),
    ),
    "empty lines in between": Reading(table(lambda i: f"{line(i)}\n", "a,b,y"), NUMBERS, "y", FIRST),
    "comments before": Reading(
        table(line, "a,b,y", before="# made by a logger\n# at 10 Hz\n"), NUMBERS, "y", FIRST,
        ("2 lines .*made by a logger",),
    ),
    "a title and an empty line before": Reading(
        table(line, "a,b,y", before="Measurements of the spring\n\n"), NUMBERS, "y", FIRST,
        ("A line before the table .*Measurements of the spring",),
    ),
    "several lines of notes before": Reading(
        table(lambda i: line(i).replace(",", ";"), "a;b;y",
              before="Station;Hamburg\nExported by;web service\nContact;weather@example.org\n\n"),
        NUMBERS, "y", FIRST, ("3 lines .*Station",),
    ),
    "units below the header": Reading(
        table(line, "a,b,y\nm/s,°C,kg"), NUMBERS, "y", FIRST, ("holds units .*m/s",)
    ),
    "units in brackets below the header": Reading(
        table(line, "a,b,y\n[m/s],[°C],[-]"), NUMBERS, "y", FIRST, ("holds units .*°C",)
    ),
    "the header again in the middle": Reading(
        table(lambda i: f"a,b,y\n{line(i)}" if i in (13, 27) else line(i), "a,b,y"), NUMBERS, "y", FIRST,
        ("header stands in data row 14, 29 once more",),
    ),
    "comments at the end": Reading(
        table(line, "a,b,y", after="# end of file\n"), NUMBERS, "y", FIRST, ("end of file",)
    ),
    "quotation marks around everything": Reading(
        table(lambda i: ",".join(f'"{v}"' for v in line(i).split(",")), '"a","b","y"'), NUMBERS, "y", FIRST
    ),
    "delimiters and doubled marks inside quotation marks": Reading(
        table(lambda i: f'"one, ""{i % 3}""",{i},{i * 7 % 11}', "a,b,y"), {**NUMBERS, "a": "category"}, "y",
        {"a": ['one, "0"', 'one, "1"']},
    ),
    "escaped quotation marks": Reading(
        table(lambda i: f'"one, \\"{i % 3}\\"",{i},{i * 7 % 11}', "a,b,y"), {**NUMBERS, "a": "category"}, "y",
        {"a": ['one, "0"', 'one, "1"']},
    ),
    "line breaks inside quotation marks": Reading(
        table(lambda i: f'"one\n{i % 3}",{i},{i * 7 % 11}', "a,b,y"), {**NUMBERS, "a": "category"}, "y",
        {"a": ["one\n0", "one\n1"]},
    ),
    "single quotation marks": Reading(
        table(lambda i: f"'one, {i % 3}',{i},{i * 7 % 11}", "a,b,y"), {**NUMBERS, "a": "category"}, "y",
        {"a": ["one, 0", "one, 1"]},
    ),
    "inches": Reading(
        table(lambda i: f'{i}" of rain,{i},{i * 7 % 11}' if i % 2 else f"none,{i},{i * 7 % 11}", "a,b,y"),
        {**NUMBERS, "a": "category"}, "y", {"a": ["none", '1" of rain']},
    ),
    "spaces around names and values": Reading(
        table(lambda i: line(i).replace(",", " , "), " a , b , y "), NUMBERS, "y", FIRST
    ),
    "the index that pandas writes": Reading(
        table(lambda i: f"{i},{line(i)}", ",a,b,target"),
        {"index": "left out", "a": "number", "b": "number", "target": "number"}, "target", {},
        ("'index' is left out",),
    ),
    "the target in front": Reading(
        table(lambda i: f"{['good', 'bad'][i % 2]},{line(i)}", "class,a,b,c"),
        {"class": "category", "a": "number", "b": "number", "c": "number"}, "class",
        {"class": ["good", "bad"]},
    ),
    "an id in front and the diagnosis second": Reading(
        table(lambda i: f"{8670 + i},{'MB'[i % 2]},{line(i)}", "id,diagnosis,r,s,t"),
        {"id": "left out", "diagnosis": "category", "r": "number", "s": "number", "t": "number"}, "diagnosis",
    ),
}  # fmt: skip
