"""Mappings and lines for tests: ``read([rule, …], {heading: cell})`` is what one line says."""

from imports.mapping.lines import compile_mapping
from imports.mapping.spec import MARK, VERSION, Mapping


def mapping(*rules, **document) -> Mapping:
    return Mapping.from_dict({MARK: VERSION, "name": "Test", "columns": list(rules), **document})


def read(rules, *rows, **document):
    """The parsed line of a row ``{heading: cell}``; of several rows a list. The first row says the headings."""
    headings = list(rows[0])
    compiled = compile_mapping(mapping(*rules, **document), headings)
    lines = [compiled.read(number, [row.get(heading, "") for heading in headings]) for number, row in enumerate(rows, 2)]
    return lines[0] if len(lines) == 1 else lines


def who(parsed):
    """The participants: name, role, and whether the role was said."""
    return [(one.named.text, one.role, not one.is_plain) for one in parsed.participants]


def said(parsed):
    """The problems: column, severity."""
    return [(problem.column, problem.severity) for problem in parsed.problems]


def strengths(parsed):
    """The strength reports: name of the party, figures."""
    return [(one.named.text, report) for one in parsed.participants for report in one.strengths]
