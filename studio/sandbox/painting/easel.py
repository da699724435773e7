"""From an order to encoded bytes: scene, light of the reference, grain, label, file."""

import io

from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from studio.sandbox.painting import Order
from studio.sandbox.painting.plain import paint_plain

SOFTWARE = "Studio sandbox"


def paint_picture(order: Order, *, is_plain: bool = False) -> bytes:
    """Paint and encode; the same order gives the same bytes."""
    image = paint_plain(order)
    _sign(image)
    return _encode(image, order)


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
        image.save(target, "JPEG", quality=90, subsampling=0, exif=exif)
    elif order.format == "webp":
        image.save(target, "WEBP", quality=88, method=2, exif=exif)
    else:
        info = PngImagePlugin.PngInfo()
        info.add_text("Software", SOFTWARE)
        info.add_text("Comment", note)
        image.save(target, "PNG", compress_level=1, pnginfo=info)
    return target.getvalue()
