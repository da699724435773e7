"""The sea under a low sun, and a pool seen from the waterline."""

import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from studio.sandbox.painting.brushes import (
    Colour,
    Size,
    below,
    clouds,
    curve,
    disc_mask,
    fade,
    glow,
    gradient,
    mix,
    ramp,
    rgb,
    scatter_lights,
    tint,
    warp,
    waves,
)
from studio.sandbox.painting.still import paint_sphere

# Sky, light, water from horizon to shore, islands.
SEAS = (
    ("2f6fae 7db4d8 cfe6ea fdf3dc", "fff7e0", "8fc3cf 3f8fae 1d5f86 0d3a5c", "6f93a6"),
    ("2a1e58 8a3f86 e8766b fcc28a", "ffe6bd", "e59a83 8f4f7d 4a2f6b 1d1640", "6b3d70"),
    ("d9c7e8 f0d5de fbe6d2 fff6e6", "fffdf5", "d9cfe0 a9b6d6 7590bb 4a6696", "a99fc4"),
    ("0e2740 1f4f74 5f9fb5 c9e3d8", "f4fff2", "7fb9bd 2f7f92 12506b 072a41", "2f5f78"),
)


def paint_sea(draw: random.Random, size: Size, words: str) -> Image.Image:
    """Sky, sun, islands, and water with the sun's path on it."""
    width, height = size
    evening = any(mark in words for mark in ("sunset", "dusk", "evening", "dawn", "golden"))
    sky, light_text, water, island = SEAS[1] if evening else draw.choice(SEAS)
    light, horizon = rgb(light_text), round(height * draw.uniform(0.42, 0.56))
    sun = width * draw.uniform(0.3, 0.7), horizon - height * draw.uniform(0.05, 0.2)
    edge = min(width, height * 1.4)
    image = gradient(size, [(place * horizon / height, colour) for place, colour in ramp(sky)])
    image = glow(glow(image, sun, edge * 0.9, mix(light, (0, 0, 0), 0.45), 3.0), sun, edge * 0.25, light, 2.8)
    veil = curve(clouds(draw, size, (max(2, 3 * width // height), 8), 5), lambda v: (v - 0.5) * 1.8)
    image.paste(
        mix(light, (255, 255, 255), 0.4), (0, 0), ImageChops.multiply(veil, fade(size, lambda y: 0.8 - y))
    )
    image.paste(mix(light, (255, 255, 255), 0.6), (0, 0), disc_mask(size, sun, edge * 0.045))
    for share in (0.35, 0.75):
        hills = waves(draw, width, 2.2 * max(1.0, width / height), 6, 0.45)
        skyline = [
            horizon + 2 - height * (0.09 - 0.04 * share) * (value - 0.15 + 0.3 * share) for value in hills
        ]
        image.paste(mix(ramp(sky)[-1][1], rgb(island), share), (0, 0), below(size, skyline))
    sea = _paint_water(draw, (width, height - horizon), ramp(water), light, sun[0])
    image.paste(sea, (0, horizon))
    return image


def _perspective(draw: random.Random, size: Size, cells: tuple[int, int], octaves: int) -> Image.Image:
    """Noise that lies flat before the viewer: fine at the top, broad at the bottom."""
    flat = clouds(draw, size, cells, octaves)
    return warp(flat, size, lambda u, v: (0.5 + (u - 0.5) * (0.55 + 0.45 * (1 - v)), v**0.45), (8, 40))


def _paint_water(
    draw: random.Random, size: Size, stops: list[tuple[float, Colour]], light: Colour, sun_x: float
) -> Image.Image:
    width, height = size
    broad = max(2, 5 * width // max(1, height) // 2)
    swell = _perspective(draw, size, (broad, 26), 4)
    water = ImageChops.overlay(gradient(size, stops), tint(swell, ramp("4a4a4a b8b8b8")))
    sparkle = curve(_perspective(draw, size, (broad * 5, 70), 3), lambda v: (v - 0.56) * 5)
    across = Image.new("L", (width, 1))
    reach = 0.16 * min(width, height * 2)
    across.putdata([round(255 * 2.718 ** -(((x - sun_x) / reach) ** 2)) for x in range(width)])
    path = ImageChops.multiply(across.resize(size), fade(size, lambda y: 1 - 0.75 * y))
    water.paste(light, (0, 0), path.point([round(value * 0.35) for value in range(256)]))
    water.paste(mix(light, (255, 255, 255), 0.5), (0, 0), ImageChops.multiply(sparkle, path))
    return water


def paint_pool(draw: random.Random, size: Size, words: str) -> Image.Image:
    """Half above, half under water: a garden out of focus, light falling into the blue, a ball on the line."""
    width, height = size
    edge = min(width, height)
    line = height * draw.uniform(0.4, 0.5)
    image = _paint_garden(draw, size, line)
    ripple = waves(draw, width, 1.6 * max(1.0, width / height), 4, 0.4)
    heights = [line + edge * 0.022 * value for value in ripple]
    image.paste(_paint_depth(draw, size, line), (0, 0), below(size, heights))
    rim = ImageChops.subtract(below(size, heights), below(size, [y + max(2, edge * 0.012) for y in heights]))
    image.paste((236, 255, 252), (0, 0), rim.filter(ImageFilter.GaussianBlur(edge / 300)))
    radius, x = edge * 0.105, width * draw.uniform(0.3, 0.7)
    ball = "c9d63a" if "ball" in words or "tennis" in words else draw.choice(("f2643d", "f5b82e", "e8503a"))
    sphere, mask = paint_sphere(round(radius * 2), rgb(ball), rgb("d8f3f2"), rgb("9fd6e0"))
    image.paste(sphere, (round(x - radius), round(line - radius * 1.15)), mask)
    under = Image.new("L", size)
    under.paste(mask, (round(x - radius), round(line - radius * 1.15)))
    sunk = ImageChops.multiply(under, below(size, [y + 2 for y in heights]))
    image.paste(rgb("0f7f9c"), (0, 0), sunk.point([round(value * 0.45) for value in range(256)]))
    return _paint_bubbles(draw, image, line)


def _paint_garden(draw: random.Random, size: Size, line: float) -> Image.Image:
    width, height = size
    edge = min(width, height)
    image = gradient(size, [(0, rgb("7fc4ea")), (line / height, rgb("f4f8e6")), (1, rgb("f4f8e6"))])
    image = glow(image, (width * draw.uniform(0.6, 0.9), line * 0.2), edge * 0.9, rgb("fff6d8"), 2.5)
    for share in range(3):
        hedge = waves(draw, width, 5 * max(1.0, width / height), 3, 0.6)
        skyline = [line - edge * (0.17 - 0.05 * share + 0.06 * value) for value in hedge]
        leaf = mix(rgb("a8c98a"), rgb("4f8a5a"), share / 2)
        image.paste(leaf, (0, 0), below(size, skyline))
    image = image.filter(ImageFilter.GaussianBlur(edge / 45))
    return scatter_lights(draw, image, rgb("fffbe0"), 16, (line / height * 0.75, 0.06))


def _paint_depth(draw: random.Random, size: Size, line: float) -> Image.Image:
    width, height = size
    top = line / height
    depth = gradient(
        size, [(0, rgb("7fe0e2")), (top, rgb("6fdadf")), ((1 + top) / 2, rgb("1c97b8")), (1, rgb("0a4f7d"))]
    )
    rays = warp(
        clouds(draw, (width, 16), (max(9, 14 * width // height), 2), 3),
        size,
        lambda u, v: (0.5 + (u - 0.62 + 0.12 * v) / (0.75 + 0.6 * v), 0.5),
        (16, 16),
    )
    shafts = curve(rays, lambda v: max(0.0, v - 0.45) * 1.5)
    depth.paste(
        rgb("d6fbf4"), (0, 0), ImageChops.multiply(shafts, fade(size, lambda y: 0.9 - (y - top) * 1.7))
    )
    net = curve(
        clouds(draw, size, (max(4, 8 * width // height), 8), 2), lambda v: 1 - min(1.0, abs(v - 0.5) * 14)
    )
    net = warp(net, size, lambda u, v: (0.5 + (u - 0.5) * (1.4 - v * 0.8), v), (8, 24)).filter(
        ImageFilter.GaussianBlur(2)
    )
    depth.paste(rgb("c8fff4"), (0, 0), ImageChops.multiply(net, fade(size, lambda y: (y - 0.66) * 1.3)))
    return depth


def _paint_bubbles(draw: random.Random, image: Image.Image, line: float) -> Image.Image:
    edge = min(image.size)
    rings = Image.new("L", (image.width * 2, image.height * 2))
    pen = ImageDraw.Draw(rings)
    for _ in range(30):
        radius = edge * draw.uniform(0.004, 0.018)
        x, y = 2 * draw.gauss(0.5, 0.22) * image.width, 2 * draw.uniform(line + edge * 0.06, image.height)
        pen.ellipse(
            (x - radius, y - radius, x + radius, y + radius), outline=130, width=max(1, round(radius / 4))
        )
    image.paste((235, 255, 255), (0, 0), rings.reduce(2))
    return image
