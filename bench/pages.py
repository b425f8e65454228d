"""What is asked of the pages: filters with values that are met often and rarely, words, records; and one request."""

from collections import Counter
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count
from django.test import Client

from catalog.models import Country, Strategy
from engagements.models import Engagement, Participation

LIST = "/engagements/"
LOOKED_AT = 4_000  # records whose texts tell which words are met often
SORTS = {"by start": "", "by title": "sort=title", "by last change": "sort=-updated", "exact count": "count=exact"}


@dataclass(frozen=True)
class Values:
    """Codes, words and references of this register, for questions that are the same at every size."""

    often: str
    rarely: str
    strategy_often: str
    strategy_rarely: str
    word_often: str
    word_rarely: str
    typical: str
    largest: str


def values() -> Values:
    countries = _most_met(Country, "SELECT country_id, COUNT(*) FROM engagements_participation WHERE country_id IS NOT NULL GROUP BY 1")
    strategies = _most_met(Strategy, "SELECT strategy_id, COUNT(*) FROM engagements_engagement_strategies GROUP BY 1")
    # Of those that everybody may see, and by the newest: what they have many of, they have at every size.
    rows = Engagement.objects.filter(handling="public", review_state="verified", archived_at=None).order_by("-pk")[:LOOKED_AT]
    references, words = {}, Counter[str]()
    for key, reference, text in rows.values_list("pk", "reference", "summary"):
        references[key] = reference
        words.update({word.strip(".,").lower() for word in text.split()})
    ranked = [word for word, _count in words.most_common() if word.isalpha() and len(word) > 4]
    parties = Participation.objects.filter(engagement__in=list(references)).order_by().values_list("engagement").annotate(n=Count("pk"))
    seen = sorted(((count, references[key]) for key, count in parties), reverse=True)
    return Values(
        often=countries[0], rarely=countries[-1], strategy_often=strategies[0], strategy_rarely=strategies[-1],
        word_often=ranked[0], word_rarely=ranked[-1], typical=min(seen, key=lambda pair: abs(pair[0] - 4))[1], largest=seen[0][1],
    )  # fmt: skip


def _most_met(model: type, statement: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} ORDER BY 2 DESC, 1")
        keys = [key for key, _count in cursor.fetchall()]
    codes = dict(model._base_manager.filter(pk__in=keys).values_list("pk", "code"))  # type: ignore[attr-defined]
    return [codes[key] for key in keys]


def filters(known: Values) -> dict[str, str]:
    """Ten filters and pairs of them, and none, by what they are."""
    return {
        "none": "",
        "kind often": "kind=engagement",
        "kind rarely": "kind=peacekeeping",
        "country often": f"country={known.often}",
        "country rarely": f"country={known.rarely}",
        "strategy often": f"strategy={known.strategy_often}",
        "strategy rarely": f"strategy={known.strategy_rarely}",
        "region and kind": "region=m49:002&kind=training",
        "country and period": f"country={known.often}&start=2015-01-01&end=2019-12-31",
        "status and scope": "status=completed&scope=bilateral",
        "rating": "rating=exceeded",
    }


def get(client: Client, path: str) -> bytes:
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return answer.content if not answer.streaming else b"".join(answer.streaming_content)
