"""A press that a limit stopped, as the page explains it: which limit, what else counts, and what one may ask for."""

from dataclasses import dataclass

from studio.kit.clock import team_today
from studio.people.models import User
from studio.people.queries import active_admins
from studio.projects.models import Project
from studio.spending.limits import Limit, OverLimit, Unit, name_of, read_limits, shown_to
from studio.spending.offers import End, amounts_for, ends_for, write_amount
from studio.spending.periods import Period
from studio.spending.scopes import TEAM, scopes_of

IN_PERIOD = {Period.DAY: "today", Period.MONTH: "this month", Period.TOTAL: "in total"}


@dataclass(frozen=True, slots=True)
class Line:
    """One of the limits that count here; `is_hit`: the press doesn't fit into it. `used` is in percent."""

    whose: str
    period: str
    used_words: str
    allowed_words: str
    held_words: str
    left_words: str
    about: str
    resets: str
    used: int
    tone: str
    is_hit: bool
    has_held: bool

    @property
    def words(self) -> str:
        return f"{self.used_words} of {self.allowed_words}"


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount to ask for: `value` is what the form sends, `words` what the button says."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a press didn't go out, and what its author can ask for."""

    title: str
    limit_name: str
    resets: str
    sentence: str
    lines: list[Line]
    quota_id: int
    unit: Unit
    amounts: list[Amount]
    ends: list[End]
    end: End
    admins: list[User]
    can_decide: bool
    others_hit: int

    @property
    def words(self) -> str:
        """What is asked for without a word: "$5 until Friday"."""
        return f"{self.amounts[0].words} until {self.end.until}"


def stop_of(refusal: OverLimit, project: Project, user: User) -> Stop:
    """Explain a refusal to the person whose press it was."""
    limit = refusal.limits[0]
    hit = {(one.quota_id, one.unit) for one in refusal.limits}
    limits = shown_to(user, read_limits(scopes_of(project.pk, user.pk)))
    ends, end = ends_for(limit.period, team_today())
    is_told = bool(shown_to(user, [limit]))
    # What lacks would tell a guest what is left.
    wanted = refusal.images if limit.unit == Unit.IMAGES else refusal.micros
    lacking = limit.lacks(refusal.images, refusal.micros) if is_told else wanted
    admins = active_admins()
    return Stop(
        title=title_of(limit) if is_told else "The team’s limit doesn’t leave enough",
        limit_name=name_of(limit),
        resets=_resets(limit),
        sentence=refusal.sentence,
        lines=[line_of(one, project, is_hit=(one.quota_id, one.unit) in hit) for one in limits],
        quota_id=limit.quota_id,
        unit=limit.unit,
        amounts=[
            Amount(write_amount(limit.unit, one), limit.amount(one))
            for one in amounts_for(limit.unit, lacking)
        ],
        ends=ends,
        end=end,
        admins=[admin for admin in admins if admin != user],
        can_decide=user.is_admin,
        others_hit=len(refusal.limits) - 1,
    )


def title_of(limit: Limit) -> str:
    """Say it in one line: "Your monthly limit is used up", or that too little of it is left."""
    name = name_of(limit)
    name = f"{name[0].upper()}{name[1:]}"
    return f"{name} is used up" if not limit.left else f"{name} has only {limit.amount(limit.left)} left"


def line_of(limit: Limit, project: Project, *, is_hit: bool = False) -> Line:
    """Show a limit with its meter, to a person whom it concerns."""
    return Line(
        whose=whose_limit(limit, project),
        period=IN_PERIOD[limit.period],
        used_words=limit.used_bare,
        allowed_words=limit.amount(limit.allowed),
        held_words=limit.amount(limit.held),
        left_words=limit.amount(limit.left),
        about=limit.standing,
        resets=_resets(limit),
        used=limit.percent,
        tone="bad" if is_hit else limit.tone,
        is_hit=is_hit,
        has_held=limit.held > 0,
    )


def whose_limit(limit: Limit, project: Project) -> str:
    """Say whose a limit is to the person whom it concerns: "You", "Spring campaign", "Team"."""
    if limit.scope == TEAM:
        return "Team"
    if limit.scope.user_id is None:
        return project.name
    return "You, in this project" if limit.scope.project_id else "You"


def _resets(limit: Limit) -> str:
    return f"{limit.resets_on.day} {limit.resets_on:%B}" if limit.resets_on else ""
