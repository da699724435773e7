"""What admins see of the team."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Prefetch

from studio.audit.models import AuditEntry
from studio.kit.clock import now
from studio.people.factors.queries import known_at_request
from studio.people.models import PasswordLink, User
from studio.people.ways_in import comes_by_company
from studio.projects.models import Membership, Project

ASKED, ANSWERED = (
    "person.reset_asked",
    ("person.link_made", "person.password_set", "person.password_changed"),
)
ASKED_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person on the people page; `link` is the one-time link that still works, if any.

    `refusal` says why the role that was `chosen` for them isn't theirs yet.
    """

    person: User
    projects: list[Project]
    link: PasswordLink | None
    is_last_admin: bool
    comes_by_company: bool
    chosen: str = ""
    refusal: str = ""

    @property
    def shown_role(self) -> str:
        """The one that stands in the form."""
        return self.chosen or self.person.role

    @property
    def is_waiting(self) -> bool:
        """Say whether the person can't sign in yet: neither by a password nor through the company."""
        return not self.person.has_usable_password() and not self.comes_by_company

    @property
    def texts(self) -> tuple[str, ...]:
        """By what a person is found: who they are, where they are, and how they stand."""
        standing = (
            "Deactivated" if not self.person.is_active else "No password yet" if self.is_waiting else ""
        )
        names = (project.name for project in self.projects)
        return self.person.display_name, self.person.email, self.person.role_label, standing, *names

    def order(self) -> tuple[bool, str, int]:
        return not self.person.is_active, self.person.display_name.casefold(), self.person.pk


def people_without_password() -> list[User]:
    """Return who asked for a new password lately and got none yet, the latest first: a mail may not have come."""
    latest: dict[int | None, str] = {}
    asked = AuditEntry.objects.filter(
        subject_kind="user", verb__in=[ASKED, *ANSWERED], at__gt=now() - ASKED_FOR
    )
    for person_id, verb in asked.order_by("id").values_list("subject_id", "verb"):
        latest.pop(person_id, None)
        latest[person_id] = verb
    waiting = [person_id for person_id, verb in reversed(latest.items()) if verb == ASKED and person_id]
    people = User.objects.filter(is_active=True).in_bulk(waiting)
    return [people[person_id] for person_id in waiting if person_id in people]


def list_people() -> list[PersonRow]:
    """Return everybody who was not deleted: those who can sign in first, then by name."""
    memberships = Membership.objects.select_related("project").order_by("project__name")
    links = PasswordLink.objects.filter(used_at__isnull=True, expires_at__gt=now()).order_by("-id")
    people = (
        User.objects.present()
        .annotate(**known_at_request(), comes_by_company=comes_by_company())
        .prefetch_related(
            Prefetch("memberships", memberships, to_attr="listed_memberships"),
            Prefetch("password_links", links, to_attr="working_links"),
        )
    )
    admins = [person.pk for person in people if person.is_admin and person.is_active]
    rows = [
        PersonRow(
            person=person,
            projects=[membership.project for membership in person.listed_memberships],
            link=next(iter(person.working_links), None),
            is_last_admin=admins == [person.pk],
            comes_by_company=person.comes_by_company,
        )
        for person in people
    ]
    return sorted(rows, key=PersonRow.order)
