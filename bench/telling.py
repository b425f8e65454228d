"""Lines for who waits for a run."""

import datetime as dt
import sys


def say(text: str) -> None:
    print(f"{dt.datetime.now(dt.UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)
