"""What admins decide about an entry of the picker: whether it is offered, to whom, and where it stands."""

import json
import logging
from collections.abc import Collection
from hashlib import sha256

from django.db import transaction

from studio.audit.actions import record
from studio.catalog.actions import link_twins
from studio.catalog.models import ImageModel
from studio.catalog.ordering import in_picker_order, moved
from studio.kit.errors import Conflict
from studio.kit.wire import JsonObject
from studio.people.models import User
from studio.projects.handing_over import names_of
from studio.projects.models import Project

log = logging.getLogger(__name__)


class Revised(Conflict):
    """Somebody else has said something else about a model's fields."""


class Reshared(Conflict):
    """Somebody else has offered a model in other projects."""


def digest_of_words(said: JsonObject) -> str:
    """Tell what admins say about a model's fields from what they say otherwise."""
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def publish_model(*, model: ImageModel, is_enabled: bool, by: User) -> None:
    """Offer an entry of the picker, both twins of it, or hide it. What is being made goes on."""
    changed = [each for each in _lock_entry(model) if each.is_enabled != is_enabled]
    for each in changed:
        each.is_enabled = is_enabled
        each.save(update_fields=["is_enabled"])
        details: JsonObject = {"is_enabled": [not is_enabled, is_enabled]}
        if is_enabled:
            record(verb="model.published", subject=each, by=by, details=details)
        else:
            record(verb="model.hidden", subject=each, by=by, details=details)
        log.info("catalog.model.published model=%s is_enabled=%s", each.pk, is_enabled)


def mark_of_scope(project_ids: Collection[int] | None) -> str:
    """Tell the projects that a model is offered in from others; None stands for all of them."""
    return "everyone" if project_ids is None else " ".join(map(str, sorted(project_ids)))


@transaction.atomic
def share_model(
    *, model: ImageModel, projects: Collection[Project] | None, by: User, seen: str | None = None
) -> None:
    """Offer an entry of the picker in these projects only; None offers it in all.

    `seen` is the mark of the projects that these take the place of: raises Reshared when they are others by now.
    """
    wanted = sorted(project.pk for project in projects or ())
    entry = _lock_entry(model)
    if seen is not None:
        _check_scope_seen(next(each for each in entry if each.pk == model.entry_id), projects, seen)
    for each in entry:
        before = _scope_of(each)
        each.is_for_everyone = projects is None
        each.save(update_fields=["is_for_everyone"])
        each.projects.set(wanted)
        if (after := _scope_of(each)) != before:
            details: JsonObject = {name: [before[name], after[name]] for name in after}
            record(verb="model.shared", subject=each, by=by, details=details)
            log.info("catalog.model.shared model=%s", each.pk)


@transaction.atomic
def revise_model(*, model: ImageModel, said: JsonObject, by: User, seen: str | None = None) -> None:
    """Keep what admins say about a model's fields and its name; it must have been checked. Empty: as Studio has it.

    `seen` is the digest of what it takes the place of: raises Revised when somebody else has said more since.
    """
    model = ImageModel.objects.select_for_update(of=("self",)).select_related("provider").get(pk=model.pk)
    before = model.overlay
    if said == before:
        return
    if seen is not None and seen != digest_of_words(before):
        raise Revised(
            "Nothing was kept yet: somebody else has changed this form meanwhile. "
            "Save once more to put yours in its place, or open the page anew to see theirs."
        )
    model.overlay = said
    model.name = model.own_name or model.listed_name
    model.save(update_fields=["overlay", "name"])
    link_twins(model.provider)
    record(verb="model.revised", subject=model, by=by, details={"overlay": [before, said]})
    log.info("catalog.model.revised model=%s", model.pk)


@transaction.atomic
def move_model(*, model: ImageModel, step: int, by: User) -> bool:
    """Move an entry of the picker up (-1) or down (1) by one, and say whether it could."""
    entries = list(
        ImageModel.objects.select_for_update(of=("self",))
        .filter(twin_of__isnull=True)
        .select_related("provider")
        .order_by("id")
    )
    before, after = in_picker_order(entries), moved(entries, model, step=step)
    if before == after:
        return False
    for position, each in enumerate(after, start=1):
        each.position = position
    ImageModel.objects.bulk_update(after, ["position"])
    details: JsonObject = {"position": [before.index(model) + 1, after.index(model) + 1]}
    record(verb="model.moved", subject=model, by=by, details=details)
    return True


def _lock_entry(model: ImageModel) -> list[ImageModel]:
    """Return the models of an entry, locked, in the order of their ids."""
    entry = ImageModel.objects.filter(pk=model.entry_id) | ImageModel.objects.filter(twin_of=model.entry_id)
    return list(entry.select_for_update().order_by("id"))


def _check_scope_seen(model: ImageModel, wanted: Collection[Project] | None, seen: str) -> None:
    theirs = None if model.is_for_everyone else list(model.projects.order_by("name", "id"))
    before, after = (_mark_of(projects) for projects in (theirs, wanted))
    if before not in (seen, after):
        told = "every project" if theirs is None else f"only {names_of(theirs)}" if theirs else "no project"
        raise Reshared(
            f"Nothing was changed yet: somebody else has chosen {told} meanwhile. "
            "Save once more to put your choice in its place."
        )


def _mark_of(projects: Collection[Project] | None) -> str:
    return mark_of_scope(None if projects is None else [project.pk for project in projects])


def _scope_of(model: ImageModel) -> JsonObject:
    ids = model.projects.order_by("id").values_list("id", flat=True)
    return {"is_for_everyone": model.is_for_everyone, "projects": [*ids]}
