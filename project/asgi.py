"""The ASGI entry point."""

import os

from django.core.asgi import get_asgi_application

from project.database import share_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
application = get_asgi_application()
share_connections()
