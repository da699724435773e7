"""Reading links, and what each of them shows: the one rule for its page and for the bytes of its pictures."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from studio.gallery.queries import images_of
from studio.generation.models import Image
from studio.kit.clock import now
from studio.people.models import User
from studio.people.queries import digest_of
from studio.projects.models import Project, ProjectRole
from studio.projects.queries import role_in
from studio.sharing.models import ShareLink

PAGE = 60


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and what it is called: its prompt where the link shows prompts, else a number."""

    image: Image
    words: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of a link's pictures, the newest first; `before_id` asks for the rest."""

    pictures: list[Picture]
    count: int
    before_id: int | None


def find_shared(token: str) -> ShareLink | None:
    """Return the link of this token, ended ones too, so that their page can say so."""
    links = ShareLink.objects.select_related("project", "created_by")
    return links.filter(token_digest=digest_of(token)).first()


def images_shown(link: ShareLink) -> QuerySet[Image]:
    """Return what a link that works shows now: what it was made for and the gallery still shows."""
    images = images_of(link.project).order_by("-id")
    return images if link.covers_project else images.filter(shared__link=link)


def find_shown(link: ShareLink, image_id: int) -> Image:
    """Return a picture that the link shows, or raise Http404."""
    return get_object_or_404(images_shown(link), id=image_id)


def shown_page(link: ShareLink, *, before_id: int | None = None) -> Shown:
    """Return a page of the link's pictures."""
    every = images_shown(link)
    images = every.filter(id__lt=before_id) if before_id else every
    if link.shows_prompts:
        images = images.select_related("generation__batch")
    found = list(images[: PAGE + 1])
    pictures = [Picture(image, _words(link, image, at)) for at, image in enumerate(found[:PAGE], 1)]
    return Shown(pictures, every.count(), found[PAGE - 1].pk if len(found) > PAGE else None)


def _words(link: ShareLink, image: Image, number: int) -> str:
    prompt = image.generation.batch.prompt if link.shows_prompts else ""
    return prompt or f"Picture {number}"


def links_of(project: Project, user: User) -> QuerySet[ShareLink]:
    """Return the project's links that this person may take back: all to managers, else their own."""
    links = all_links().filter(project=project)
    return links if role_in(project, user) is ProjectRole.MANAGER else links.filter(created_by=user)


def all_links() -> QuerySet[ShareLink]:
    """Return every link with how many of its chosen images are still there, the newest first."""
    there = Count("shared", filter=Q(shared__image__deleted_at__isnull=True))
    return (
        ShareLink.objects.select_related("project", "created_by").annotate(image_count=there).order_by("-id")
    )


def open_links(links: QuerySet[ShareLink]) -> QuerySet[ShareLink]:
    """Keep those that still work."""
    return links.filter(revoked_at=None, expires_at__gt=now())


def find_link_of(project: Project, link_id: int, user: User) -> ShareLink:
    """Return a link of the project that the person may take back, or raise Http404."""
    link = links_of(project, user).filter(pk=link_id).first()
    if link is None:
        raise Http404
    link.project = project
    return link
