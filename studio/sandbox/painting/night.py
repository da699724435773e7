"""Northern lights over a lake, and a city after dark."""

import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from studio.sandbox.painting.brushes import (
    Size,
    below,
    clouds,
    curve,
    fade,
    glow,
    gradient,
    mix,
    ramp,
    rgb,
    tint,
    warp,
    waves,
)

AURORAS = ("39f0a0 2fd3c0 6f6bff", "52ffb8 37c8f0 b06bff", "8dffa0 3fe0c8 ff6fb5")
CITIES = (
    ("0f1030 3a2360 a8446f f79a6a", "ffd27a"),
    ("06112b 12315c 2f6f97 9fd0d0", "ffe2a0"),
    ("160a2c 4a1666 c22a86 ff8a9a", "8ff5ff"),
)


def paint_aurora(draw: random.Random, size: Size, words: str) -> Image.Image:
    """Curtains of light, stars, dark mountains, and all of it again in the water."""
    width, height = size
    shore = round(height * draw.uniform(0.68, 0.76))
    sky = gradient((width, shore), ramp("030818 071a35 0d3350 165a68"))
    sky = ImageChops.screen(sky, _paint_stars(draw, sky.size))
    colours = draw.choice(AURORAS)
    for layer in range(3):
        sky = ImageChops.screen(sky, _paint_curtain(draw, sky.size, colours, 0.95 - 0.22 * layer))
    for near in (0.3, 1.0):
        hills = waves(draw, width, (1.8 + near) * max(1.0, width / height), 7, 0.5)
        skyline = [shore - height * (0.05 + 0.06 * (1 - near)) * (value + 0.9) for value in hills]
        sky.paste(mix(rgb("0f3547"), rgb("040c18"), near), (0, 0), below(sky.size, skyline))
    image = Image.new("RGB", size)
    image.paste(sky, (0, 0))
    lake = sky.transpose(Image.Transpose.FLIP_TOP_BOTTOM).crop((0, 0, width, height - shore))
    ripples = waves(draw, 64, 20, 2)
    lake = warp(lake, lake.size, lambda u, v: (u + 0.004 * ripples[int(v * 63)], v), (1, 60))
    lake = ImageChops.multiply(
        lake.filter(ImageFilter.BoxBlur((1, height // 90))), gradient(lake.size, ramp("a8b4c0 4a5666"))
    )
    image.paste(lake, (0, shore))
    return image


def _paint_stars(draw: random.Random, size: Size) -> Image.Image:
    stars = Image.new("L", size)
    pen = ImageDraw.Draw(stars)
    for _ in range(size[0] * size[1] // 2600):
        x, y, light = draw.uniform(0, size[0]), draw.uniform(0, size[1]) * draw.random(), draw.random() ** 3
        reach = 0.4 + light * min(size) / 700
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=round(60 + 195 * light))
    return tint(stars.filter(ImageFilter.GaussianBlur(0.6)), [(0, (0, 0, 0)), (1, (226, 236, 255))])


def _paint_curtain(draw: random.Random, size: Size, colours: str, strength: float) -> Image.Image:
    """Rays of uneven height hung along a winding line."""
    width, height = size
    cells = max(1.0, width / height)
    rays, folds = waves(draw, width, 26 * cells, 3, 0.7), waves(draw, width, 2.2 * cells, 2, 0.5)
    strip = Image.new("L", (width, 1))
    light = [max(0.0, 0.5 + 0.42 * folds[x]) * max(0.0, 0.62 + 0.38 * rays[x]) for x in range(width)]
    strip.putdata([round(255 * min(1.0, value * strength * 1.25)) for value in light])
    foot = 0.8
    veil = ImageChops.multiply(
        strip.resize(size),
        fade(size, lambda y: (y / foot) ** 2.4 if y < foot else max(0.0, 1 - (y - foot) * 14)),
    )
    coloured = ImageChops.multiply(
        gradient(size, ramp(colours)[::-1]), Image.merge("RGB", (veil, veil, veil))
    )
    line, steps = waves(draw, 129, 1.5 * cells, 3, 0.45), 128
    drop = draw.uniform(-0.05, 0.3)
    hung = warp(coloured, size, lambda u, v: (u, v + drop + 0.14 * line[round(u * steps)]), (steps, 1))
    return ImageChops.screen(hung, hung.filter(ImageFilter.GaussianBlur(min(size) / 40)))


def paint_city(draw: random.Random, size: Size, words: str) -> Image.Image:
    """Towers with lit windows against the last light, mirrored in wet ground."""
    width, height = size
    sky, lamp = CITIES[2] if "neon" in words or "cyber" in words else draw.choice(CITIES)
    ground = round(height * draw.uniform(0.74, 0.82))
    image = gradient((width, ground), ramp(sky))
    veil = curve(clouds(draw, image.size, (max(2, 3 * width // height), 7), 5), lambda v: (v - 0.5) * 1.2)
    image.paste(ramp(sky)[-1][1], (0, 0), veil.point([round(value * 0.5) for value in range(256)]))
    image = glow(image, (width * draw.uniform(0.3, 0.7), ground), max(size) * 0.6, ramp(sky)[-1][1], 2.4)
    for layer in range(4):
        near = layer / 3
        image = _paint_towers(
            draw, image, near, mix(ramp(sky)[2][1], rgb("080a18"), 0.25 + 0.72 * near), lamp
        )
    full = Image.new("RGB", size)
    full.paste(image, (0, 0))
    wet = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM).crop((0, 0, width, height - ground))
    wet = wet.filter(ImageFilter.BoxBlur((max(1, width // 500), height // 60)))
    full.paste(ImageChops.multiply(wet, gradient(wet.size, ramp("b0b4c8 3c4058"))), (0, ground))
    return full


def _paint_towers(
    draw: random.Random, image: Image.Image, near: float, colour: tuple[int, int, int], lamp: str
) -> Image.Image:
    width, height = image.size
    unit = min(width, height) * (0.05 + 0.055 * near)
    pen, x = ImageDraw.Draw(image), -unit
    lights = Image.new("RGB", image.size)
    lit = ImageDraw.Draw(lights)
    pitch = max(4.0, unit / 5)
    while x < width:
        wide = unit * draw.uniform(0.7, 1.6)
        top = height * (1 - draw.uniform(0.12, 0.62 - 0.22 * near) * draw.uniform(0.7, 1))
        pen.rectangle((x, top, x + wide, height), fill=colour)
        if draw.random() < 0.3:
            pen.rectangle((x + wide * 0.3, top - unit * 0.3, x + wide * 0.7, top), fill=colour)
        for row in range(int((height - top) / pitch)):
            for column in range(int(wide / pitch) - 1):
                if draw.random() < 0.13 + 0.12 * near:
                    left, up = x + pitch * (column + 0.7), top + pitch * (row + 0.6)
                    shade = mix(rgb(lamp), colour, draw.uniform(0.05, 0.6) + 0.3 * (1 - near))
                    lit.rectangle((left, up, left + pitch * 0.42, up + pitch * 0.5), fill=shade)
        x += wide + unit * draw.uniform(-0.05, 0.25)
    # The glare of all the windows together.
    soft = lights.filter(ImageFilter.GaussianBlur(max(1.0, pitch / 2)))
    return ImageChops.screen(ImageChops.screen(image, lights), soft)
