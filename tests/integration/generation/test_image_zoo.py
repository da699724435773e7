"""Images of every odd kind through the engine, and what the largest of them cost in memory and time."""

import io
import os
import subprocess
import sys
import textwrap
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image as Picture
from PIL.PngImagePlugin import PngInfo

from studio.generation.engine.slice import run_slice
from studio.generation.models import Batch, Generation, Status
from studio.kit import clock
from studio.kit.storage import media_path, new_incoming_name, thumbnail_name
from tests.integration.generation.conftest import Engine
from tests.integration.generation.faults import PACE
from tests.sandbox_server import ROOT
from tests.unit.kit.test_images import huge_png

pytestmark = pytest.mark.any_database

MOST_MEMORY_MB, MOST_TIME_S = 300, 2.0


def encoded(image: Picture.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def noise(mode: str = "RGB", width: int = 120, height: int = 80) -> Picture.Image:
    return Picture.effect_noise((width, height), 90).convert(mode)


def exif(orientation: int, size_bytes: int = 0) -> bytes:
    tags = Picture.Exif()
    tags[0x0112] = orientation
    tags[0x010E] = "x" * size_bytes
    return tags.tobytes()


def chunk(name: bytes, data: bytes) -> bytes:
    crc = zlib.crc32(name + data)
    return len(data).to_bytes(4, "big") + name + data + crc.to_bytes(4, "big")


def with_chunk(png: bytes, name: bytes, data: bytes) -> bytes:
    """Put a chunk behind the header of a PNG."""
    return png[:33] + chunk(name, data) + png[33:]


def sixteen_bits_of_colour() -> bytes:
    rows = b"".join(b"\0" + bytes(range(240)) * 3 for _ in range(80))
    header = (120).to_bytes(4, "big") + (80).to_bytes(4, "big") + bytes([16, 2, 0, 0, 0])
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def a_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.sh", "echo boo")
    return out.getvalue()


def kept() -> Mapping[str, tuple[bytes, tuple[str, int, int]]]:
    """What is kept as it is: the bytes, and what the database says of them."""
    png, jpeg, webp = (encoded(noise(), kind) for kind in ("PNG", "JPEG", "WEBP"))
    frames = [noise(), noise(), noise()]
    metadata = PngInfo()
    metadata.add_text("prompt", "word " * 150_000)
    plain = {
        **{f"png in {mode}": encoded(noise(mode), "PNG") for mode in ("1", "L", "LA", "P", "RGBA", "I;16")},
        "png with 16 bits of colour": sixteen_bits_of_colour(),
        "png that is also a zip": png + a_zip(),
        "png with 750 kB of text": encoded(noise(), "PNG", pnginfo=metadata),
        "png with 2 MB of content credentials": with_chunk(png, b"caBX", os.urandom(2_000_000)),
        "png that is animated": encoded(frames[0], "PNG", save_all=True, append_images=frames[1:]),
        "jpeg in grey": encoded(noise("L"), "JPEG"),
        "jpeg in CMYK": encoded(noise("CMYK"), "JPEG"),
        "jpeg that is progressive": encoded(noise(), "JPEG", progressive=True),
        "jpeg with a page behind it": jpeg + b"<html><script>alert(1)</script></html>",
        "jpeg with 60 kB of EXIF": encoded(noise(), "JPEG", exif=exif(1, 60_000)),
        "jpeg with a broken profile": encoded(noise(), "JPEG", icc_profile=os.urandom(100_000)),
        "webp that is animated": encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]),
        "webp with transparency": encoded(noise("RGBA"), "WEBP"),
        "webp": webp,
    }
    turned = {f"jpeg turned by {turn}": encoded(noise(), "JPEG", exif=exif(turn)) for turn in (3, 6, 8)}
    found = {name: (data, (name.split()[0], 120, 80)) for name, data in plain.items()}
    sizes = {3: (120, 80), 6: (80, 120), 8: (80, 120)}
    return found | {name: (data, ("jpeg", *sizes[int(name[-1])])) for name, data in turned.items()}


def refused() -> Mapping[str, tuple[bytes, str]]:
    """What is not kept, and a part of the sentence that says why."""
    whole = {kind: encoded(noise(), kind) for kind in ("PNG", "JPEG", "WEBP")}
    text = zlib.compress(b"x" * 50_000_000)
    odd = {
        "bomb": (huge_png(60_000, 60_000), "megapixels"),
        "bomb of text": (with_chunk(whole["PNG"], b"zTXt", b"prompt\0\0" + text), "damaged"),
        "bomb of a profile": (with_chunk(whole["PNG"], b"iCCP", b"icc\0\0" + text), "damaged"),
        "gif with a script": (b"GIF89a/*" + b"\0" * 60 + b"*/=1;alert(1)", "not a PNG"),
        "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a PNG"),
        "page": (b"<html>sign in</html>", "not a PNG"),
        "tiff": (encoded(noise(), "TIFF"), "not a PNG"),
        "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a PNG"),
        "zip": (a_zip(), "not a PNG"),
    }
    return odd | {f"half a {kind}": (data[: len(data) // 2], "damaged") for kind, data in whole.items()}


def deliver(engine: Engine, files: Mapping[str, bytes]) -> dict[str, Generation]:
    """Let the engine find each file as the answer to a generation of its own, and take them all in."""
    key, now = engine.nano_banana.provider.keys.get(), clock.now()
    found = {}
    for name, data in files.items():
        generation = engine.queue(name).generations.get()
        incoming = new_incoming_name()
        media_path(incoming).write_bytes(data)
        Generation.objects.filter(id=generation.id).update(
            status=Status.FETCHING,
            key=key,
            attempt=1,
            submitted_at=now,
            ready_at=now,
            result_files=[{"file": incoming}],
        )
        found[name] = generation
    run_slice(PACE)
    for generation in found.values():
        generation.refresh_from_db()
    return found


def test_odd_images_are_kept_as_they_are_or_refused_in_words(engine: Engine) -> None:
    good, bad = kept(), refused()
    generations = deliver(engine, {name: data for name, (data, _) in {**good, **bad}.items()})
    for name, (data, facts) in good.items():
        generation = generations[name]
        assert generation.status == Status.SUCCEEDED, f"{name}: {generation.problem}"
        image = generation.images.get()
        assert (image.format, image.width, image.height) == facts, name
        assert media_path(image.file).read_bytes() == data, f"{name} was changed"
        with Picture.open(media_path(thumbnail_name(image.file, 640))) as thumbnail:
            assert (thumbnail.format, thumbnail.size) == ("WEBP", facts[1:]), name
            assert not thumbnail.getexif(), name
    for name, (_, words) in bad.items():
        generation = generations[name]
        assert generation.status == Status.FAILED, name
        assert words in generation.problem, f"{name}: {generation.problem}"
        assert generation.problem.endswith("The provider may have charged for it."), name
    assert Batch.objects.count() == len(good) + len(bad)


def large(folder: Path) -> dict[str, tuple[Path, bool]]:
    """The largest that are taken, and what is just too large: whether each is taken."""

    def save(name: str, mode: str, size: tuple[int, int], **options: object) -> Path:
        path = folder / name
        Picture.new(mode, size, "teal" if mode != "L" else 90).save(path, **options)
        return path

    fast = {"quality": 50, "method": 0}
    progressive = {"progressive": True, "subsampling": 0}
    return {
        "png with transparency": (save("a.png", "RGBA", (7071, 7071), compress_level=1), True),
        "jpeg": (save("b.jpg", "RGB", (7071, 7071)), True),
        "progressive jpeg": (save("c.jpg", "RGB", (5000, 5000), **progressive), True),
        "webp in 4K": (save("d.webp", "RGB", (5056, 3392), **fast), True),
        "larger webp": (save("e.webp", "RGB", (7071, 7071), **fast), False),
        "larger progressive jpeg": (save("f.jpg", "RGB", (7071, 7071), **progressive), False),
    }


CHILD = textwrap.dedent(
    """
    import re, sys, time
    from pathlib import Path
    from studio.kit.images import ImageRefused, decode_and_thumbnail
    try:
        decode_and_thumbnail(Path(sys.argv[1]), Path(sys.argv[1] + ".small"))
        said = "taken"
    except ImageRefused as refusal:
        said = refusal.sentence
    peak_kb = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
    print(peak_kb, time.process_time(), said)
    """
)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_the_largest_images_fit_into_the_memory_of_a_worker(tmp_path: Path) -> None:
    for name, (path, is_taken) in large(tmp_path).items():
        child = subprocess.run(
            [sys.executable, "-c", CHILD, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        peak_kb, time_s, said = child.stdout.strip().split(" ", 2)
        assert (said == "taken") == is_taken, f"{name}: {said}"
        assert int(peak_kb) / 1024 < MOST_MEMORY_MB, f"{name}: {int(peak_kb) / 1024:.0f} MB"
        # Of the processor: how long it takes on the clock is a question of who else is at work.
        assert float(time_s) < MOST_TIME_S, f"{name}: {time_s} s"
