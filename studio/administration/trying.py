"""Trying it out on the limits' page: may this person make so much in this project now, and what is in the way."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from studio.kit.money import dollars
from studio.kit.parameters import read_id
from studio.people.models import User
from studio.projects.models import Project
from studio.projects.policies import can_generate
from studio.spending.limits import Limit, Unit, read_limits
from studio.spending.offers import read_amount
from studio.spending.scopes import Scope, name_of_scope, scopes_of


@dataclass(frozen=True, slots=True)
class Check:
    """One limit on the way: whose, for how long, how it stands, and whether the press fits."""

    whose: str
    period: str
    words: str
    about: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What was asked, as it was typed, and the answer to it; without an answer nothing was asked yet."""

    person: int | None = None
    place: int | None = None
    images: str = ""
    dollars: str = ""
    error: str = ""
    verdict: str = ""
    is_allowed: bool = False
    checks: tuple[Check, ...] = ()

    @property
    def is_asked(self) -> bool:
        return bool(self.verdict or self.error)


def try_out(asked: Mapping[str, str]) -> Trial:
    """Answer `person` (id), `in` (a project's id), `images` and `dollars` of an address."""
    person = User.objects.filter(pk=read_id(asked.get("person")) or 0).first()
    project = Project.objects.filter(pk=read_id(asked.get("in")) or 0).first()
    typed_images, typed_dollars = asked.get("images", "").strip(), asked.get("dollars", "").strip()
    trial = Trial(person.pk if person else None, project.pk if project else None, typed_images, typed_dollars)
    if person is None or project is None:
        return trial
    try:
        images = read_amount(Unit.IMAGES, typed_images or "0")
        micros = read_amount(Unit.MONEY, typed_dollars) if typed_dollars else None
    except ValueError as error:
        return replace(trial, error=str(error))
    if not images and not micros:
        return replace(trial, error="Say how many images, or how much money.")
    return _judge(trial, person, project, images, micros)


def _judge(trial: Trial, person: User, project: Project, images: int, micros: int | None) -> Trial:
    """Answer it by the limits in what was asked about: money without images is asked about by itself, as these are."""
    asked_about = {Unit.IMAGES: images > 0, Unit.MONEY: micros is not None}
    limits = [one for one in read_limits(scopes_of(project.pk, person.pk)) if asked_about[one.unit]]
    checks = tuple(_check(limit, person, project, images, micros or 0) for limit in limits)
    if not can_generate(project, person):
        why = "is deactivated" if not person.is_active else f"may not make images in {project.name}"
        if project.is_archived:
            why = f"can’t: {project.name} is archived"
        return replace(trial, verdict=f"No: {person.display_name} {why}", checks=checks)
    over = [limit for limit in limits if limit.lacks(images, micros or 0)]
    if not over:
        return replace(trial, verdict="Yes", is_allowed=True, checks=checks)
    return replace(trial, verdict=_refusal(over, images, micros or 0), checks=checks)


def _refusal(over: list[Limit], images: int, micros: int) -> str:
    """Say how much of it would still fit: "No: only 12 of 40 images"."""
    wanted = {Unit.IMAGES: images, Unit.MONEY: micros}
    tightest = min(over, key=lambda limit: limit.left / (wanted[limit.unit] or 1))
    if not wanted[tightest.unit]:
        return "No: more is used than a limit allows, so not even what costs nothing fits"
    if tightest.unit == Unit.IMAGES:
        return f"No: only {tightest.left:,} of {images:,} images"
    return f"No: only {dollars(tightest.left)} of {dollars(micros)}"


def _check(limit: Limit, person: User, project: Project, images: int, micros: int) -> Check:
    return Check(
        whose=_whose(limit.scope, person, project),
        period=f"{limit.unit.label.lower()} {limit.period.label}",
        words=limit.used_of_allowed,
        about=limit.standing,
        fits=not limit.lacks(images, micros),
    )


def _whose(scope: Scope, person: User, project: Project) -> str:
    return name_of_scope(project if scope.project_id else None, person if scope.user_id else None)
