"""The names behind the ids of the log, as they are today: looked up once for all entries of a page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from studio.audit.models import AuditEntry
from studio.catalog.models import ImageModel, Provider
from studio.invitations.models import Invitation
from studio.keys.models import ApiKey
from studio.people.models import User
from studio.projects.models import Project

# What a kind of subject is called where it has no name, or has it no longer.
_WORDS = {"user": "person", "apikey": "key", "imagemodel": "model", "sharelink": "share link"}


@dataclass(frozen=True, slots=True)
class Names:
    """Names by kind and id; who or what is gone is told by its id."""

    by_kind: Mapping[str, Mapping[int, str]]

    def of(self, kind: str, id: object) -> str:
        found = self.by_kind.get(kind, {}).get(id) if isinstance(id, int) else None
        return found or f"{_WORDS.get(kind, kind)} {id}"

    def of_actor(self, entry: AuditEntry) -> str:
        return self.of("user", entry.actor_id) if entry.actor_id else "Studio"

    def of_subject(self, entry: AuditEntry) -> str:
        if entry.subject_kind in ("quota", "grant"):
            return self._of_scope(entry.details.get("project"), entry.details.get("user"))
        if entry.subject_id is None:
            return "nobody’s account" if entry.verb.startswith("session.") else ""
        return self.of(entry.subject_kind, entry.subject_id)

    def _of_scope(self, project_id: object, user_id: object) -> str:
        """Name whom a limit is for: the team, a project, a person, or a person in a project."""
        if not project_id and not user_id:
            return "the team"
        parts = [self.of("user", user_id)] if user_id else []
        parts += [self.of("project", project_id)] if project_id else []
        return " in ".join(parts)


def names_in(entries: Iterable[AuditEntry]) -> Names:
    """Look up all that these entries name, in one query for each kind of thing."""
    ids: dict[str, set[int]] = {
        kind: set() for kind in ("user", "project", "apikey", "imagemodel", "provider", "invitation")
    }
    for entry in entries:
        for kind, id in _named(entry):
            if kind in ids and isinstance(id, int):
                ids[kind].add(id)
    return Names(
        {
            "user": {one.pk: one.display_name for one in User.objects.in_bulk(ids["user"]).values()},
            "project": {one.pk: one.name for one in Project.objects.in_bulk(ids["project"]).values()},
            "apikey": {one.pk: str(one) for one in ApiKey.objects.in_bulk(ids["apikey"]).values()},
            "imagemodel": {
                one.pk: one.name for one in ImageModel.objects.in_bulk(ids["imagemodel"]).values()
            },
            "provider": {one.pk: one.name for one in Provider.objects.in_bulk(ids["provider"]).values()},
            "invitation": {
                one.pk: one.email for one in Invitation.objects.in_bulk(ids["invitation"]).values()
            },
        }
    )


def _named(entry: AuditEntry) -> Iterable[tuple[str, object]]:
    yield "user", entry.actor_id
    yield "user", entry.details.get("person")
    yield "user", entry.details.get("user")
    yield "project", entry.project_id
    yield "project", entry.details.get("project")
    yield "apikey", entry.details.get("new_key")
    for people in entry.details.get("watchers", ()):
        yield from (("user", person_id) for person_id in people)
    yield entry.subject_kind, entry.subject_id
