"""``manage.py verify``: looks through the whole register for faults and for what is worth a look. See docs/verify.md."""

import csv
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from engagements.domain.verification import RULES, Finding, Level, verify
from engagements.domain.verification.texts import reading_anything
from engagements.export.guard import guard
from engagements.models import Engagement, ExternalId
from engagements.seeding import SYSTEM

HEADINGS = ["level", "rule", "reference", "key", "title", "finding"]


class Command(BaseCommand):
    help = "Looks through all engagements, whatever their handling, for faults and remarks. Exit status 1 when there are faults."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rule", action="append", choices=RULES, metavar="NAME", dest="names", help=f"Only this one, or these: {', '.join(RULES)}."
        )
        parser.add_argument("--format", choices=["text", "csv"], default="text", help="csv: one line a finding, the summary apart.")
        parser.add_argument("--strict", action="store_true", help="Exit status 1 for remarks too.")

    def handle(self, *args: Any, names: list[str] | None, format: str, strict: bool, **options: Any) -> None:
        chosen = list(dict.fromkeys(names or RULES))
        found = list(verify(chosen))
        lines = self.lines(found)
        if format == "csv":
            writer = csv.writer(self.stdout)
            writer.writerow(HEADINGS)
            writer.writerows([guard(cell) for cell in line] for line in lines)
        else:
            for level, rule, reference, key, title, sentence in lines:
                self.stdout.write(f"{level} {rule}: {reference} {f'({key}) ' if key else ''}{title}\n    {sentence}")
        self.summarize(chosen, found, to=self.stderr if format == "csv" else self.stdout)
        faults = sum(RULES[finding.rule].level == Level.FAULT for finding in found)
        if faults or (strict and found):
            raise CommandError(f"{faults} faults, {len(found) - faults} remarks.", returncode=1)

    def lines(self, found: list[Finding]) -> list[list[str]]:
        """Each finding with the title of its record and its key in the fixtures, fit to print."""
        references = sorted({finding.reference for finding in found})
        titles, keys = {}, {}
        with reading_anything():
            for start in range(0, len(references), 10_000):
                some = references[start : start + 10_000]
                titles |= dict(Engagement.objects.filter(reference__in=some).values_list("reference", "title"))
                of_fixtures = ExternalId.objects.filter(system=SYSTEM, engagement__reference__in=some)
                keys |= dict(of_fixtures.values_list("engagement__reference", "value"))
        return [
            [
                _printable(text)
                for text in (
                    RULES[finding.rule].level,
                    finding.rule,
                    finding.reference,
                    keys.get(finding.reference, ""),
                    titles.get(finding.reference, ""),
                    finding.sentence,
                )
            ]
            for finding in found
        ]

    def summarize(self, chosen: list[str], found: list[Finding], *, to: Any) -> None:
        """A line for each rule, and what it could not look at."""
        counts = Counter(finding.rule for finding in found)
        width = max(map(len, chosen))
        for name in chosen:
            rule = RULES[name]
            number = counts[name]
            said = f"{number} {rule.level}{'s' if number > 1 else ''}" if number else "nothing found"
            to.write(f"{name:{width}}  {said}")
            if rule.passes:
                to.write(f"{'':{width}}  ({rule.passes()})")
        if not found:
            to.write("Nothing found.")


def _printable(text: str) -> str:
    """``text`` without what a terminal or file can not show."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
