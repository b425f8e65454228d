"""Server time and queries of the main pages, on a temporary SQLite database with all fixtures.

    .venv/bin/python script/measure_pages.py

Wall and CPU time of one request inside the process (no network), median of 15 after one that fills the caches.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    "/",
    "/engagements/",
    "/engagements/?region=m49:002&strategy=training_capacity&kind=training&country=USA",
    "/engagements/?q=united+air",
    "/engagements/?rating=limited",
    "/engagements/{isaf}/",
    "/engagements/{isaf}/history/",
    "/engagements/log/",
    "/engagements/new/?kind=peacekeeping",
    "/countries/KEN/",
    "/frameworks/cobra-gold/",
]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"ENTENTE_ENV": "test", "DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings"}
        os.environ.pop("DATABASE_URL", None)
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection
        from django.test import Client
        from django.test.utils import CaptureQueriesContext

        from accounts.models import Team, User
        from engagements.models import ExternalId

        call_command("migrate", verbosity=0)
        call_command("seed")
        analyst = User.objects.create_user("analyst", None, name="Analyst", role="analyst", clearance="official")
        analyst.teams.set(Team.objects.all())
        client = Client()
        client.force_login(analyst, backend="allauth.account.auth_backends.AuthenticationBackend")
        isaf = ExternalId.objects.get(value="nato-isaf").engagement.reference
        print("| page | wall ms | CPU ms | queries | KB |\n|---|---|---|---|---|")
        for page in PAGES:
            address = page.format(isaf=isaf)
            client.get(address)
            walls, cpus = [], []
            for _ in range(15):
                wall, cpu = time.perf_counter(), time.process_time()
                response = client.get(address)
                walls.append(time.perf_counter() - wall)
                cpus.append(time.process_time() - cpu)
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            figures = (statistics.median(walls) * 1000, statistics.median(cpus) * 1000)
            print(f"| `{page}` | {figures[0]:.0f} | {figures[1]:.0f} | {len(captured)} | {len(response.content) // 1024} |")


if __name__ == "__main__":
    main()
