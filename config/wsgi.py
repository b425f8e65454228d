"""The WSGI callable that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from engagements import warming  # noqa: E402 - there is no model before the application is made

warming.start()
