"""Access to invitations: to make one, and to come in by its link."""

from studio.invitations.actions import invite, invite_to_project
from studio.invitations.models import Invitation
from studio.invitations.tokens import token_of
from studio.people.models import TeamRole
from studio.projects.models import ProjectRole
from tests.cast import Cast
from tests.integration.access.table import Arguments, Row, admins, managers, public, the_project


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


def _own_invitation(cast: Cast) -> Arguments:
    """An invitation of the manager: to everybody else who manages, it does not exist."""
    done = invite_to_project(
        addresses=["nora@example.com"],
        project=cast.project,
        role=ProjectRole.VIEWER,
        site="http://here/",
        by=cast.manager,
    )
    return {"slug": cast.project.slug, "invitation_id": done.invitations[0].pk}


def _guests(cast: Cast) -> Arguments:
    return {"addresses": "vera@example.com", "role": "viewer"}


ROWS = [
    Row("invitations:invite", managers(200), the_project),
    Row("invitations:invite", managers(302), the_project, "POST", _guests),
    Row("invitations:withdraw", managers(302) | {"admin": 404}, _own_invitation, "POST"),
    Row("invitations:join", public(200), _link),
    Row("invitations:join", public(404), lambda cast: {"token": "nonsense"}),
    Row("administration:invite", admins(302), method="POST", data=_addresses),
    Row("administration:invitation_renew", admins(302), _invitation, "POST"),
    Row("administration:invitation_revoke", admins(302), _invitation, "POST"),
]
