"""The signed part of an invitation's link. It can be made again at any time, so the database holds no secret of it."""

from django.core import signing

from studio.invitations.models import Invitation

_SIGNER = signing.Signer(salt="studio.invitations")


def token_of(invitation: Invitation) -> str:
    """Return what stands in the link of an invitation; another one after each renewal."""
    return _SIGNER.sign_object([invitation.pk, invitation.nonce])


def find_invitation(token: str) -> Invitation | None:
    """Return the invitation of a link, also one that was used or has expired; None where the link is none of ours."""
    try:
        number, nonce = _SIGNER.unsign_object(token)
    except signing.BadSignature:
        return None
    return Invitation.objects.select_related("created_by").filter(pk=number, nonce=nonce).first()
