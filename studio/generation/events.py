"""What this room tells the rooms above it, without importing them."""

from collections.abc import Callable

Listener = Callable[[list[int]], None]
_image_listeners: list[Listener] = []
_adding_listeners: list[Listener] = []


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
