"""The ASGI entry point."""

import os

import django
from django.conf import settings

from project.bodies import BodyLimit
from project.database import share_connections
from project.spooling import Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup(set_prefix=False)
application = BodyLimit(Handler(), settings.SESSION_COOKIE_NAME)
share_connections()
