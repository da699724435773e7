"""Making links, taking them back, and what their guests do."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.core.cache import cache
from django.db import transaction
from django.db.models import F

from studio.audit.actions import record
from studio.gallery.queries import images_of
from studio.kit.clock import now
from studio.kit.errors import Conflict, StudioError
from studio.kit.wire import JsonObject
from studio.people.models import User
from studio.people.queries import digest_of
from studio.projects.models import Project
from studio.sharing.models import Covers, SharedImage, ShareLink
from studio.sharing.policies import check_can_change_link, check_can_renew, check_can_share
from studio.sharing.queries import open_links

# Wrong passwords: from one network address, and from all together, so that many addresses don't help.
TRIES_PER_ADDRESS, TRIES_PER_LINK = 10, 100
TRIES_WITHIN = timedelta(minutes=15)


class TooManyTries(StudioError):
    """A password was guessed at too often."""

    status = 429


@dataclass(frozen=True, slots=True)
class Terms:
    """What a link's guests may see and take, and until when."""

    title: str
    days: int
    password: str = ""
    shows_prompts: bool = False
    gives_originals: bool = False


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A link with its token, which is known only now."""

    link: ShareLink
    token: str


@transaction.atomic
def make_link(*, project: Project, image_ids: Collection[int], terms: Terms, by: User) -> MadeLink:
    """Make a link to these images, or without any to all that the project's gallery shows.

    Raises Conflict when one of them is not in the gallery: nothing foreign or deleted is ever shared.
    """
    check_can_share(project, by)
    chosen = sorted(set(image_ids))
    found = images_of(project).filter(id__in=chosen).count() if chosen else 0
    if found != len(chosen):
        raise Conflict("Some of these images are no longer in the gallery. Reload it and choose again.")
    token = secrets.token_urlsafe(32)
    link = ShareLink.objects.create(
        project=project,
        covers=Covers.IMAGES if chosen else Covers.PROJECT,
        title=terms.title,
        token_digest=digest_of(token),
        password=make_password(terms.password) if terms.password else "",
        shows_prompts=terms.shows_prompts,
        gives_originals=terms.gives_originals,
        created_by=by,
        expires_at=now() + timedelta(days=terms.days),
    )
    SharedImage.objects.bulk_create(SharedImage(link=link, image_id=image_id) for image_id in chosen)
    details: JsonObject = {"covers": link.covers, "images": len(chosen), "days": terms.days}
    options: JsonObject = {
        "password": bool(terms.password),
        "prompts": link.shows_prompts,
        "originals": link.gives_originals,
    }
    record(verb="share.made", subject=link, by=by, details={**details, **options})
    return MadeLink(link, token)


@transaction.atomic
def renew_link(*, link: ShareLink, by: User) -> MadeLink:
    """Give a link a new address under the same terms; the old address ends at once.

    An expired link is open again for as long as at first.
    """
    check_can_renew(link, by)
    locked = ShareLink.objects.select_for_update().get(pk=link.pk)
    if locked.is_revoked:
        raise Conflict("This link was revoked. Share the images anew.")
    token = secrets.token_urlsafe(32)
    if locked.is_expired:
        locked.expires_at = now() + (locked.expires_at - locked.created_at)
    locked.token_digest = digest_of(token)
    locked.save(update_fields=["token_digest", "expires_at"])
    record(verb="share.renewed", subject=locked, by=by)
    return MadeLink(locked, token)


@transaction.atomic
def revoke_link(*, link: ShareLink, by: User) -> None:
    """End a link for good: its page and every picture of it. A link that has been revoked stays so."""
    check_can_change_link(link, by)
    if ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=now()):
        record(verb="share.revoked", subject=link, by=by)


@transaction.atomic
def revoke_links_of(*, maker: User, by: User) -> None:
    """End all links of somebody who leaves the team."""
    for link in (
        open_links(ShareLink.objects.filter(created_by=maker)).select_related("project").order_by("id")
    ):
        revoke_link(link=link, by=by)


def note_opened(link: ShareLink) -> None:
    """Count a visit of the link's page."""
    ShareLink.objects.filter(pk=link.pk).update(opened_count=F("opened_count") + 1, last_opened_at=now())


def is_password_of(link: ShareLink, password: str, *, address: str) -> bool:
    """Tell whether a guest gave the link's password. Raises TooManyTries before it is looked at.

    Every try counts before it is checked, so that many at once don't slip through.
    """
    counts = (
        (f"share:tries:{link.pk}:{address}", TRIES_PER_ADDRESS),
        (f"share:tries:{link.pk}", TRIES_PER_LINK),
    )
    for key, most in counts:
        if _count(key) > most:
            raise TooManyTries("Too many wrong passwords. Wait a quarter of an hour, then try again.")
    return check_password(password, link.password)


def _count(key: str) -> int:
    if cache.add(key, 1, TRIES_WITHIN.total_seconds()):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # it ended between the two
        cache.set(key, 1, TRIES_WITHIN.total_seconds())
        return 1
