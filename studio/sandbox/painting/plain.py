"""The fast picture of benchmarks: one gradient in 256 colours, of the right size."""

import random

from PIL import Image, ImageDraw, ImageFont

from studio.sandbox.painting import Order
from studio.sandbox.painting.brushes import Colour, mix

LABEL = (255, 255, 255)


def paint_plain(order: Order) -> Image.Image:
    """Blend two colours drawn from prompt and seed; a palette makes it quick to write and to read."""
    draw = random.Random(f"{order.prompt}|{order.seed}")
    first, second = (_draw_colour(draw) for _ in range(2))
    image = (
        Image.linear_gradient("L")
        .resize((order.width, order.height))
        .point([v * 254 // 255 for v in range(256)])
    )
    place = order.width - 12, order.height - 10
    ImageDraw.Draw(image).text(place, "sandbox", font=ImageFont.load_default(size=14), fill=255, anchor="rs")
    image.putpalette([band for step in range(255) for band in mix(first, second, step / 254)] + list(LABEL))
    return image


def _draw_colour(draw: random.Random) -> Colour:
    return draw.randrange(60, 230), draw.randrange(60, 230), draw.randrange(60, 230)
