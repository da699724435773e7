"""Access to the project list, members and settings."""

from studio.projects.models import Membership
from tests.cast import Cast
from tests.factories import UserFactory
from tests.integration.access.table import Arguments, Row, managers, seers, signed_in, the_project


def _contributor(cast: Cast) -> Arguments:
    membership = Membership.objects.get(project=cast.project, user=cast.contributor)
    return {"slug": cast.project.slug, "membership_id": membership.pk}


def _newcomer(cast: Cast) -> Arguments:
    return {"person": UserFactory().pk, "role": "viewer"}


def _fields(cast: Cast) -> Arguments:
    return {"name": "Summer", "slug": "summer", "visibility": "members"}


# Members may leave; the only manager may not, and an admin is no member.
LEAVERS = seers(302) | {"manager": 409, "admin": 403}

ROWS = [
    Row("projects:list", signed_in(200)),
    Row("projects:create", signed_in(200) | {"guest": 403}),
    Row("projects:create", signed_in(302) | {"guest": 403}, method="POST", data=_fields),
    Row("projects:settings", managers(200), the_project),
    Row("projects:settings", managers(302), the_project, "POST", _fields),
    Row("projects:archive", managers(302), the_project, "POST"),
    Row("projects:restore", managers(302), the_project, "POST"),
    Row("projects:members", seers(200), the_project),
    Row("projects:members", managers(302), the_project, "POST", _newcomer),
    Row("projects:change_role", managers(302), _contributor, "POST", lambda cast: {"role": "viewer"}),
    Row("projects:remove_member", managers(302), _contributor, "POST"),
    Row("projects:leave", LEAVERS, the_project, "POST"),
]
