"""The mail with the link. A task: a mail server may be slow. The link is made here, so no queue ever holds it."""

from django.urls import reverse

from studio.invitations.models import Invitation
from studio.invitations.tokens import token_of
from studio.kit.mail import send_written


def address_of(invitation: Invitation, site: str) -> str:
    """Return the full link of an invitation on this site (`https://studio.example.com`)."""
    return site.rstrip("/") + reverse("invitations:join", args=[token_of(invitation)])


def send_invitation(invitation_id: int, site: str) -> None:
    """Mail its link to the invited address, unless it was withdrawn meanwhile."""
    invitation = Invitation.objects.open().select_related("created_by").filter(pk=invitation_id).first()
    if invitation is None:
        return
    who = invitation.created_by.display_name if invitation.created_by else "An admin"
    words = {"who": who, "link": address_of(invitation, site), "until": invitation.expires_at}
    send_written([invitation.email], "invitation", words)
