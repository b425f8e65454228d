"""How fast files are read, and in how much memory: ``python -m bench.read``. Nothing is stored; the database is not asked.

Each file is read in a process of its own, so that the memory is that of this file: the whole process, Django included.
"""

import csv
import datetime as dt
import gzip
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import django
import xlsxwriter

ROWS, COLUMNS = 250_000, 10
WIDE_ROWS, WIDE = 5_000, 700
FIRST = dt.date(2000, 1, 1)
Cell = str | int | float | dt.date


def long_rows() -> Iterator[list[Cell]]:
    """Rows as registers have them: names that come again and again, a day, figures, a note of its own."""
    yield ["id", "title", "country", "start", "people", "cost", "note", "unit", "place", "kind"]
    for number in range(ROWS):
        names: list[Cell] = [f"R-{number}", f"Exercise {number % 13_000} of the series", f"Country {number % 190}"]
        figures: list[Cell] = [FIRST + dt.timedelta(days=number % 8_000), number % 500, number / 4]
        yield [*names, *figures, f"note {number}, with a comma", f"Unit {number % 999}", "Somewhere", number % 3]


def wide_rows() -> Iterator[list[Cell]]:
    yield [f"column {place}" for place in range(WIDE)]
    for number in range(WIDE_ROWS):
        yield [f"text {place}-{number % 50}" if place % 2 else (number * place) % 97 for place in range(WIDE)]


def write_text(path: Path, rows: Iterator[list[Cell]]) -> None:
    openers = {".gz": gzip.open, ".csv": open}
    with openers[path.suffix](path, "wt", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def write_workbook(path: Path, rows: Iterator[list[Cell]]) -> None:
    """With shared texts, as spreadsheet programs write them."""
    book = xlsxwriter.Workbook(path)
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    for number, cells in enumerate(rows):
        for place, cell in enumerate(cells):
            if isinstance(cell, dt.date):
                sheet.write_datetime(number, place, dt.datetime.combine(cell, dt.time()), day)
            else:
                sheet.write(number, place, cell)
    book.close()


FILES = {
    "long.csv": (write_text, long_rows),
    "long.csv.gz": (write_text, long_rows),
    "long.xlsx": (write_workbook, long_rows),
    "wide.csv": (write_text, wide_rows),
    "wide.xlsx": (write_workbook, wide_rows),
}


def read(path: Path) -> str:
    """One line of the table: rows, cells, processor seconds of detecting and of reading, rows a second, most memory."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from imports.reading import detect, open_table

    began = time.process_time()
    options = detect(path).options
    detected = time.process_time()
    rows = cells = 0
    with open_table(path, options) as table:
        for _line, row in table:
            rows, cells = rows + 1, cells + len(row)
    seconds = time.process_time() - detected
    memory = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
    return f"| {path.name} | {rows:,} | {cells:,} | {detected - began:.2f} | {seconds:.2f} | {rows / seconds:,.0f} | {memory:.0f} |"


def main() -> None:
    if len(sys.argv) > 1:
        sys.stdout.write(read(Path(sys.argv[1])))
        return
    sys.stdout.write(
        "| file | rows | cells | s to detect | cpu s to read | rows a cpu second | MB, whole process |\n|---|---|---|---|---|---|---|\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, (write, rows) in FILES.items():
            path = Path(folder) / name
            write(path, rows())
            itself = [sys.executable, "-m", "bench.read", str(path)]
            told = subprocess.run(itself, check=True, capture_output=True, text=True)
            sys.stdout.write(f"{told.stdout}\n")
            path.unlink()


if __name__ == "__main__":
    main()
