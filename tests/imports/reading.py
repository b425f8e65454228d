"""How tests read a file: detected, then opened as detected."""

from pathlib import Path

from imports.reading import Detected, FileOptions, Unreadable, detect, open_table


def written(folder: Path, content: bytes | str, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows_of(path: Path, options: FileOptions) -> list[list[str]]:
    """The headings and all rows."""
    with open_table(path, options) as table:
        return [table.headings, *(cells for _line, cells in table)]


def lines_of(path: Path, options: FileOptions) -> list[int]:
    with open_table(path, options) as table:
        return [line for line, _cells in table]


def read(folder: Path, content: bytes | str) -> list[list[str]]:
    path = written(folder, content)
    return rows_of(path, detect(path).options)


def detected(folder: Path, content: bytes | str) -> Detected:
    return detect(written(folder, content))


def outcome(path: Path) -> str | list[list[str]]:
    """The table, or the sentence that refuses it. Any other error is one."""
    try:
        return rows_of(path, detect(path).options)
    except Unreadable as error:
        return error.sentence
