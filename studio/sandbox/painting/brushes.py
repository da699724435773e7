"""What every scene paints with: gradients, noise, glows, ridges, warps. Pillow only, all of it repeatable."""

import random
from collections.abc import Callable, Sequence
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Stops = Sequence[tuple[float, Colour]]
Size = tuple[int, int]

SMOOTH = Image.Resampling.BICUBIC


def rgb(text: str) -> Colour:
    """`"e8a06a"` to a colour."""
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


def ramp(text: str) -> list[tuple[float, Colour]]:
    """Evenly spread stops from colours written one after the other."""
    words = text.split()
    return [(index / (len(words) - 1), rgb(word)) for index, word in enumerate(words)]


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second colour in the first."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def colour_at(stops: Stops, place: float) -> Colour:
    """The colour at a place from 0 to 1."""
    for (start, first), (end, second) in pairwise(stops):
        if place <= end:
            return mix(first, second, max(0.0, (place - start) / (end - start)))
    return stops[-1][1]


def gradient(size: Size, stops: Stops) -> Image.Image:
    """A vertical gradient."""
    column = Image.new("RGB", (1, size[1]))
    column.putdata([colour_at(stops, y / max(1, size[1] - 1)) for y in range(size[1])])
    return column.resize(size, Image.Resampling.NEAREST)


def fade(size: Size, law: Callable[[float], float]) -> Image.Image:
    """A grey vertical gradient: `law` maps 0 (top) to 1 (bottom) to a brightness from 0 to 1."""
    column = Image.new("L", (1, size[1]))
    column.putdata([round(255 * min(1.0, max(0.0, law(y / max(1, size[1] - 1))))) for y in range(size[1])])
    return column.resize(size, Image.Resampling.NEAREST)


def tint(grey: Image.Image, stops: Stops) -> Image.Image:
    """Colour a grey picture: black becomes the first stop, white the last."""
    table = [colour_at(stops, value / 255) for value in range(256)]
    return Image.merge("RGB", [grey.point([colour[band] for colour in table]) for band in range(3)])


def curve(grey: Image.Image, law: Callable[[float], float]) -> Image.Image:
    """Bend the brightness of a grey picture."""
    return grey.point([round(255 * min(1.0, max(0.0, law(value / 255)))) for value in range(256)])


def waves(draw: random.Random, count: int, cells: float, octaves: int, gain: float = 0.5) -> list[float]:
    """Smooth one-dimensional noise, `count` values about 0, mostly within -1 to 1."""
    total, weight = [0.0] * count, 1.0
    for octave in range(octaves):
        points = max(4, round(cells * 2**octave) + 3)
        strip = Image.new("F", (points, 1))
        strip.putdata([draw.uniform(-1, 1) for _ in range(points)])
        smooth = strip.resize((count, 1), SMOOTH, box=(1, 0, points - 1, 1)).tobytes()
        for index, value in enumerate(memoryview(smooth).cast("f")):
            total[index] += weight * value
        weight *= gain
    return total


def clouds(draw: random.Random, size: Size, cells: tuple[int, int], octaves: int = 4) -> Image.Image:
    """Smooth grey noise over the whole range; `cells` is how many lumps fit across and down."""
    half = max(2, size[0] // 2), max(2, size[1] // 2)
    total: Image.Image | None = None
    for octave in range(octaves):
        grid = max(2, cells[0] << octave) + 1, max(2, cells[1] << octave) + 1
        layer = Image.frombytes("L", grid, draw.randbytes(grid[0] * grid[1])).resize(half, SMOOTH)
        total = layer if total is None else Image.blend(total, layer, 0.5 ** (octave + 0.4))
    assert total is not None
    low, high = total.getextrema()
    assert isinstance(low, (int, float))
    assert isinstance(high, (int, float))
    spread = curve(total, lambda value: (value * 255 - low) / max(1.0, high - low))
    return spread.resize(size, SMOOTH)


def glow(
    image: Image.Image, centre: tuple[float, float], radius: float, colour: Colour, power: float
) -> Image.Image:
    """Add light around a point; a greater `power` keeps it closer to the middle."""
    # Pillow's gradient is brightest in the corners: its middle circle ends at 0.7.
    spot = curve(Image.radial_gradient("L"), lambda value: max(0.0, 1 - value / 0.7) ** power)
    edge = max(2, round(radius * 2.5))
    light = tint(spot, [(0, (0, 0, 0)), (1, colour)]).resize((edge, edge), SMOOTH)
    layer = Image.new("RGB", image.size)
    layer.paste(light, (round(centre[0] - edge / 2), round(centre[1] - edge / 2)))
    return ImageChops.screen(image, layer)


def disc_mask(size: Size, centre: tuple[float, float], radius: float) -> Image.Image:
    """A white disc with smooth edges on black."""
    edge = max(4, round(radius * 2))
    disc = Image.new("L", (edge * 2, edge * 2))
    ImageDraw.Draw(disc).ellipse((2, 2, edge * 2 - 3, edge * 2 - 3), fill=255)
    mask = Image.new("L", size)
    mask.paste(
        disc.resize((edge, edge), Image.Resampling.BOX),
        (round(centre[0] - radius), round(centre[1] - radius)),
    )
    return mask


def below(size: Size, heights: Sequence[float]) -> Image.Image:
    """A mask of everything under a skyline (one y per column), with smooth edges."""
    width, height = size
    top = max(0, min(height - 1, int(min(heights)) - 2))
    mask = Image.new("L", (width * 2, (height - top) * 2))
    points = [(2 * x + 1, 2 * (y - top)) for x, y in enumerate(heights)]
    corners = [
        (2 * width, 2 * (heights[-1] - top)),
        (2 * width, 2 * height),
        (0, 2 * height),
        (0, points[0][1]),
    ]
    ImageDraw.Draw(mask).polygon([*points, *corners], fill=255)
    full = Image.new("L", size)
    full.paste(mask.reduce(2), (0, top))
    return full


def warp(
    image: Image.Image, size: Size, place: Callable[[float, float], tuple[float, float]], cells: Size
) -> Image.Image:
    """Bend a picture: `place` maps a point of the result (0 to 1) to a point of the source (0 to 1)."""
    (width, height), (across, down) = size, cells
    xs = [round(width * index / across) for index in range(across + 1)]
    ys = [round(height * index / down) for index in range(down + 1)]
    limit_x, limit_y = image.width - 1.001, image.height - 1.001

    def source(x: int, y: int) -> tuple[float, float]:
        u, v = place(x / width, y / height)
        return min(max(u, 0.0), 1.0) * limit_x, min(max(v, 0.0), 1.0) * limit_y

    grid = [[source(x, y) for x in xs] for y in ys]
    mesh = [
        (
            (xs[i], ys[j], xs[i + 1], ys[j + 1]),
            (*grid[j][i], *grid[j + 1][i], *grid[j + 1][i + 1], *grid[j][i + 1]),
        )
        for j in range(down)
        for i in range(across)
        if xs[i] < xs[i + 1] and ys[j] < ys[j + 1]
    ]
    return image.transform(size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def scatter_lights(
    draw: random.Random, image: Image.Image, light: Colour, count: int, band: tuple[float, float]
) -> Image.Image:
    """Points of light out of focus, brighter at their rims, about a band of heights (middle, spread)."""
    width, height = image.size
    layer = Image.new("L", (width // 2, height // 2))
    for _ in range(count):
        radius = max(3, round(min(image.size) * draw.uniform(0.012, 0.05) / 2))
        shade = round(draw.uniform(20, 70))
        spot = Image.new("L", (radius * 2, radius * 2))
        ImageDraw.Draw(spot).ellipse(
            (0, 0, radius * 2 - 1, radius * 2 - 1), fill=shade, outline=round(shade * 1.5)
        )
        x, y = round(draw.uniform(0, width) / 2), round(draw.gauss(*band) * height / 2)
        box = (x - radius, y - radius, x + radius, y + radius)
        layer.paste(ImageChops.add(layer.crop(box), spot), box)
    layer = layer.filter(ImageFilter.GaussianBlur(min(image.size) / 500)).resize(image.size, SMOOTH)
    return ImageChops.screen(image, tint(layer, [(0, (0, 0, 0)), (1, light)]))


def grain(image: Image.Image, draw: random.Random, strength: int) -> Image.Image:
    """Film grain of ± `strength` levels; it also hides the steps of gradients."""
    tile_edge = 512
    # The sum of two draws: mostly small steps, seldom large ones.
    first, second = (Image.frombytes("L", (tile_edge,) * 2, draw.randbytes(tile_edge**2)) for _ in range(2))
    levels = [round(value * strength / 255) for value in range(256)]
    tile = ImageChops.add(first.point(levels), second.point(levels))
    layer = Image.new("L", image.size)
    for y in range(0, image.height, tile_edge):
        for x in range(0, image.width, tile_edge):
            layer.paste(tile, (x, y))
    return ImageChops.add(image, Image.merge("RGB", (layer, layer, layer)), 1, -strength)
