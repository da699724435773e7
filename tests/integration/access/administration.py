"""Access to the pages for admins."""

from tests.cast import Cast
from tests.integration.access.table import Arguments, Row, admins


def _somebody(cast: Cast) -> Arguments:
    return {"person_id": cast.viewer.pk}


ROWS = [
    Row("administration:settings", admins(200)),
    Row("administration:people", admins(200)),
    Row("administration:people", admins(422), method="POST", data=lambda cast: {"email": "nonsense"}),
    Row("administration:person_link", admins(200), _somebody, "POST"),
    Row("administration:person_role", admins(302), _somebody, "POST", lambda cast: {"role": "member"}),
    Row("administration:person_deactivate", admins(302), _somebody, "POST"),
    Row("administration:person_reactivate", admins(302), _somebody, "POST"),
]
