"""Still life: glossy spheres on a seamless table."""

import math
import random
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from studio.sandbox.painting.brushes import Colour, Size, fade, glow, gradient, mix, rgb, tint

EDGE = 160
LIGHT = (-0.48, 0.66, 0.58)
# Wall, table, shadow, then the colours of the spheres.
SETTINGS = (
    ("efdfcd", "fbeecb", "a8805c", "f2643d 2d4373 f6c42f f4f1ec 7fb7a6"),
    ("dfe9f5", "f7fbfd", "6d86a3", "3f78c4 f4f6f8 a8d8c8 f2a67e e3b23c"),
    ("e4ecd6", "f5f8dc", "6f8a5e", "2f7a4b f6f7ef 1d5a43 dcedb8 c9a227"),
    ("f8ddd0", "fdf3dc", "b0765f", "f0603a f5ead8 6d3a66 f3b52e c94f5d"),
    ("353252", "4d4770", "15132b", "1f8f8a f0568a f2b33d 6d63c9 ece8f5"),
    ("d8d3e8", "f2eef8", "7a6f9c", "7b5cd6 f5f1fa f29fb8 43b8b0 f6d15a"),
)


@lru_cache(maxsize=1)
def _light_maps() -> tuple[Image.Image, Image.Image, Image.Image, Image.Image]:
    """Of one sphere: diffuse light, highlights, light from the table, and how much of the room it mirrors."""
    diffuse, shine, bounce, mirror = (bytearray(EDGE * EDGE) for _ in range(4))
    length = math.sqrt(sum(part * part for part in LIGHT))
    lx, ly, lz = (part / length for part in LIGHT)
    for row in range(EDGE):
        y = 1 - 2 * (row + 0.5) / EDGE
        for column in range(EDGE):
            x = 2 * (column + 0.5) / EDGE - 1
            z = math.sqrt(max(0.0, 1 - x * x - y * y))
            facing = x * lx + y * ly + z * lz
            at = row * EDGE + column
            diffuse[at] = round(255 * min(1.0, max(0.0, 0.5 + 0.5 * facing) ** 1.5))
            # The light as the eye sees it in the surface: a round window above and to the left.
            rx, ry, rz = 2 * z * x, 2 * z * y, 2 * z * z - 1
            glint = rx * lx + ry * ly + rz * lz
            far = math.hypot((rx - lx) / 0.24, (ry - ly) / 0.2) if rz > -0.3 else 1.0
            box = min(1.0, max(0.0, 1 - far**2.2) * 1.4)
            shine[at] = round(255 * min(1.0, 0.9 * box + 0.45 * max(0.0, glint) ** 14))
            bounce[at] = round(255 * min(1.0, max(0.0, -y * 0.9 - 0.1) ** 1.6))
            edge = (1 - z) ** 3
            mirror[at] = round(255 * min(1.0, 0.05 + 0.75 * edge))
    first, second, third, fourth = (
        Image.frombytes("L", (EDGE, EDGE), bytes(data)) for data in (diffuse, shine, bounce, mirror)
    )
    return first, second, third, fourth


def paint_sphere(edge: int, colour: Colour, table: Colour, wall: Colour) -> tuple[Image.Image, Image.Image]:
    """One sphere of `edge` pixels and its mask."""
    diffuse, shine, bounce, mirror = _light_maps()
    dark = mix(mix(colour, (12, 8, 26), 0.78), table, 0.05)
    ball = tint(
        diffuse,
        [(0, dark), (0.3, mix(dark, colour, 0.45)), (0.72, colour), (1, mix(colour, (255, 255, 255), 0.28))],
    )
    ball = ImageChops.screen(
        ball, tint(bounce, [(0, (0, 0, 0)), (1, mix(table, colour, 0.45))]).point(lambda v: v * 0.5)
    )
    ball.paste(mix(wall, table, 0.4), (0, 0), mirror)
    ball = ImageChops.screen(ball, tint(shine, [(0, (0, 0, 0)), (1, (255, 255, 250))]))
    mask = Image.new("L", (edge * 2, edge * 2))
    ImageDraw.Draw(mask).ellipse((1, 1, edge * 2 - 2, edge * 2 - 2), fill=255)
    return ball.resize((edge, edge), Image.Resampling.BICUBIC), mask.resize(
        (edge, edge), Image.Resampling.BOX
    )


def paint_still(draw: random.Random, size: Size, words: str) -> Image.Image:
    """Spheres of several sizes, near ones in front, with their shadows and reflections."""
    width, height = size
    dark = any(mark in words for mark in ("dark", "night", "moody", "neon"))
    wall_text, table_text, shadow_text, colours = (
        SETTINGS[4] if dark else draw.choice(SETTINGS[:4] + SETTINGS[5:])
    )
    wall, table, shadow = rgb(wall_text), rgb(table_text), rgb(shadow_text)
    horizon = draw.uniform(0.5, 0.58)
    image = gradient(
        size, [(0, mix(wall, shadow, 0.12)), (horizon - 0.1, wall), (horizon + 0.12, table), (1, table)]
    )
    image = glow(image, (width * 0.25, height * 0.1), max(size) * 0.8, mix(wall, (90, 80, 70), 0.75), 2.2)
    for x, foot, radius, colour in _arrange(draw, size, horizon, [rgb(word) for word in colours.split()]):
        image = _set_down(
            image, (x, foot), radius, paint_sphere(round(radius * 2), colour, table, wall), shadow
        )
    return image


def _arrange(
    draw: random.Random, size: Size, horizon: float, colours: list[Colour]
) -> list[tuple[float, float, float, Colour]]:
    """Places along the table, far ones first: x, y of the foot, radius, colour."""
    width, height = size
    unit = min(width, height)
    count = max(3, min(12, round(3.4 * width / unit)))
    colours = draw.sample(colours, len(colours))
    radii = [
        unit * (0.24, 0.13, 0.18, 0.09, 0.15, 0.07)[index % 6] * draw.uniform(0.85, 1.1)
        for index in range(count)
    ]
    draw.shuffle(radii)
    span = sum(radii) * 1.75
    squeeze = min(1.0, 0.95 * width / span)
    places, x = [], (width - span * squeeze) / 2
    for index, radius in enumerate(radii):
        # Small things stand in front, so that nothing hides them.
        depth = 1 - radius / (unit * 0.3) + draw.uniform(-0.1, 0.15)
        x += radius * 0.875 * squeeze
        places.append(
            (
                x,
                height * (horizon + 0.13 + 0.13 * depth) + radius * 0.25,
                radius,
                colours[index % len(colours)],
            )
        )
        x += radius * 0.875 * squeeze
    return sorted(places, key=lambda place: place[1])


def _set_down(
    image: Image.Image,
    foot: tuple[float, float],
    radius: float,
    ball: tuple[Image.Image, Image.Image],
    shadow: Colour,
) -> Image.Image:
    (x, y), (sphere, mask) = foot, ball
    edge = sphere.width
    left, top = round(x - radius), round(y - radius * 2)
    weak = ImageChops.multiply(mask, fade(mask.size, lambda v: 0.34 * v**1.6)).transpose(
        Image.Transpose.FLIP_TOP_BOTTOM
    )
    weak = weak.filter(ImageFilter.GaussianBlur(radius / 40))
    image.paste(sphere.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (left, round(y - radius * 0.08)), weak)
    for reach, strength, blur, drift in ((1.5, 0.42, 0.22, 0.5), (0.62, 0.7, 0.09, 0.06)):
        pad = round(radius * 2.6)
        spot = Image.new("L", (pad * 2, pad))
        box = (
            pad - radius * reach,
            pad / 2 - radius * 0.2 * reach,
            pad + radius * reach,
            pad / 2 + radius * 0.2 * reach,
        )
        ImageDraw.Draw(spot).ellipse(box, fill=round(255 * strength))
        spot = spot.reduce(4).filter(ImageFilter.GaussianBlur(radius * blur / 4)).resize((pad * 2, pad))
        image.paste(shadow, (round(x + radius * drift - pad), round(y - radius * 0.06 - pad / 2)), spot)
    image.paste(sphere, (left, top), mask)
    assert edge == mask.width
    return image
