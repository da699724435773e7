"""A few painted pictures that all images of the demo share: each has its own name on disk, a hard link to one of them."""

import os
import random
from dataclasses import dataclass
from hashlib import sha256
from itertools import cycle
from pathlib import Path

from studio.demo.presses import WORDS
from studio.kit.errors import Conflict
from studio.kit.storage import media_path, new_image_name
from studio.sandbox.painting import Order
from studio.sandbox.painting.easel import paint_picture

SIZES = ((640, 640), (640, 512), (512, 640), (640, 360), (480, 640), (640, 274))
OF_EACH_THING = 2
FORMAT = "webp"


@dataclass(frozen=True, slots=True)
class Picture:
    path: Path
    width: int
    height: int
    size_bytes: int
    sha256: str


class Pictures:
    """Pictures of each thing that a prompt may name, small enough to be their own thumbnails.

    Those of one thing have one size, as the images of one press do.
    """

    def __init__(self, chance: random.Random) -> None:
        self._of_thing = {
            thing: [_paint(thing, chance, size) for _ in range(OF_EACH_THING)]
            for thing, size in zip(WORDS[1], cycle(SIZES), strict=False)
        }
        self._folders: dict[str, Path] = {}

    def choose(self, prompt: str, chance: random.Random) -> Picture:
        thing = next(thing for thing in self._of_thing if thing in prompt)
        return chance.choice(self._of_thing[thing])

    def link(self, picture: Picture) -> str:
        """Give a picture one more name, and return it. Raises Conflict where the disk can't."""
        name = new_image_name(FORMAT)
        try:
            os.link(picture.path, self._place(name))
        except OSError as error:
            raise Conflict(
                f"The file system of the data folder has no hard links, which the demo needs: {error.strerror}."
            ) from error
        return name

    def forget_sources(self) -> None:
        """Remove the first name of each picture: those of the images keep it."""
        for picture in (each for pictures in self._of_thing.values() for each in pictures):
            picture.path.unlink(missing_ok=True)

    def _place(self, name: str) -> Path:
        """Return the path of a name, without looking for its folder once it is known."""
        folder, _, file = name.rpartition("/")
        if folder not in self._folders:
            self._folders[folder] = media_path(name).parent
        return self._folders[folder] / file


def _paint(thing: str, chance: random.Random, size: tuple[int, int]) -> Picture:
    width, height = size
    content = paint_picture(Order(f"{thing} photograph", chance.randrange(10**6), width, height, FORMAT))
    path = media_path(new_image_name(FORMAT).replace("images/", "demo/"))
    path.write_bytes(content)
    return Picture(path, width, height, len(content), sha256(content).hexdigest())
