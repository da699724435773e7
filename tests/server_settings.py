"""Settings of a real server that a test starts: the tests' own, on the test's own database file."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["STUDIO_TEST_DATABASE"]
# Straight from the sources: nothing has been collected.
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_AUTOREFRESH = True
