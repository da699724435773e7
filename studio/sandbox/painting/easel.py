"""From an order to encoded bytes: scene, light of the reference, grain, label, file."""

import io
import random

from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from studio.sandbox.painting import Order
from studio.sandbox.painting.brushes import grain
from studio.sandbox.painting.plain import paint_plain
from studio.sandbox.painting.reference import paint_over
from studio.sandbox.painting.scenes import choose_scene

SOFTWARE = "Studio sandbox"
# Larger pictures are painted at this size and enlarged: the grain comes last and keeps them crisp.
MAX_WORK_PIXELS = 2_600_000


def paint_picture(order: Order, *, is_plain: bool = False) -> bytes:
    """Paint and encode; the same order gives the same bytes."""
    return _encode(paint_plain(order) if is_plain else _paint_scene(order), order)


def _paint_scene(order: Order) -> Image.Image:
    draw = random.Random(f"{order.prompt}|{order.seed}")
    size = order.width, order.height
    shrink = min(1.0, (MAX_WORK_PIXELS / (order.width * order.height)) ** 0.5)
    work = round(order.width * shrink), round(order.height * shrink)
    image = choose_scene(order.prompt, draw)(draw, work, order.prompt.lower())
    if order.reference:
        image = paint_over(order.reference, image, order.mask)
    if image.size != size:
        image = image.resize(size, Image.Resampling.BICUBIC)
    image = grain(image, draw, 4)
    _sign(image)
    return image


def _sign(image: Image.Image) -> None:
    """Write a small "sandbox" into the corner."""
    size = max(11, round(min(image.size) / 60))
    font = ImageFont.load_default(size=size)
    draw = ImageDraw.Draw(image, "RGBA")
    place = (image.width - size, image.height - size * 0.8)
    draw.text((place[0] + 1, place[1] + 1), "sandbox", font=font, fill=(0, 0, 0, 90), anchor="rs")
    draw.text(place, "sandbox", font=font, fill=(255, 255, 255, 190), anchor="rs")


def _encode(image: Image.Image, order: Order) -> bytes:
    note = f"A sandbox picture: no model was asked. Seed {order.seed}."
    exif = Image.Exif()
    exif[0x0131], exif[0x010E] = SOFTWARE, note  # Software, ImageDescription
    target = io.BytesIO()
    if order.format == "jpeg":
        image.convert("RGB").save(target, "JPEG", quality=90, subsampling=0, exif=exif)
    elif order.format == "webp":
        image.convert("RGB").save(target, "WEBP", quality=88, method=2, exif=exif)
    else:
        info = PngImagePlugin.PngInfo()
        info.add_text("Software", SOFTWARE)
        info.add_text("Comment", note)
        image.save(target, "PNG", compress_level=1, pnginfo=info)
    return target.getvalue()
