"""Draws docs/roles.md by asking the policies themselves; with --check, only says whether it is up to date.

Nobody writes down who may do what: each ability is put to its policy as each role. A policy without one here fails.
"""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

import studio
from studio.generation import policies as generation
from studio.generation.models import Generation, Image, LimitRequest, RequestState, Status
from studio.kit.errors import NotAllowed
from studio.people import policies as people
from studio.people.models import TeamRole, User
from studio.projects import policies as projects
from studio.projects.models import Project, ProjectRole, Visibility
from studio.projects.queries import role_in
from studio.sharing import policies as sharing
from studio.sharing.models import ShareLink

PAGE = """# Who may do what

Drawn by `manage.py draw_roles`, which asks the policies (`policies.py` of each room) as each role; `make lint` and a test
compare both. `visible_to` keeps what isn’t somebody’s to see out of every query: to them it doesn’t exist, and is a 404.

In the team one is an **admin**, **member** or **guest**; in a project a **manager**, **contributor** or **viewer**.
Admins manage every project. In a project that is open to the team every member contributes, unless it lists them with
another role. Guests see the projects that list them, and nothing else of the team; they view or contribute there, and
never manage. What a guest who contributes may do is what every contributor may, but for what is in the table of the team.

A change of roles counts from the next request on, and open pages hear of nothing that they may no longer see. The last
admin stays one, and a project that its only manager leaves is handed over first. Nobody gives more than they have: roles
in a project are given by its managers, roles in the team by admins.

## In a project

| | {columns} |
|---|{lines}|
{in_project}

## In the team

| | member | guest | admin |
|---|---|---|---|
{in_team}

## What those read who may not

{sentences}

A share link shows its pictures to whoever has it, without an account; see its terms. An archived project can be read and
restored, and its links taken back; nothing else is done in it. Admins give their password again before they change
people, keys or limits.
"""

OTHER = 99


@dataclass(frozen=True)
class Scene:
    """Somebody, and a project in which they have a role. Nothing of it is stored."""

    user: User
    project: Project

    def generation(self, status: Status, **fields: Any) -> Generation:
        return Generation(project=self.project, author=self.user, status=status, **fields)

    def image(self, author_id: int) -> Image:
        return Image(author_id=author_id)

    def delete(self, author_id: int) -> None:
        generation.image_rights(self.project, self.user).check_can_delete([self.image(author_id)])

    def link(self, maker_id: int) -> ShareLink:
        return ShareLink(project=self.project, created_by_id=maker_id)

    def request(self, author: User, state: RequestState = RequestState.WAITING) -> LimitRequest:
        return LimitRequest(project=self.project, author=author, state=state)

    def see(self) -> None:
        if role_in(self.project, self.user) is None:
            raise NotAllowed("")


@dataclass(frozen=True)
class Ability:
    """Something that a policy allows or not: its words, the policy's name, and the question itself."""

    words: str
    policy: str
    ask: Callable[[Scene], None]


IN_PROJECT = [
    Ability("See it, its images, prompts and costs; search, star, download", "", Scene.see),
    Ability("Make images", "check_can_generate", lambda s: projects.check_can_generate(s.project, s.user)),
    Ability(
        "Cancel what is under way, whoever made it",
        "check_can_cancel",
        lambda s: generation.check_can_cancel(s.generation(Status.QUEUED), s.user),
    ),
    Ability(
        "Try again what failed",
        "check_can_retry",
        lambda s: generation.check_can_retry(s.generation(Status.FAILED), s.user),
    ),
    Ability(
        "Of an unknown outcome: have it checked",
        "check_can_check_again",
        lambda s: generation.check_can_check_again(s.generation(Status.UNKNOWN, task_id="t"), s.user),
    ),
    Ability(
        "Of an unknown outcome: send it again",
        "check_can_send_again",
        lambda s: generation.check_can_send_again(s.generation(Status.UNKNOWN), s.user),
    ),
    Ability(
        "Of an unknown outcome: give it up",
        "check_can_discard",
        lambda s: generation.check_can_discard(s.generation(Status.UNKNOWN), s.user),
    ),
    Ability(
        "Of an unknown outcome: mark it as not charged",
        "check_can_mark_not_charged",
        lambda s: generation.check_can_mark_not_charged(s.generation(Status.UNKNOWN), s.user),
    ),
    Ability("Delete and restore images of one’s own", "check_can_delete", lambda s: s.delete(s.user.pk)),
    Ability("Delete and restore images of others", "check_can_delete", lambda s: s.delete(OTHER)),
    Ability("Share images by link", "check_can_share", lambda s: sharing.check_can_share(s.project, s.user)),
    Ability(
        "List links: one’s own, managers all",
        "check_can_list_links",
        lambda s: sharing.check_can_list_links(s.project, s.user),
    ),
    Ability(
        "Revoke a link of somebody else",
        "check_can_change_link",
        lambda s: sharing.check_can_change_link(s.link(OTHER), s.user),
    ),
    Ability(
        "Give a link of somebody else a new address",
        "check_can_renew",
        lambda s: sharing.check_can_renew(s.link(OTHER), s.user),
    ),
    Ability(
        "Change its name, visibility and members",
        "check_can_edit",
        lambda s: projects.check_can_edit(s.project, s.user),
    ),
    Ability(
        "Archive and restore it", "check_can_manage", lambda s: projects.check_can_manage(s.project, s.user)
    ),
    Ability(
        "Leave it, being listed",
        "check_can_leave",
        lambda s: projects.check_can_leave(s.project, s.user),
    ),
]

IN_TEAM = [
    Ability(
        "Make a project", "check_can_create_project", lambda s: projects.check_can_create_project(s.user)
    ),
    Ability(
        "Take back, send or put away requests for more of one’s own",
        "check_can_withdraw",
        lambda s: generation.check_can_withdraw(s.request(s.user), s.user),
    ),
    Ability(
        "People and roles, keys, limits, prices, catalogue, audit, jobs and usage of the team",
        "check_can_manage_people",
        lambda s: people.check_can_manage_people(s.user),
    ),
    Ability(
        "Answer requests for more",
        "check_can_decide",
        lambda s: generation.check_can_decide(s.request(User(pk=OTHER)), s.user),
    ),
]

# The same question as an ability above, or one about the thing and not about who asks.
ALSO = {
    "check_can_approve": "check_can_decide",
    "check_can_send_waiting": "check_can_withdraw",
    "check_can_put_away": "check_can_withdraw",
    "check_can_stop_being_admin": "check_can_manage_people",
}

MEMBERS, TEAM = Visibility.MEMBERS, Visibility.TEAM
COLUMNS: dict[str, tuple[TeamRole, Visibility, ProjectRole | None]] = {
    "not listed": (TeamRole.MEMBER, MEMBERS, None),
    "not listed, open to the team": (TeamRole.MEMBER, TEAM, None),
    "guest, not listed": (TeamRole.GUEST, TEAM, None),
    "viewer": (TeamRole.MEMBER, MEMBERS, ProjectRole.VIEWER),
    "contributor": (TeamRole.MEMBER, MEMBERS, ProjectRole.CONTRIBUTOR),
    "guest who contributes": (TeamRole.GUEST, MEMBERS, ProjectRole.CONTRIBUTOR),
    "manager": (TeamRole.MEMBER, MEMBERS, ProjectRole.MANAGER),
    "admin": (TeamRole.ADMIN, MEMBERS, None),
}


def page() -> str:
    """Return the whole document. Raises CommandError where a policy has no ability."""
    _check_complete()
    refusals: dict[str, None] = {}
    scenes = [_scene(*column) for column in COLUMNS.values()]
    in_team = [_scene(role, MEMBERS, None) for role in (TeamRole.MEMBER, TeamRole.GUEST, TeamRole.ADMIN)]
    drawn = {
        "in_project": "\n".join(_row(ability, scenes, refusals) for ability in IN_PROJECT),
        "in_team": "\n".join(_row(ability, in_team, refusals) for ability in IN_TEAM),
    }
    return PAGE.format(
        columns=" | ".join(COLUMNS),
        lines="|".join("---" for _ in COLUMNS),
        sentences="\n".join(f"- {sentence}" for sentence in refusals),
        **drawn,
    )


def _scene(team_role: TeamRole, visibility: Visibility, role: ProjectRole | None) -> Scene:
    user = User(pk=1, role=team_role)
    project = Project(pk=1, visibility=visibility, created_at=timezone.now())
    project.reader = (user.pk, role)
    return Scene(user, project)


def _row(ability: Ability, scenes: list[Scene], refusals: dict[str, None]) -> str:
    cells = []
    for scene in scenes:
        try:
            ability.ask(scene)
        except NotAllowed as refusal:
            cells.append("–")
            if refusal.sentence:
                refusals[refusal.sentence] = None
        else:
            cells.append("yes")
    return f"| {ability.words} | {' | '.join(cells)} |"


def policies() -> Iterator[str]:
    """Yield the names of all policies of all rooms that say whether somebody may do something."""
    for room in iter_modules(studio.__path__):
        folder = Path(studio.__path__[0]) / room.name
        if (folder / "policies.py").exists():
            module = import_module(f"studio.{room.name}.policies")
            yield from (name for name in vars(module) if name.startswith("check_can_"))


def _check_complete() -> None:
    told = {ability.policy for ability in (*IN_PROJECT, *IN_TEAM)} | ALSO.keys()
    if forgotten := sorted(set(policies()) - told):
        raise CommandError(f"No ability in draw_roles asks {', '.join(forgotten)}.")


class Command(BaseCommand):
    help = "Draw the table of roles into docs/roles.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail if the document is out of date")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        file = Path(settings.BASE_DIR) / "docs" / "roles.md"
        if not check:
            file.write_text(page())
        elif not file.exists() or file.read_text() != page():
            raise CommandError("docs/roles.md is out of date: run manage.py draw_roles.")
