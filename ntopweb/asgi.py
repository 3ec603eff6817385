"""The ASGI application of the web process, and of the ingest process: the same code."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ntopweb.settings")

application = get_asgi_application()
