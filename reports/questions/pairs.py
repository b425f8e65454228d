"""Who provides, and to whom: countries that host, lead, train or sponsor, against the countries that took part."""

from dataclasses import replace

from django.utils.translation import gettext as _

from engagements.choices import NOT_TAKING_PART, Role
from engagements.models import Participation
from reports import groups
from reports.asked import Asked
from reports.tables import Conditions, Figure, Group, Heading, Table, crosstab, grouped

PROVIDING = [Role.HOST, Role.LEAD, Role.CO_LEAD, Role.TRAINER, Role.SPONSOR, Role.SUPPORTER]
MOST_PARTNERS = 12  # columns on the page; the file has all of them


def providers_and_partners(asked: Asked, everything: frozenset[int], within: Conditions) -> Table:
    """Distinct engagements of ``everything``, which ``within`` leads to, by providing country and by country that took part."""
    partners = [_of(group, everything) for group in groups.by_country(asked.facts)]
    partners = sorted((group for group in partners if group.ids), key=lambda group: (-len(group.ids), group.label))
    ids = grouped(
        Participation.objects.order_by()
        .filter(engagement__in=asked.facts.ids_query, acts_for__isnull=False, role__in=PROVIDING)
        .exclude(status__in=NOT_TAKING_PART)
        .values_list("acts_for__code", "engagement")
    )
    roles = tuple(("role", role.value) for role in PROVIDING)
    providers = [
        Group(one.label, one.code, (("country", one.code), *roles), ids.get(one.code, groups.NOTHING) & everything, href=one.href)
        for one in partners
    ]
    providers = sorted((group for group in providers if group.ids), key=lambda group: (-len(group.ids), group.label))
    provided = groups.covered(providers)
    table = crosstab(
        "providers",
        _("Distinct engagements, by the country that hosts, leads, trains or sponsors and by the country that took part"),
        Heading("provider", _("Provider")),
        providers,
        partners,
        provided,
        labels=groups.labels(),
        within=(*within, roles),
        empty=_("No country hosts, leads, trains or sponsors what this filter finds."),
        most_columns=MOST_PARTNERS,
        cells_within=True,
    )
    if table.total is None:
        return table
    # No list asks for "any country in one of these roles": one by the roles alone holds what organizations provide too.
    plain = [replace(cell, conditions=None) if isinstance(cell, Figure) else cell for cell in table.total.cells]
    return replace(table, total=replace(table.total, cells=plain))


def _of(group: Group, ids: frozenset[int]) -> Group:
    return Group(group.label, group.code, group.clause, group.ids & ids, href=group.href)
