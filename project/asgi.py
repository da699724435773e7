"""The ASGI entry point."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from project.bodies import BodyLimit
from project.database import share_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
application = BodyLimit(get_asgi_application(), settings.SESSION_COOKIE_NAME)
share_connections()
