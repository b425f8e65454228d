"""The likely twins of what stands in a form: once the form is checked, and while somebody types."""

import re

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from catalog.models import EngagementType, Framework
from catalog.partial_dates import PartialDate
from catalog.resolution import PartyResolver
from engagements.choices import Kind
from engagements.domain.twins import Twin, likely_twins, say_two
from engagements.forms.editor import Editor
from engagements.forms.rows import MOST_ROWS
from engagements.models import Engagement
from engagements.references import PATTERN

SAID_TWO = "different"  # the button "save anyway": the references of the records that were shown


def twins_of(editor: Editor) -> list[Twin]:
    """The likely twins of a new record whose form is right; none of one that is on file already."""
    form, engagement = editor.form, editor.form.instance
    if engagement.pk is not None:
        return []
    parties = [
        row.cleaned_data["party"]
        for row in editor.rows["participants"].forms
        if row.cleaned_data.get("party") and not row.cleaned_data.get("DELETE")
    ]
    return likely_twins(
        editor.user,
        kind=engagement.kind,
        starts=engagement.starts,
        ends=engagement.ends,
        parties=parties,
        title="" if engagement.is_title_generated else engagement.title,
        exclude={row.pk for row in form.cleaned_data.get("predecessors") or ()},
        parent=engagement.parent_id,
        series=(engagement.framework_id, engagement.iteration),
    )


def unconfirmed(editor: Editor) -> list[Twin]:
    """The likely twins, unless the person who saw them says that this is another one. One more that came since is asked again."""
    found = twins_of(editor)
    said = set(editor.data.get(SAID_TWO, "").split(","))
    return [] if {twin.engagement.reference for twin in found} <= said else found


def save_and_remember(editor: Editor) -> Engagement | None:
    """Save the form; the likely twins that its writer saw and called different are remembered as pairs that are two."""
    different = [twin.engagement for twin in twins_of(editor)] if editor.data.get(SAID_TWO) else []
    with transaction.atomic():
        engagement = editor.save()
        if engagement is not None:
            for other in different:
                say_two(engagement, other, actor=editor.user)
    return engagement


def twins_while_typing(data, user: User) -> list[Twin]:
    """The likely twins of a form that is not finished: what can not be read yet is not known yet."""
    kind = data.get("kind", "")
    chosen = data.get("type", "")
    if chosen.isascii() and chosen.isdecimal() and len(chosen) < 10:
        kind = EngagementType.objects.filter(pk=chosen).values_list("kind", flat=True).first() or kind
    parties = _parties(data)
    title = data.get("title", "")[:300]
    if kind not in Kind.values or not (title or len(parties) > 1):
        return []
    references = [found.group() for found in re.finditer(PATTERN, data.get("predecessors", "")[:2000].upper())]
    series = re.search(r"\(([^()]+)\)\s*$", data.get("framework", "")[:300])
    framework = Framework.objects.filter(code=series[1]).values_list("pk", flat=True).first() if series else None
    above = re.search(PATTERN, data.get("parent", "")[:400].upper())
    visible = Engagement.objects.visible_to(user)
    return likely_twins(
        user,
        kind=kind,
        starts=_date(data.get("starts", "")),
        ends=_date(data.get("ends", "")),
        parties=parties,
        title=title,
        exclude=set(visible.filter(reference__in=references).values_list("pk", flat=True)) if references else (),
        parent=visible.filter(reference=above.group()).values_list("pk", flat=True).first() if above else None,
        series=(framework, data.get("iteration", "")[:40]),
    )


def _date(text: str) -> PartialDate:
    try:
        return PartialDate.parse(text[:40])
    except ValidationError:
        return PartialDate()


def _parties(data) -> list:
    texts = [data.get(f"participants-{number}-party", "") for number in range(MOST_ROWS) if not data.get(f"participants-{number}-DELETE")]
    texts = [text[:300] for text in texts if text.strip()]
    if len(texts) < 2:
        return []
    resolve, found = PartyResolver(), []
    for text in texts:
        try:
            found.append(resolve(text))
        except ValidationError:
            continue
    return found
