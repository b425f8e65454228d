"""How a record's facts are shown: rating steps, parties, dates, figures."""

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.partial_dates import PartialDate
from engagements.choices import NOT_CLOSED, RATING_STEPS
from engagements.querysets import today

register = template.Library()
STEPS = [(0.0, 10.0), (5.5, 7.8), (11.0, 5.6), (16.5, 3.4), (22.0, 1.2)]


@register.filter
def is_web_address(url) -> bool:
    """Whether a link may lead there; what was loaded past the forms may say anything."""
    return url.lower().startswith(("https://", "http://"))


@register.inclusion_tag("includes/rating.html")
def rating(assessment):
    """Rising steps and the word; "too early" and "not assessed" have no steps."""
    if assessment is None:
        return {"label": _("Not assessed"), "steps": None}
    reached = RATING_STEPS.get(assessment.rating)
    steps = reached and [(x, y, round(14 - y, 1), "on" if place <= reached else "off") for place, (x, y) in enumerate(STEPS, start=1)]
    return {"label": assessment.get_rating_display(), "steps": steps}


@register.filter
def teams_released_to(engagement, filed):
    """The teams of a restricted record, as read for the page or read now."""
    return filed["released_to"] if filed else engagement.released_to.all()


@register.filter
def is_late(engagement) -> bool:
    """Whether its end has passed and nobody closed it."""
    return engagement.status in NOT_CLOSED and engagement.ends_on is not None and engagement.ends_on < today()


@register.filter
def is_open_past(engagement) -> bool:
    """Whether it has begun and nobody closed it: its end may be told."""
    return engagement.status in NOT_CLOSED and (engagement.starts_on is None or engagement.starts_on <= today())


@register.filter
def days_late(day):
    days = (today() - day).days
    return ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days}


@register.filter
def is_past(day) -> bool:
    return day is not None and day < today()


@register.filter
def figure(value):
    """A number as a reader expects it: 19,626; 12.5; nothing invented where it is not known."""
    if value is None:
        return format_html('<span class="quiet">{}</span>', _("not known"))
    if value == value.to_integral_value() if hasattr(value, "to_integral_value") else False:
        value = int(value)
    return number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def duration(engagement) -> str:
    """How many days it lasts, where both days are known."""
    starts: PartialDate = engagement.starts
    ends: PartialDate = engagement.ends
    if not (starts.day and ends.day):
        return ""
    days = (engagement.ends_on - engagement.starts_on).days + 1
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": number_format(days, force_grouping=True)}
