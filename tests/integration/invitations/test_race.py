"""One invitation, redeemed by many at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from studio.invitations.actions import accept, invite
from studio.invitations.models import Invitation
from studio.invitations.tokens import token_of
from studio.kit.errors import StudioError
from studio.people.models import TeamRole, User
from studio.projects.models import Membership, ProjectRole
from tests.cast import Cast

AT_ONCE = 50


@pytest.mark.django_db(transaction=True)
def test_fifty_parallel_redemptions_make_one_account(cast: Cast) -> None:
    joins = {cast.project: ProjectRole.VIEWER}
    invite(
        addresses=["nora@example.com"], role=TeamRole.MEMBER, joins=joins, site="http://here/", by=cast.admin
    )
    token = token_of(Invitation.objects.get())
    start = Barrier(AT_ONCE)

    def redeem(number: int) -> str:
        start.wait()
        try:
            return str(accept(token=token, name=f"Nora {number}", password="quite a good password").pk)
        except StudioError as refusal:
            return refusal.sentence
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(redeem, range(AT_ONCE)))
    nora = User.objects.get(email="nora@example.com")
    assert answers.count(str(nora.pk)) == 1
    refused = "This invitation no longer works. Ask who invited you for a new one."
    assert answers.count(refused) == AT_ONCE - 1
    assert Membership.objects.filter(user=nora).count() == 1
    assert Invitation.objects.get().accepted_by == nora
