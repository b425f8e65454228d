"""Two answers for the machine that watches us: the process is alive; the database is ready."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse

from jobs.beside import has_worker
from replicas import standing


@login_not_required
def healthz(request):
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def readyz(request):
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return HttpResponse("database unreachable\n", status=503, content_type="text/plain")
    if waiting:
        return HttpResponse("migrations waiting\n", status=503, content_type="text/plain")
    # Pages answer without a worker, so this is no reason to take the site out of service; who watches it wants to know.
    worker = "a worker runs" if has_worker() else "no worker runs: background work waits"
    return HttpResponse("\n".join(["ready", worker, *standing.told(), ""]), content_type="text/plain")
