"""docs/roles.md says what the policies say."""

from pathlib import Path

from django.conf import settings

from studio.management.commands.draw_roles import page


def test_the_page_of_roles_is_what_the_policies_say() -> None:
    drawn = Path(settings.BASE_DIR) / "docs" / "roles.md"
    assert drawn.read_text() == page(), "run manage.py draw_roles"
