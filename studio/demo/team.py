"""The people, projects, prices and keys of the demo."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max

from studio.catalog.models import ImageModel, Provider
from studio.catalog.queries import offered
from studio.keys.models import ApiKey, KeyState
from studio.kit.errors import Conflict
from studio.people.models import TeamRole, User
from studio.projects.models import Membership, Project, ProjectRole, Visibility
from studio.projects.slugs import suggest_slug
from studio.spending.models import Price
from studio.spending.prices import Rate

FIRST_NAMES = (
    "Mara",
    "Jonas",
    "Priya",
    "Tom",
    "Yuki",
    "Elif",
    "Nils",
    "Amara",
    "Luca",
    "Ines",
    "Oskar",
    "Leila",
)
LAST_NAMES = (
    "Lindqvist",
    "Okafor",
    "Raman",
    "Albrecht",
    "Tanabe",
    "Demir",
    "Berger",
    "Silva",
    "Novak",
    "Haddad",
)
PROJECTS = (
    "Spring campaign",
    "Packaging 2027",
    "Editorial covers",
    "Trade fair booth",
    "Website hero images",
    "Night city series",
    "Product still lifes",
    "Storyboards",
    "Brand refresh",
    "Social posts",
    "Annual report",
    "Experiments",
)
IMAGE_MICROS = (39_000, 134_000, 67_000, 20_000, 211_000, 101_000, 30_000)
PROJECTS_OF_PERSON = 4
# The sixth of six is a guest.
EVERY_GUEST = 6
# A price that has changed since, so that older work has kept the one of its day.
DEARER_BEFORE = 1.25


@dataclass(frozen=True, slots=True)
class Offer:
    """A model with what one image cost before a day, and since; None for the one that nobody has priced."""

    model: ImageModel
    before_micros: int | None
    micros: int | None
    changed_on: date

    def micros_on(self, day: date) -> int | None:
        return self.before_micros if day < self.changed_on else self.micros


@dataclass(frozen=True, slots=True)
class Keys:
    """Which key of a provider was in use: one that was removed since, then the one that is there."""

    removed: ApiKey
    present: ApiKey | None
    replaced_at: datetime

    def at(self, moment: datetime) -> ApiKey:
        return self.present if self.present and moment >= self.replaced_at else self.removed


@dataclass(frozen=True, slots=True)
class Team:
    """Who works where with what. `places` are the projects of each person, by the person's id."""

    people: Sequence[User]
    places: dict[int, list[Project]]
    offers: Sequence[Offer]
    keys: dict[int, Keys]


def gather_team(count: int, *, since: datetime, until: datetime, chance: random.Random) -> Team:
    """Add so many people with their projects, and prices and keys. Raises Conflict without a model."""
    models = list(offered().filter(twin_of=None))
    if not models:
        raise Conflict("No model is offered, so nothing can have been made. Run manage.py setup first.")
    people = _add_people(count, since, chance)
    projects = _add_projects(people[0])
    places = {person.pk: chance.sample(projects, k=PROJECTS_OF_PERSON) for person in people}
    Membership.objects.bulk_create(
        Membership(project=project, user=person, role=_role(person, place))
        for person in people
        for place, project in enumerate(places[person.pk])
    )
    middle = since + (until - since) / 2
    offers = _price(models, since.date(), middle.date())
    return Team(people, places, offers, _find_keys({model.provider for model in models}, since, middle))


def _add_people(count: int, joined_at: datetime, chance: random.Random) -> list[User]:
    """Without a password: an admin makes a link for whoever is to sign in."""
    first_id = (User.objects.aggregate(newest=Max("pk"))["newest"] or 0) + 1
    names = [f"{first} {last}" for last in LAST_NAMES for first in FIRST_NAMES]
    chance.shuffle(names)
    people = []
    for number in range(count):
        name = names[number % len(names)]
        person = User(name=name, email=f"{name.lower().replace(' ', '.')}.{first_id + number}@example.com")
        person.role = _team_role(number)
        person.set_unusable_password()
        people.append(person)
    User.objects.bulk_create(people)
    User.objects.filter(pk__in=[person.pk for person in people]).update(created_at=joined_at)
    return people


def _add_projects(by: User) -> list[Project]:
    projects = []
    for number, name in enumerate(PROJECTS):
        visibility = Visibility.MEMBERS if number % 4 == 3 else Visibility.TEAM
        project = Project(name=name, slug=suggest_slug(name), visibility=visibility, created_by=by)
        project.save()
        projects.append(project)
    return projects


def _team_role(number: int) -> TeamRole:
    if number == 0:
        return TeamRole.ADMIN
    return TeamRole.GUEST if number % EVERY_GUEST == EVERY_GUEST - 1 else TeamRole.MEMBER


def _role(person: User, place: int) -> ProjectRole:
    manages = place == 0 and not person.is_guest
    return ProjectRole.MANAGER if manages else ProjectRole.CONTRIBUTOR


def _price(models: Sequence[ImageModel], since: date, changed_on: date) -> list[Offer]:
    """Price all models but the last, each as its twin, the first of them dearer at the beginning."""
    offers = []
    twins = {twin.twin_of_id: twin for twin in offered().filter(twin_of__in=models)}
    for number, model in enumerate(models):
        micros = IMAGE_MICROS[number % len(IMAGE_MICROS)]
        before = round(micros * DEARER_BEFORE) if number == 0 else micros
        is_priced = number + 1 < len(models) or number == 0
        offers.append(Offer(model, before if is_priced else None, micros if is_priced else None, changed_on))
    Price.objects.bulk_create(
        Price(model=model, valid_from=day, rates=[Rate(micros).to_json()], note=note)
        for offer in offers
        for model in filter(None, (offer.model, twins.get(offer.model.pk)))
        for day, micros, note in (
            (since, offer.before_micros, "The provider’s list"),
            (changed_on, offer.micros, "The provider’s new list"),
        )
        if micros is not None and (day == since or micros != offer.before_micros)
    )
    return offers


def _find_keys(providers: set[Provider], since: datetime, replaced_at: datetime) -> dict[int, Keys]:
    """Add a removed key without a secret to each provider: a working one would be asked for real images."""
    found = {}
    for provider in sorted(providers, key=lambda one: one.pk):
        removed = ApiKey.objects.create(
            provider=provider,
            label="First key",
            fingerprint=f"demo-{provider.pk}",
            state=KeyState.RETIRED,
            last_used_at=replaced_at,
            deleted_at=replaced_at + timedelta(days=1),
        )
        present = ApiKey.objects.present().filter(provider=provider).order_by("priority", "id").first()
        found[provider.pk] = Keys(removed, present, replaced_at)
    ApiKey.objects.filter(pk__in=[keys.removed.pk for keys in found.values()]).update(created_at=since)
    return found
