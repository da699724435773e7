"""Access to invitations: to make one, and to come in by its link."""

from studio.invitations.actions import invite
from studio.invitations.models import Invitation
from studio.invitations.tokens import token_of
from studio.people.models import TeamRole
from tests.cast import Cast
from tests.integration.access.table import Arguments, Row, admins, public


def _invited(cast: Cast) -> Invitation:
    done = invite(
        addresses=["nora@example.com"], role=TeamRole.MEMBER, joins={}, site="http://here/", by=cast.admin
    )
    return done.invitations[0]


def _link(cast: Cast) -> Arguments:
    return {"token": token_of(_invited(cast))}


def _invitation(cast: Cast) -> Arguments:
    return {"invitation_id": _invited(cast).pk}


def _addresses(cast: Cast) -> Arguments:
    return {"addresses": "vera@example.com", "team_role": "member", "project_role": "viewer"}


ROWS = [
    Row("invitations:join", public(200), _link),
    Row("invitations:join", public(404), lambda cast: {"token": "nonsense"}),
    Row("administration:invite", admins(302), method="POST", data=_addresses),
    Row("administration:invitation_renew", admins(302), _invitation, "POST"),
    Row("administration:invitation_revoke", admins(302), _invitation, "POST"),
]
