"""What this room tells the rooms above it, without importing them."""

from collections.abc import Callable

Listener = Callable[[list[int]], None]
_image_listeners: list[Listener] = []
_adding_listeners: list[Listener] = []
_end_listeners: list[Callable[[int], None]] = []


def on_generation_ended(listener: Callable[[int], None]) -> None:
    """Have `listener` called with the id of a generation that has ended, after its transaction has committed."""
    if listener not in _end_listeners:
        _end_listeners.append(listener)


def generation_ended(generation_id: int) -> None:
    """Tell every listener about a generation that has ended."""
    for listener in _end_listeners:
        listener(generation_id)


def on_images_added(listener: Listener) -> None:
    """Have `listener` called with the ids of new images inside the transaction that stores them."""
    if listener not in _adding_listeners:
        _adding_listeners.append(listener)


def images_added(image_ids: list[int]) -> None:
    """Tell every listener about images that are being stored: what they write is committed with them."""
    for listener in _adding_listeners:
        listener(image_ids)


def on_images_stored(listener: Listener) -> None:
    """Have `listener` called with the ids of new images, after their transaction has committed."""
    if listener not in _image_listeners:
        _image_listeners.append(listener)


def images_stored(image_ids: list[int]) -> None:
    """Tell every listener about stored images."""
    for listener in _image_listeners:
        listener(image_ids)
