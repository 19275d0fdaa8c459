"""Awkward files, by what stands around the cells, each with its right reading."""

from __future__ import annotations

import codecs
from dataclasses import replace

from reading import Reading, lines

ROWS = tuple(f"{i}.5,{i * 3 % 8},{'no' if i % 2 else 'yes'}" for i in range(8))
PLAIN = Reading("plain", lines("a,b,y", *ROWS), ("a", "b", "y"), (0.5, 0, "yes"), "nnc",
                new=lines("b,a", "3,2.5"), inputs=[[2.5, 3.0]])  # fmt: skip
GERMAN = lines("Länge;b;y", *(row.replace(",", ";").replace(".", ",") for row in ROWS))


def like(name: str, text: str | bytes, *notes: str, **more: object) -> Reading:
    """Another way to write the plain table."""
    facts: dict = {"name": name, "text": text, "notes": notes, **more}
    return replace(PLAIN, **facts)


def german(name: str, text: bytes, *notes: str) -> Reading:
    return replace(
        PLAIN, name=name, text=text, notes=notes, columns=("Länge", "b", "y"), delimiter=";", decimal=",",
        new=lines("Länge;b", "2,5;3"),
    )  # fmt: skip


FILES = (
    PLAIN,
    like("comments before", lines("# made by a logger", "# 2020", "a,b,y", *ROWS),
         "2 lines before the table are left out, the first of them '# made by a logger'",
         new=lines("# new", "a,b", "2.5,3")),
    like("slashes before", lines("// run 7", "a,b,y", *ROWS),
         "A line before the table is left out: '// run 7'"),
    like("percent signs before", lines("% of Matlab", "a,b,y", *ROWS), "left out: '% of Matlab'"),
    like("names in a comment", lines("# measured", "# a,b,y", *ROWS), "A line before the table is left out"),
    like("names behind a mark", lines("#a,b,y", *ROWS)),
    like("a title", lines("Sales of the year", "", "a,b,y", *ROWS), "left out: 'Sales of the year'"),
    like("a title as a spreadsheet saves it", lines("Sales,,", ",,", "a,b,y", *ROWS), "left out, the first",
         "'Sales'"),
    like("details", lines("Station,Berlin", "Height,34", "a,b,y", *ROWS),
         "the first of them 'Station,Berlin'"),
    like("blank lines", lines("", "", "a,b,y", "", *ROWS, "", "")),
    like("units below the names", lines("a,b,y", "m/s,°C,", *ROWS), "holds units and is left out: m/s, °C",
         new=lines("a,b", "m/s,°C", "2.5,3")),
    like("units in brackets", lines("a,b,y", "[m],(s),-", *ROWS), "left out: [m], (s)"),
    like("a comment at the end", lines("a,b,y", *ROWS, "# end of file"), "A comment stands in data row 9"),
    like("the header once more", lines("a,b,y", *ROWS[:4], "a,b,y", *ROWS[4:]),
         "The header stands in data row 5 once more"),
    like("totals among texts", lines("a,b,y", *ROWS, "9.5,100,Total"), "The last row, data row 9, looks like",
         rows=9),
    like("totals among numbers", lines("a,b,y", *ROWS, "Total,100,"), "'Total' in data row 9",
         rows=9, problem="skip_rows='9'", first=("0.5", 0, "yes"), types="cnc", new=None),
    like("delimiters at the ends", lines("a,b,y,", *(f"{row}," for row in ROWS))),
    like("delimiters at the ends of rows", lines("a,b,y", *(f"{row},," for row in ROWS))),
    like("short rows", lines("a,b,y", *ROWS[:7], "3.5"),
         "1 row is left out because values are missing in 'y'"),
    like("long rows", lines("a,b,y", *ROWS[:7], "7.5,5,no,more"), "1 row has more fields",
         "'more' in data row 8"),
    like("quoted numbers", lines('"a","b","y"',
         *(f'"{row.replace(",", chr(34) + "," + chr(34))}"' for row in ROWS))),
    like("spaces after delimiters", lines("a, b, y", *(row.replace(",", ", ") for row in ROWS))),
    like("spaces before delimiters", lines("a ,b ,y", *(row.replace(",", " ,") for row in ROWS))),
    like("tabs", lines("a\tb\ty", *ROWS).replace(",", "\t"), delimiter="\t", new="a\tb\n2.5\t3\n"),
    like("bars", lines("a|b|y", *ROWS).replace(",", "|"), delimiter="|", new="a|b\n2.5|3\n"),
    like("runs of spaces", lines("  a    b   y", *("  " + row.replace(",", "    ") for row in ROWS)),
         delimiter=" ",
         new="  a    b\n  2.5   3\n"),
    like("tabs and spaces", lines("a\t b\t y", *(row.replace(",", "\t  ") for row in ROWS)), delimiter="\t"),
    like("line ends of old Macs", lines("a,b,y", *ROWS, end="\r"), new="a,b\r2.5,3\r"),
    like("line ends of Windows", lines("a,b,y", *ROWS, end="\r\n"), new="a,b\r\n2.5,3\r\n"),
    like("no line end", lines("a,b,y", *ROWS).rstrip()),
    like("no header", lines(*ROWS), "no header row", columns=("column 1", "column 2", "column 3"),
         header=False,
         target="column 3", new=lines("2.5,3")),
    like("Excel's own line", lines("sep=;", "a;b;y", *(row.replace(",", ";") for row in ROWS)), delimiter=";",
         new="sep=;\na;b\n2.5;3\n"),
    like("Excel's own line with a tab", "sep=\t\n" + lines("a,b,y", *ROWS).replace(",", "\t"),
         delimiter="\t"),
    like("a byte order mark", codecs.BOM_UTF8 + lines("a,b,y", *ROWS).encode()),
    german("UTF-16, little end first", codecs.BOM_UTF16_LE + GERMAN.encode("utf-16-le"), "written in UTF-16"),
    german("UTF-16, big end first", codecs.BOM_UTF16_BE + GERMAN.encode("utf-16-be"), "written in UTF-16"),
    german("CP1252", GERMAN.encode("cp1252"), "written in Windows-1252"),
    german("UTF-8", GERMAN.encode()),
    like("an index without a name", lines(",a,b,y", *(f"{i},{row}" for i, row in enumerate(ROWS))),
         columns=("index", "a", "b", "y"), first=(0, 0.5, 0, "yes"), types="nnnc", new=None),
    like("a name that is missing", lines("a,,y", *ROWS), "no name for 'column 2'", columns=("a", "column 2",
         "y"),
         new=None),
    like("a name twice", lines("a,a,y", *ROWS), "names more than once; the later ones are called 'a (2)'",
         columns=("a", "a (2)", "y"), new=None),
    Reading("years as names", lines("2019;2020;2021",
            *(f"{i},5;{i * 3 % 8},25;{i % 3},125" for i in range(8))),
            ("2019", "2020", "2021"), (0.5, 0.25, 0.125), "nnn", target="2021", delimiter=";", decimal=","),
    Reading("years behind a name", lines("land,2019,2020,2021",
            *(f"l{i},{i},{i * 3 % 8},{i % 3}" for i in range(8))),
            ("land", "2019", "2020", "2021"), ("l0", 0, 0, 0), "cnnn", target="land"),
    Reading("wavelengths as names", lines("350,400,450",
            *(f"0.{i + 1},0.{i * 3 % 8 + 1},0.{i % 3 + 1}" for i in range(8))),
            ("350", "400", "450"), (0.1, 0.1, 0.1), "nnn", target="450"),
    Reading("delimiters inside quotation marks", lines("t;y",
            *(f'"red; {i % 2}";{["yes", "no"][i % 2]}' for i in range(8))),
            ("t", "y"), ("red; 0", "yes"), "cc", delimiter=";"),
    Reading("doubled quotation marks", lines("t,a,y",
            *(f'"the ""{i % 2}"" one",{i},{"yn"[i % 2]}' for i in range(8))),
            ("t", "a", "y"), ('the "0" one', 0, "y"), "cnc"),
    Reading("escaped quotation marks", lines("t,a,y",
            *(f'"the \\"{i % 2}\\", one",{i},{"yn"[i % 2]}' for i in range(8))),
            ("t", "a", "y"), ('the "0", one', 0, "y"), "cnc"),
    Reading("line breaks inside", lines("t,a,y", *(f'"one\n{i % 2}",{i},{"yn"[i % 2]}' for i in range(8))),
            ("t", "a", "y"), ("one\n0", 0, "y"), "cnc"),
    Reading("a single column", lines("y", *"12345678"), ("y",), (1,), "n", problem="only one column"),
    Reading("a single row", lines("a,y", "1,2"), ("a", "y"), (1, 2), "nn", rows=1, problem="only one row"),
    Reading("times and numbers without a header", lines(*(f"2020-01-0{i} 10:00,{i},{i % 3}" for i in range(1,
            9))),
            ("column 1", "column 2", "column 3"), ("2020-01-01 10:00", 1, 1), "dnn", ("no header row",),
            target="column 3", header=False),
    Reading("a header above dates and texts", lines("when,who", *(f"2020-01-0{i},n{i}" for i in range(1, 9))),
            ("when", "who"), ("2020-01-01", "n1"), "dc", target="who"),
)  # fmt: skip
