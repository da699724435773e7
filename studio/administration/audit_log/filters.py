"""Which entries of the log are looked at: read from the address, and written into it again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode

from studio.administration.audit_log.sentences import verbs_saying
from studio.audit.kinds import Kind
from studio.audit.models import AuditEntry
from studio.keys.models import ApiKey
from studio.kit.parameters import read_day, read_id, read_line
from studio.people.models import User
from studio.projects.models import Project

PAGE_SIZE = 50
MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Filters:
    """What the log is narrowed down to. Days are the team's; both ends count."""

    text: str = ""
    kind: str = ""
    person: int | None = None
    project: int | None = None
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, query: QueryDict) -> "Filters":
        """Read the filters of an address; what makes no sense is left out."""
        kind = query.get("kind", "")
        return cls(
            text=read_line(query.get("q"), longest=200),
            kind=kind if kind in Kind.values else "",
            person=read_id(query.get("person")),
            project=read_id(query.get("project")),
            since=read_day(query.get("since")),
            until=read_day(query.get("until")),
        )

    @property
    def query(self) -> str:
        """Write them as an address has them: q=mara&kind=keys."""
        return urlencode({name: value for name, value in self._named() if value})

    @property
    def is_narrow(self) -> bool:
        return bool(self.query)

    def _named(self) -> Iterator[tuple[str, str | int]]:
        yield "q", self.text
        yield "kind", self.kind
        yield "person", self.person or ""
        yield "project", self.project or ""
        yield "since", self.since.isoformat() if self.since else ""
        yield "until", self.until.isoformat() if self.until else ""


def entries_in(filters: Filters) -> QuerySet[AuditEntry]:
    """Return the entries that are looked at, the newest first."""
    entries = AuditEntry.objects.order_by("-id")
    if filters.kind:
        entries = entries.filter(kind=filters.kind)
    if filters.project:
        entries = entries.filter(project_id=filters.project)
    if filters.person:
        entries = entries.filter(_about_people([filters.person]))
    for word in filters.text.split()[:MOST_WORDS]:
        entries = entries.filter(_saying(word))
    return _within(entries, filters.since, filters.until)


def _about_people(ids: list[int]) -> Q:
    """By these people, or about them."""
    of_members = Q(verb__startswith="member.", details__person__in=ids)
    return Q(actor__in=ids) | Q(subject_kind="user", subject_id__in=ids) | of_members


def _saying(word: str) -> Q:
    """A word of a sentence: of its verb, or of what is named in it today."""
    people = User.objects.filter(Q(name__icontains=word) | Q(email__icontains=word)).order_by("id")
    projects = Project.objects.filter(name__icontains=word).order_by("id")
    keys = ApiKey.objects.filter(Q(label__icontains=word) | Q(last_four=word)).order_by("id")
    return (
        _about_people(list(people.values_list("id", flat=True)))
        | Q(project_id__in=list(projects.values_list("id", flat=True)))
        | Q(subject_kind="apikey", subject_id__in=list(keys.values_list("id", flat=True)))
        | Q(verb__in=list(verbs_saying(word)))
    )


def _within(entries: QuerySet[AuditEntry], since: date | None, until: date | None) -> QuerySet[AuditEntry]:
    """Keep what was written in these days, by ids: they rise with the time, and the log is read in their order."""
    if since and (first := _first_from(since)):
        entries = entries.filter(id__gte=first)
    elif since:
        return entries.none()
    if until and (first_after := _first_from(until + timedelta(days=1))):
        entries = entries.filter(id__lt=first_after)
    return entries


def _first_from(day: date) -> int | None:
    begins_at = timezone.make_aware(datetime.combine(day, time.min))
    later = AuditEntry.objects.filter(at__gte=begins_at).order_by("at", "id")
    return later.values_list("id", flat=True).first()
