"""Who provides, and to whom: countries that host, lead, train or sponsor, against the countries that took part."""

from dataclasses import replace

from django.utils.translation import gettext as _
from pyroaring import FrozenBitMap

from catalog.models import Country
from engagements.choices import Role
from engagements.sets import NOTHING
from reports import groups
from reports.asked import Asked
from reports.tables import Conditions, Figure, Group, Heading, Table, crosstab

PROVIDING = [Role.HOST, Role.LEAD, Role.CO_LEAD, Role.TRAINER, Role.SPONSOR, Role.SUPPORTER]
MOST_PARTNERS = 12  # columns on the page; the file has all of them


def providers_and_partners(asked: Asked, everything: FrozenBitMap, within: Conditions) -> Table:
    """Distinct engagements of ``everything``, which ``within`` leads to, by providing country and by country that took part."""
    partners = [_of(group, everything) for group in groups.by_country(asked.facts)]
    partners = sorted((group for group in partners if group.ids), key=lambda group: (-len(group.ids), group.label))
    ids = asked.facts.of_roles(PROVIDING)
    by_code = {code: ids[pk] for pk, code in Country.objects.filter(pk__in=ids).values_list("pk", "code")}
    roles = tuple(("role", role.value) for role in PROVIDING)
    providers = [
        Group(one.label, one.code, (("country", one.code), *roles), by_code.get(one.code, NOTHING) & everything, href=one.href)
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


def _of(group: Group, ids: FrozenBitMap) -> Group:
    return Group(group.label, group.code, group.clause, group.ids & ids, href=group.href)
