"""``manage.py import_records``: what the pages do with a file, from the shell, in one go."""

import json
from pathlib import Path

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError

from accounts.choices import Handling
from accounts.models import User
from engagements.choices import ReviewState
from imports import committing, running, uploads
from imports.drafts import options_of
from imports.heads import Head
from imports.mapping.spec import Mapping
from imports.models import Batch
from imports.offered import offered_one
from imports.reading import detect
from imports.resolving import answer

BAR = 30  # letters
SHOWN = 20  # problems and questions


class Command(BaseCommand):
    help = "Brings a spreadsheet into the record as a person would: checks it, and writes it unless something is wrong."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="CSV, TSV (also .gz) or XLSX.")
        parser.add_argument("--mapping", required=True, help="What the columns mean: a mapping's name in the program, or a JSON file.")
        parser.add_argument("--user", help="User name of the person who brings it in: with their rights, into their team.")
        parser.add_argument("--team", help="Code of the team, where the person works in several.")
        parser.add_argument("--handling", choices=Handling.values, default=Handling.OFFICIAL.value)
        parser.add_argument("--submit", action="store_true", help="New records are submitted, not drafts.")
        parser.add_argument("--answers", type=Path, help='JSON: {"party": {"NATO": "nato", "Various": "leave:lines"}}.')
        parser.add_argument("--dry-run", action="store_true", help="Only say what would be written.")
        parser.add_argument("--valid-only", action="store_true", help="Write what is right and leave the rest out.")

    def handle(self, *, file, mapping, user, team, handling, submit, answers, dry_run, valid_only, **options):
        try:
            batch = self._batch(file, mapping, _person(user), team, handling, submit)
            self._check(batch)
            if answers:
                self._answer(batch, answers)
            self._say(batch)
            if dry_run:
                return
            batch.valid_only = valid_only
            batch.save(update_fields=["valid_only"])
            committing.take(batch)
            self._tell(self._step(batch, running.COMMIT))
        except ValidationError as refused:
            raise CommandError(" ".join(refused.messages)) from refused
        except PermissionDenied as refused:
            raise CommandError(str(refused)) from refused
        except OSError as error:
            raise CommandError(f"The file can not be read. {error}") from error

    def _batch(self, file, name, user, team, handling, submit) -> Batch:
        document, code = mapping_named(name, user)
        teams = [item for item in user.own_teams if team in (None, item.code)]
        if not teams:
            raise CommandError(f"{user} works in no team{f' “{team}”' if team else ''}, so there is none to bring records into.")
        if handling not in Handling.up_to(user.clearance):
            raise CommandError(f"The clearance of {user} does not reach “{handling}”: say with --handling which they may read.")
        with file.open("rb") as opened:
            upload = uploads.keep(File(opened, name=file.name), owner=user)
        found = detect(uploads.path_of(upload))
        options = options_of(document, found.options, Head(found.headings, is_part=found.is_part))
        return Batch.objects.create(
            upload=upload,
            name=upload.name,
            sha256=upload.sha256,
            options=options.to_dict(),
            mapping=Mapping.from_dict(document).to_dict(),
            mapping_code=code,
            team=teams[0],
            handling=handling,
            review_state=ReviewState.SUBMITTED if submit else ReviewState.DRAFT,
            owner=user,
        )

    def _check(self, batch: Batch) -> None:
        running.take_check(batch)
        self._step(batch, running.CHECK)

    def _answer(self, batch: Batch, path: Path) -> None:
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
            pairs = {(kind, text): str(said) for kind, texts in given.items() for text, said in texts.items()}
        except (ValueError, AttributeError) as error:
            raise CommandError(f"{path} is not JSON of the form {{list: {{name: answer}}}}. {error}") from error
        settled = 0
        for question in batch.questions.filter(answer__isnull=True):
            said = pairs.get((question.kind, question.text))
            if said is not None:
                question.answer, question.answered_by = answer(question.kind, said, batch=batch), batch.owner
                question.save()
                settled += 1
        if settled:
            self._check(batch)

    def _say(self, batch: Batch) -> None:
        counts = batch.counts
        self._tell(f"Import {batch.key}: {counts['lines']} lines. {running.said_of(batch)}")
        for line in batch.lines.filter(has_problems=True)[:SHOWN]:
            for problem in line.problems:
                mark = "" if problem["severity"] == "error" else " (comes in, to be looked at)"
                self._tell(f"line {line.number}: {problem['column']}: {problem['value']!r}: {problem['sentence']}{mark}")
        more = counts["wrong_lines"] + counts["review_lines"] - SHOWN
        if more > 0:
            self._tell(f"… and about {more} more lines.")
        asked = list(batch.questions.filter(answer__isnull=True))
        if asked:
            self._tell("Names that lead nowhere for certain. Answer them with --answers FILE:")
            answers: dict[str, dict[str, str]] = {}
            for question in asked:
                first = question.suggestions[0] if question.suggestions else {}
                answers.setdefault(question.kind, {})[question.text] = first.get("entry") or first.get("value") or "leave:lines"
            self.stdout.write(json.dumps(answers, ensure_ascii=False, indent=2))

    def _tell(self, sentence: str) -> None:
        """Beside the output, but not in the color of errors."""
        self.stderr.write(sentence, str)

    def _step(self, batch: Batch, step: str) -> str:
        bar = _Bar(self.stderr)
        try:
            return running.carry_out(batch, step, batch.owner, bar)
        finally:
            bar.end()


def mapping_named(name: str, user: User) -> tuple[dict, str]:
    """A mapping's document and its name in the program: saved there, shipped with it, or a JSON file."""
    if (found := offered_one(user, name)) is not None:
        return found.document, found.code
    path = Path(name)
    if not path.is_file():
        raise CommandError(f"There is no mapping “{name}”, neither in the program nor as a file.")
    return Mapping.from_json(path.read_text(encoding="utf-8")).to_dict(), ""


def _person(name: str | None) -> User:
    people = User.objects.filter(is_active=True)
    if name:
        found = people.filter(username=name).first()
        if found is None:
            raise CommandError(f"There is no active person “{name}”.")
    else:
        able = [person for person in people if person.has_perm("engagements.add_engagement")]
        if len(able) != 1:
            raise CommandError("Say with --user whose rights count.")
        found = able[0]
    if not found.has_perm("imports.add_batch"):
        raise CommandError(f"The role of {found} brings in no files.")
    return found


class _Bar:
    """How far it is: a bar in a terminal, a line every tenth elsewhere."""

    def __init__(self, out):
        self.out, self.tenth, self.sentence = out, -1, ""
        self.is_terminal = hasattr(out, "isatty") and out.isatty()

    def __call__(self, done=None, total=None, sentence=None):
        part = min(1.0, (done or 0) / total) if total else 0.0
        self.sentence = str(sentence or self.sentence)
        if self.is_terminal:
            full = int(part * BAR)
            far = f"{part:4.0%}" if total else f"{done or 0:,}"
            self.out.write(f"\r[{'#' * full}{'.' * (BAR - full)}] {far} {self.sentence}\033[K", str, "")
        elif int(part * 10) != self.tenth and total:
            self.out.write(f"{part:4.0%} {self.sentence}", str)
        self.tenth = int(part * 10)

    def end(self):
        if self.is_terminal:
            self.out.write("", str)
