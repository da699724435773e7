"""Soft light for people: a figure in a hat, looking at a view out of focus."""

import random

from PIL import Image, ImageDraw, ImageFilter

from studio.sandbox.painting.brushes import (
    Colour,
    Size,
    clouds,
    fade,
    glow,
    gradient,
    mix,
    ramp,
    rgb,
    scatter_lights,
    tint,
)

# View from top to bottom, light, skin, hair, cloth.
MOODS = (
    ("a9d3ea d7ebee f6ead2 8fc7d6 5fa6c2 e7cfa8", "fff3d2", "e3a985 a8614a", "5a2f24", "f4efe6"),
    ("f2b79a f7cfae fbe4c4 e8a68c c97f7b 8a5668", "fff0cf", "c98a63 7f4636", "23161c", "e4573d"),
    ("cbd9c2 e4e9d2 f5efd9 b9cbb0 8fae94 6c8f7d", "fffbe6", "9a6244 55301f", "17100e", "f0b63a"),
    ("c9bfe6 e3d6ee f8e6ea c3a9d3 9a83bd 6c5a94", "fff4ee", "edbf9d b97c63", "8a5a2c", "3f5fae"),
)


def paint_portrait(draw: random.Random, size: Size, words: str) -> Image.Image:
    """Somebody in a low light, everything before them dissolved."""
    width, height = size
    seaside = any(mark in words for mark in ("sea", "beach", "ocean"))
    view, light_text, skin, hair, cloth = MOODS[0] if seaside else draw.choice(MOODS)
    light = rgb(light_text)
    unit = min(width, height)
    image = gradient(size, ramp(view))
    image = glow(image, (width * 0.78, height * 0.22), max(size) * 0.7, light, 2.2)
    image = scatter_lights(draw, image, light, 34, (0.62, 0.16))
    haze = clouds(draw, size, (3, 3), 2).point([round(value * 0.25) for value in range(256)])
    image.paste(light, (0, 0), haze)
    place = round(width * draw.uniform(0.38, 0.5) - unit / 2), height - unit
    _paint_figure(draw, image, (*place, unit), (ramp(skin), rgb(hair), rgb(cloth), light))
    return image


def _paint_figure(
    draw: random.Random,
    image: Image.Image,
    place: tuple[int, int, int],
    colours: tuple[list[tuple[float, Colour]], Colour, Colour, Colour],
) -> None:
    """A figure in a hat, seen from behind, as overlapping soft forms lit from the right."""
    (left, top, edge), (skin, hair, cloth, light) = place, colours
    base, shade, night = skin[0][1], skin[1][1], mix(hair, (0, 0, 0), 0.35)
    straw, weave = mix(light, rgb("d9b27a"), 0.55), rgb("8f6a43")
    forms: tuple[tuple[tuple[float, float, float, float], Colour, Colour], ...] = (
        ((0.2, 0.72, 0.8, 1.5), mix(shade, hair, 0.15), mix(base, light, 0.15)),
        ((0.17, 0.83, 0.83, 1.6), mix(cloth, shade, 0.55), cloth),
        ((0.385, 0.36, 0.615, 0.88), night, mix(hair, light, 0.16)),
        ((0.23, 0.35, 0.77, 0.53), weave, straw),
        ((0.378, 0.27, 0.622, 0.472), mix(cloth, night, 0.8), mix(cloth, night, 0.45)),
        ((0.38, 0.17, 0.62, 0.432), mix(weave, straw, 0.25), mix(straw, light, 0.45)),
    )
    tilt = draw.uniform(-0.015, 0.015)
    for (x0, y0, x1, y1), dark, bright in forms:
        box = [2 * round(edge * part) for part in (x0 + tilt, y0, x1 + tilt, min(y1, 1.0))]
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        ImageDraw.Draw(mask).ellipse((0, 0, box[2] - box[0] - 1, 2 * edge * (y1 - y0)), fill=255)
        mask = mask.reduce(2).filter(ImageFilter.GaussianBlur(edge / 700))
        across = fade((mask.height, mask.width), lambda v: v**1.3).transpose(Image.Transpose.ROTATE_90)
        image.paste(tint(across, [(0, dark), (1, bright)]), (left + box[0] // 2, top + box[1] // 2), mask)
