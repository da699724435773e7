"""Flat and abstract: geometric posters, marbled fluids."""

import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from studio.sandbox.painting.brushes import Colour, Size, clouds, ramp, rgb, tint, warp

POSTERS = (
    "f4ecd8 16304f f3a712 e4572e a8c686",
    "f7f3ea 0d1b2a f25f5c ffe066 247ba0",
    "f6efdc 2d3047 e0a458 419d78 c1453b",
    "fbf3f8 3c1f8f ff70a6 00b4a0 ffd6a5",
    "f3efe6 1f3a3d e07a5f f2cc8f 81b29a",
)
FLUIDS = (
    "0b1d2e 0e6f73 3fb5a3 f6e7c8 f08a4b d9502e",
    "14062e 4b1d9c 8a4dff e9b7f2 fff1f5 2a0f57",
    "3b1a10 a4532f e7a77c fbeedd c97a4f 5d2a1a",
    "06321f 1f7a4d 7ccf9b f7f1d0 e2b13c 0d4a3a",
    "02071f 0b2fb8 2f7bff a9d6ff ffffff 0a1a6b",
    "2b0a1f a11d4f f4586b ffc2a1 fff3e3 5b1238",
)


def paint_poster(draw: random.Random, size: Size, words: str) -> Image.Image:
    """A grid of quarter circles, rings, stripes and triangles on paper."""
    width, height = size
    cell = min(width, height) / draw.choice((3, 4, 4, 5))
    columns, rows = max(1, round(width / cell)), max(1, round(height / cell))
    sheet = Image.new("RGB", (width * 2, height * 2))
    colours = [rgb(word) for word in draw.choice(POSTERS).split()]
    xs = [round(2 * width * index / columns) for index in range(columns + 1)]
    ys = [round(2 * height * index / rows) for index in range(rows + 1)]
    for row in range(rows):
        for column in range(columns):
            box = (xs[column], ys[row], xs[column + 1], ys[row + 1])
            sheet.paste(_paint_tile(draw, (box[2] - box[0], box[3] - box[1]), colours), box[:2])
    paper = tint(clouds(draw, size, (24, 24), 5), ramp("767676 8c8c8c"))
    return ImageChops.soft_light(sheet.reduce(2), paper)


def _paint_tile(draw: random.Random, size: Size, colours: list[Colour]) -> Image.Image:
    ground, figure, accent = draw.sample(colours, 3)
    tile = Image.new("RGB", size, ground)
    pen, (width, height) = ImageDraw.Draw(tile), size
    match draw.choice(("quarter", "quarter", "disc", "ring", "halves", "stripes", "triangle", "petal")):
        case "quarter":
            pen.ellipse((0, 0, width * 2, height * 2), fill=figure)
        case "disc":
            pen.ellipse((0, 0, width - 1, height - 1), fill=figure)
        case "ring":
            pen.ellipse((width * 0.08, height * 0.08, width * 0.92, height * 0.92), fill=figure)
            pen.ellipse((width * 0.32, height * 0.32, width * 0.68, height * 0.68), fill=accent)
        case "halves":
            for top in (0.0, 0.5):
                pen.pieslice((0, height * (top - 0.5), width - 1, height * (top + 0.5)), 0, 180, fill=figure)
        case "stripes":
            for index in range(0, 6, 2):
                pen.rectangle((0, height * index / 6, width, height * (index + 1) / 6), fill=figure)
        case "triangle":
            pen.polygon([(0, 0), (width, height), (0, height)], fill=figure)
        case _:
            pen.ellipse((0, 0, width * 2, height * 2), fill=figure)
            pen.ellipse((width * 0.5, height * 0.5, width * 1.5, height * 1.5), fill=accent)
    return tile.rotate(draw.choice((0, 90, 180, 270)), expand=True).resize(size)


def paint_fluid(draw: random.Random, size: Size, words: str) -> Image.Image:
    """Colours that ran into each other: noise bent by noise, twice, with a light on its folds."""
    width, height = size
    wide = max(2, round(2.4 * max(1.0, width / height))), max(2, round(2.4 * max(1.0, height / width)))
    field = clouds(draw, size, wide, 3)
    for strength in (0.34, 0.2):
        field = _stir(draw, field, wide, strength)
    colours = ramp(draw.choice(FLUIDS))
    image = tint(field, colours)
    step = max(2, min(size) // 180)
    relief = ImageChops.subtract(field, ImageChops.offset(field, step, step), 0.35, 128)
    relief = relief.filter(ImageFilter.GaussianBlur(step))
    return ImageChops.soft_light(image, tint(relief, ramp("303030 808080 e8e8e8")))


def _stir(draw: random.Random, field: Image.Image, cells: tuple[int, int], strength: float) -> Image.Image:
    """Move every point along a smooth random field."""
    grid = 48
    across, down = (clouds(draw, (grid + 1, grid + 1), cells, 2).tobytes() for _ in range(2))

    def place(u: float, v: float) -> tuple[float, float]:
        at = round(v * grid) * (grid + 1) + round(u * grid)
        # Fold back at the borders, so that no edge shows.
        x, y = u + strength * (across[at] / 127.5 - 1), v + strength * (down[at] / 127.5 - 1)
        return 1 - abs(1 - abs(x)), 1 - abs(1 - abs(y))

    return warp(field, field.size, place, (grid, grid)).filter(
        ImageFilter.GaussianBlur(max(1, min(field.size) / 500))
    )
