"""The order in which the picker shows its entries: as the admins placed them, with those of a maker together."""

from collections.abc import Iterable
from typing import TypeVar

from studio.catalog.models import ImageModel

Thing = TypeVar("Thing")


def in_picker_order(entries: Iterable[ImageModel]) -> list[ImageModel]:
    """Return the entries in order: a maker stands where the first of its models does."""
    return [model for group in grouped(entries) for model in group]


def grouped(entries: Iterable[ImageModel]) -> list[list[ImageModel]]:
    """Return the entries by maker, both in order; what nobody has placed comes last, by name."""
    groups: dict[str, list[ImageModel]] = {}
    for model in sorted(entries, key=_place):
        groups.setdefault(model.group, []).append(model)
    return list(groups.values())


def moved(entries: Iterable[ImageModel], model: ImageModel, *, step: int) -> list[ImageModel]:
    """Return the entries with one of them a step up (-1) or down (1), at the end of its maker's with all of them."""
    groups = grouped(entries)
    place = next(index for index, group in enumerate(groups) if model in group)
    own = groups[place]
    if not _swap(own, own.index(model), step):
        _swap(groups, place, step)
    return [each for group in groups for each in group]


def _swap(row: list[Thing], index: int, step: int) -> bool:
    """Exchange a thing with its neighbour; nothing where there is none."""
    if not 0 <= index + step < len(row):
        return False
    row[index], row[index + step] = row[index + step], row[index]
    return True


def _place(model: ImageModel) -> tuple[bool, int, str, str, str, int]:
    is_unplaced = model.position is None
    names = (model.group.lower(), model.name.lower(), model.provider.slug)
    return is_unplaced, model.position or 0, *names, model.pk
