"""The pages people open, asked through the whole program as somebody who may not see everything."""

from django.db.models import Count
from django.test import Client

from accounts.models import User
from catalog.models import Country, Strategy

LIST = "/engagements/"


def reader() -> Client:
    """An analyst of one team, cleared for official records: restricted ones of others are not there for this person."""
    person = User.objects.filter(role="analyst", username="synthetic-3-1").first() or User.objects.get(username="analyst")
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)
    return client


def filters() -> dict[str, str]:
    """Ten filters and pairs of them, with values that are met often and rarely."""
    countries = list(Country.objects.annotate(n=Count("participations")).filter(n__gt=0).order_by("-n").values_list("code", flat=True))
    often, rarely = countries[0], countries[-1]
    strategies = list(Strategy.objects.annotate(n=Count("engagements")).filter(n__gt=0).order_by("-n").values_list("code", flat=True))
    return {
        "none": "",
        "kind": "kind=exercise",
        "country often": f"country={often}",
        "country rarely": f"country={rarely}",
        "strategy often": f"strategy={strategies[0]}",
        "strategy rarely": f"strategy={strategies[-1]}",
        "region": "region=m49:002",
        "region and kind": "region=m49:002&kind=training",
        "country and period": f"country={often}&start=2015-01-01&end=2019-12-31",
        "status and scope": "status=completed&scope=bilateral",
        "rating": "rating=exceeded",
        "word": "q=Egypt",
    }


def get(client: Client, path: str) -> bytes:
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return answer.content if not answer.streaming else b"".join(answer.streaming_content)
