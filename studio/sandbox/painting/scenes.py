"""Which scene a prompt gets: the one whose words it uses most, else one by chance."""

import random
import re
from collections.abc import Callable

from PIL import Image

from studio.sandbox.painting.brushes import Size
from studio.sandbox.painting.graphic import paint_fluid, paint_poster
from studio.sandbox.painting.land import paint_dunes, paint_mountains
from studio.sandbox.painting.night import paint_aurora, paint_city
from studio.sandbox.painting.portrait import paint_portrait
from studio.sandbox.painting.still import paint_still
from studio.sandbox.painting.water import paint_pool, paint_sea

Scene = Callable[[random.Random, Size, str], Image.Image]

SCENES: dict[Scene, str] = {
    paint_mountains: "mountain mountains ridge peak peaks valley hill hills alps canyon forest fog mist fjord snow",
    paint_dunes: "desert dune dunes sand sahara mars",
    paint_sea: "sea ocean beach coast coastline lake island waves harbour harbor boat ship river rainbow",
    paint_pool: "pool swimming underwater swim dive diving fish aquarium reef",
    paint_portrait: "portrait woman man girl boy face model person people character child editorial",
    paint_still: "product sphere spheres still life bottle ceramic glass fruit object perfume watch shoe render",
    paint_poster: "poster pattern geometric bauhaus logo icon flat vector typography print graphic",
    paint_fluid: "abstract marble marbled fluid liquid paint ink silk smoke texture swirl wallpaper",
    paint_aurora: "aurora northern lights stars galaxy space milky night arctic",
    paint_city: "city street skyline neon cyberpunk tokyo building buildings tower downtown urban rain",
}


def choose_scene(prompt: str, draw: random.Random) -> Scene:
    """The scene with the most words in the prompt, by how early they come when two are equal."""
    words = re.findall(r"[a-z]+", prompt.lower())
    places = {word: index for index, word in reversed(list(enumerate(words)))}
    scores = {}
    for scene, marks in SCENES.items():
        hits = [places[mark] for mark in set(marks.split()) if mark in places]
        if hits:
            scores[scene] = (len(hits), -min(hits))
    return max(scores, key=lambda scene: scores[scene]) if scores else draw.choice(list(SCENES))
