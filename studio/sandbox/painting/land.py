"""Mountains, canyons and dunes."""

import random

from PIL import Image, ImageChops, ImageFilter

from studio.sandbox.painting.brushes import (
    Colour,
    Size,
    Stops,
    below,
    clouds,
    colour_at,
    curve,
    disc_mask,
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

# Sky from top to horizon, light of the sun, then ridges from far to near.
PALETTES: dict[str, tuple[str, str, str]] = {
    "dawn": ("3d4f86 8d7fae e6a59a f9cf9c", "fff0cf", "b98d9c 8a6b8b 5d4d70 383453 1d1d33"),
    "dusk": ("1c1440 57246b b33c7a f0835f", "ffd9b0", "8f3d74 6a2e6b 48225a 2c1843 150d26"),
    "canyon": ("4b2746 b84a5b f07f4f fbc274", "fff0c4", "d98550 b95d3c 8c3f33 5d2a2b 32171d"),
    "mist": ("9fbfc9 c3d8d8 e3eae2 f6f2e4", "ffffff", "a9c2bd 84a5a2 5d8483 3c6163 203c42"),
    "lilac": ("7c6fc0 b3a4e0 e6d4f1 fdeee6", "fffaf0", "b8a9db 9382c4 6d5fa5 4c427d 2f2953"),
    "night": ("070d24 10214a 26477f 4a72a5", "eef4ff", "355a8b 26446f 193255 0f203b 081225"),
    "spring": ("4f9fcf 94cbe2 d6edeb fdf6da", "fffbe6", "94bfa6 6b9f80 457d5f 2b5a46 163a30"),
}
SANDS = ("f7d9a8 e0a567 b56f3f 6f3b2b", "f3cdb4 d99a80 a8615a 5d3342", "f6e3c2 ddbd8d a9835c 64493a")


def paint_mountains(draw: random.Random, size: Size, words: str) -> Image.Image:
    """Ridges behind ridges in the haze of a low sun."""
    sky, light, far_to_near = _choose_palette(draw, words)
    horizon = draw.uniform(0.4, 0.55)
    image = _paint_sky(draw, size, ramp(sky), rgb(light), horizon, night="night" in words)
    stops, layers = ramp(far_to_near), 6
    haze = mix(ramp(sky)[-1][1], stops[0][1], 0.35)
    rock = tint(clouds(draw, size, (10, 26), 4), ramp("6a6a6a 969696"))
    for layer in range(layers):
        near = layer / (layers - 1)
        image = _paint_ridge(draw, image, horizon, near, (colour_at(stops, near), haze), rock)
    return image


def _choose_palette(draw: random.Random, words: str) -> tuple[str, str, str]:
    hints = {
        "canyon": ("canyon", "desert", "red rock", "mars", "volcan", "autumn"),
        "dusk": ("dusk", "sunset", "evening", "purple", "magenta"),
        "dawn": ("dawn", "sunrise", "morning"),
        "mist": ("mist", "fog", "rain", "grey", "gray", "winter", "snow"),
        "lilac": ("lilac", "lavender", "pastel", "dream"),
        "night": ("night", "moon", "midnight"),
        "spring": ("spring", "summer", "meadow", "forest", "green", "valley"),
    }
    for name, marks in hints.items():
        if any(mark in words for mark in marks):
            return PALETTES[name]
    return PALETTES[draw.choice([name for name in PALETTES if name != "night"])]


def _paint_sky(
    draw: random.Random, size: Size, sky: Stops, light: Colour, horizon: float, *, night: bool = False
) -> Image.Image:
    width, height = size
    edge = min(width, height * 1.4)
    image = gradient(size, [(place * (horizon + 0.08), colour) for place, colour in sky])
    sun = draw.uniform(0.25, 0.75) * width, (horizon - draw.uniform(0.06, 0.24)) * height
    image = glow(image, sun, edge * 0.95, mix(sky[-1][1], (0, 0, 0), 0.25), 2.6)
    image = glow(image, sun, edge * 0.4, mix(light, (0, 0, 0), 0.45), 3.0)
    veil = curve(clouds(draw, size, (max(2, 3 * width // height), 9), 5), lambda v: (v - 0.52) * 1.6)
    veil = ImageChops.multiply(veil, fade(size, lambda y: 0.85 - abs(y / horizon - 0.55) * 1.2))
    image.paste(mix(light, sky[-1][1], 0.4), (0, 0), veil)
    if not night or draw.random() < 0.8:
        disc = disc_mask(size, sun, edge * draw.uniform(0.035, 0.07))
        image.paste(mix(light, (255, 255, 255), 0.5), (0, 0), disc)
        image = glow(image, sun, edge * 0.18, mix(light, (0, 0, 0), 0.25), 2.0)
    return image


def _paint_ridge(
    draw: random.Random,
    image: Image.Image,
    horizon: float,
    near: float,
    colours: tuple[Colour, Colour],
    rock: Image.Image,
) -> Image.Image:
    (width, height), (colour, haze) = image.size, colours
    peaks = waves(draw, width, (1.6 + 2.2 * near) * max(1.0, width / height), 7, 0.5)
    rough = 0.075 + 0.02 * near
    base = horizon + (0.98 - horizon) * near**1.15
    # Far ranges roll, near ones are jagged: fold the noise the more, the nearer.
    heights = [height * (base - rough * ((1 - near) * value + near * (0.7 - abs(value)))) for value in peaks]
    mask = below(image.size, heights)
    top = min(heights) / height
    foot = mix(colour, haze, 0.55 * (1 - near))
    body = gradient(image.size, [(0, colour), (top, colour), (min(0.999, top + 0.3), foot), (1, foot)])
    first = max(0, int(min(heights)) - 2)
    box = (0, first, width, height)
    image.paste(ImageChops.soft_light(body.crop(box), rock.crop(box)), box, mask.crop(box))
    return image


def paint_dunes(draw: random.Random, size: Size, words: str) -> Image.Image:
    """Smooth sand in a low light: one side of each crest is lit, the other lies in shadow."""
    width, height = size
    name = "night" if "night" in words else draw.choice(("dawn", "canyon", "mist"))
    sky, light, _ = PALETTES[name]
    horizon = draw.uniform(0.34, 0.46)
    image = _paint_sky(draw, size, ramp(sky), rgb(light), horizon)
    sand, haze = ramp(draw.choice(SANDS)), ramp(sky)[-1][1]
    ripples = warp(clouds(draw, size, (3, 60), 2), size, lambda u, v: (u, v * 0.9 + 0.1 * u), (12, 12))
    for layer in range(6):
        near = layer / 5
        base = horizon + (0.9 - horizon) * near**1.3
        swell = waves(draw, width, (0.9 + 0.5 * (1 - near)) * max(1.0, width / height), 2, 0.28)
        heights = [height * (base - (0.05 + 0.07 * near) * value) for value in swell]
        body = _shade_dune(draw, ripples, sand, mix(haze, sand[1][1], 0.35 + 0.65 * near), swell)
        image.paste(body, (0, 0), below(size, heights))
    return image


def _shade_dune(
    draw: random.Random, ripples: Image.Image, sand: Stops, colour: Colour, swell: list[float]
) -> Image.Image:
    """The slope against the light decides, and a second, slanting swell breaks the sides."""
    width = ripples.width
    step = max(1, width // 90)
    slopes = [swell[min(width - 1, x + step)] - swell[max(0, x - step)] for x in range(width)]
    peak = max(0.001, *map(abs, slopes))
    strip = Image.new("L", (width, 1))
    strip.putdata([round(128 + 110 * slope / peak) for slope in slopes])
    slant = draw.uniform(-0.5, 0.5)
    soft = strip.filter(ImageFilter.BoxBlur(max(1, width // 300))).resize((width, 8))
    lit = warp(soft, ripples.size, lambda u, v: (u + slant * (v - 0.5), 0.5), (24, 12))
    lit = Image.blend(lit, ripples, 0.1)
    shades: Stops = [(0, mix(sand[3][1], colour, 0.45)), (0.5, colour), (1, mix(sand[0][1], colour, 0.25))]
    return tint(lit, shades)
