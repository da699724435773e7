"""An installation inside this process: set up, filled, and looked at through Django's own test client.

`python -m benchmarks.inside pages 20000`, `… usage 200000` or `… forms`, with STUDIO_DATA_DIR naming an empty folder,
prints what was measured as one line of JSON. The whole of a request is measured, middleware, session and templates
included, but not the web server's reading and writing: so the figure is the work, and no port or scheduler is in it.
"""

import gzip
import json
import os
import posixpath
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import django

VISITS = 5
# A page's time may double where the interpreter's stack of frames is at an unlucky depth (it then gets and returns a
# piece of memory with each call), so each page is opened at several.
DEPTHS = range(0, 45, 5)
SLUG = "spring"
READER = "reader@example.com"
PEOPLE = 12
_LINK = re.compile(r'(?:href|src|data-worker-url)="(/static/[^"]+\.(?:css|js))"')
_IMPORT = re.compile(r'import\s*(?:[^"\';]*?from\s*)?["\'](\.[^"\']+)["\']')


@dataclass(frozen=True, slots=True)
class Look:
    """What one address, or one rendering, took, in milliseconds.

    `median_ms` is the median over depths of the stack of the median at each, `slowest_ms` the median at the unluckiest
    depth, `cpu_ms` this process's own share of the median.
    """

    name: str
    median_ms: float
    slowest_ms: float
    cpu_ms: float
    bytes: int
    compressed: int = 0
    queries: int = 0
    of: int = 0
    """How many images, or fields, there were."""


def main() -> None:
    """Measure what is asked for on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    os.environ.setdefault("STUDIO_SANDBOX_URL", "http://127.0.0.1:9")
    os.environ.setdefault("STUDIO_LOG_LEVEL", "ERROR")
    django.setup()
    from studio.supervisor.setting_up import set_up

    set_up()
    what, *rest = sys.argv[1:]
    print(json.dumps(_look_at(what, [int(count) for count in rest])))


def _look_at(what: str, counts: list[int]) -> dict[str, Any]:
    from benchmarks.submit import look_at_submit
    from benchmarks.usage import look_at_usage

    looks = {"pages": look_at_pages, "usage": look_at_usage, "submit": look_at_submit, "forms": look_at_forms}
    return looks[what](*counts)


def repeated(name: str, do: Callable[[], int], times: int = VISITS, of: int = 0) -> Look:
    """Do it once to warm up, then `times` times at each depth of the stack; `do` returns the bytes."""
    size = do()
    walls, cpus = zip(*(_at_depth(depth, lambda: _timed(do, times)) for depth in DEPTHS), strict=True)
    return Look(name, statistics.median(walls), max(walls), statistics.median(cpus), size, of=of)


def _at_depth(depth: int, do: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    """Do it from so many frames further down."""
    return _at_depth(depth - 1, do) if depth else do()


def _timed(do: Callable[[], int], times: int) -> tuple[float, float]:
    """Return the medians of wall clock and processor time, in milliseconds."""
    walls, cpus = [], []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        do()
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
    return statistics.median(walls), statistics.median(cpus)


# Pages


def look_at_pages(count: int) -> dict[str, Any]:
    """Fill a project with `count` images beside a smaller one, and open its pages."""
    from django.db import connection
    from django.test import Client

    began = time.monotonic()
    _fill(count)
    if connection.vendor == "postgresql":
        # What its own housekeeping does within a minute.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    filled_s = time.monotonic() - began
    client = Client(headers={"Host": "localhost", "Accept-Encoding": "gzip"})
    client.force_login(_reader())
    looks = [visit(client, name, address) for name, address in _addresses()]
    naive = [repeated(name, do, times=1) for name, do in _naive_queries()]
    return {
        "vendor": connection.vendor,
        "filled_s": filled_s,
        "pages": [asdict(look) for look in looks],
        "naive": [asdict(look) for look in naive],
        "assets": _asset_bytes(client, f"/p/{SLUG}/"),
    }


def _fill(count: int) -> None:
    from benchmarks.filling import fill_gallery, star_some
    from studio.people.models import User
    from studio.projects.models import Membership, Project, ProjectRole, Visibility

    people = [User.objects.create_user(READER, name="The reader")]
    people += [
        User.objects.create_user(f"person{n}@example.com", name=f"Person {n}") for n in range(1, PEOPLE)
    ]
    for slug, images in ((SLUG, count), ("other", max(count // 10, 4))):
        project = Project.objects.create(name=slug.title(), slug=slug, visibility=Visibility.MEMBERS)
        Membership.objects.bulk_create(
            Membership(project=project, user=person, role=ProjectRole.CONTRIBUTOR) for person in people
        )
        fill_gallery(project, people, images)
    star_some(Project.objects.get(slug=SLUG), people[0], max(count // 100, 1))


def _reader() -> Any:
    from studio.people.models import User

    return User.objects.get(email=READER)


def _addresses() -> Iterator[tuple[str, str]]:
    """Yield the pages to open: (name, address). Deep is where nine tenths of all is newer."""
    from benchmarks.filling import RARE_WORD
    from studio.generation.models import Batch, Image

    batches = Batch.objects.filter(project__slug=SLUG).order_by("id").values_list("id", flat=True)
    images = Image.objects.filter(project__slug=SLUG).order_by("id")
    some, ids = images[0], images.values_list("id", flat=True)
    studio, gallery = f"/p/{SLUG}/", f"/p/{SLUG}/gallery/"
    yield "studio", studio
    yield "studio, deep", f"{studio}?before={batches[batches.count() // 10]}"
    yield "gallery", gallery
    yield "gallery, deep", f"{gallery}?before={ids[ids.count() // 10]}"
    yield "gallery, one model", f"{gallery}?model={some.model_id}"
    yield "gallery, one author", f"{gallery}?by={some.author_id}"
    yield "gallery, one shape", f"{gallery}?shape={some.shape}"
    yield "gallery, starred", f"{gallery}?starred=1"
    yield "gallery, last week", f"{gallery}?when=week"
    yield "gallery, common word", f"{gallery}?q=photograph"
    yield "gallery, common word, deep", f"{gallery}?q=photograph&before={ids[ids.count() // 10]}"
    yield "gallery, rare word", f"{gallery}?q={RARE_WORD}"
    yield "gallery, rare word and model", f"{gallery}?q={RARE_WORD}&model={some.model_id}"


def visit(client: Any, name: str, address: str) -> Look:
    """Open a page again and again; count its queries and bytes once."""

    def open_page() -> int:
        response = client.get(address)
        if response.status_code != 200:
            raise SystemExit(f"{address} answered {response.status_code}.")
        return len(response.content)

    open_page()
    counts = []
    for _ in range(2):
        with counted_queries() as queries:
            open_page()
        counts.append(len(queries))
    look = repeated(name, open_page)
    plain = client.get(address, headers={"Accept-Encoding": "identity"}).content
    is_compressed = look.bytes < len(plain)
    return Look(
        **{
            **asdict(look),
            # What is remembered for ten seconds (usual times) may have to be asked once more in one of the two.
            "queries": min(counts),
            "bytes": len(plain),
            "compressed": look.bytes if is_compressed else 0,
        }
    )


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """Collect the statements that are asked meanwhile."""
    from django.db import connection

    asked: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield asked


def _naive_queries() -> Iterator[tuple[str, Callable[[], int]]]:
    """Yield what a gallery without keyset and index would ask over the same rows: the query alone, no page."""
    from benchmarks.filling import RARE_WORD
    from studio.generation.models import Image

    rows = Image.objects.filter(project__slug=SLUG, deleted_at__isnull=True).select_related(
        "author", "model", "generation__batch"
    )
    deep = rows.count() * 9 // 10
    yield "page by OFFSET, deep", lambda: len(rows.order_by("-created_at")[deep : deep + 60]) + rows.count()
    found = rows.filter(generation__batch__prompt__icontains=RARE_WORD)
    yield "rare word by LIKE", lambda: len(found.order_by("-created_at")[:60]) + found.count()


def _asset_bytes(client: Any, address: str) -> dict[str, int]:
    """Return the bytes of the stylesheets and scripts that a page loads, modules that import modules included."""
    todo = set(_LINK.findall(client.get(address, headers={"Accept-Encoding": "identity"}).content.decode()))
    seen: set[str] = set()
    sizes = {"raw": 0, "compressed": 0, "files": 0}
    while todo:
        path = todo.pop()
        seen.add(path)
        raw = _body(client, path, "identity")
        sizes["raw"] += len(raw)
        sizes["compressed"] += len(_body(client, path, "br, gzip"))
        sizes["files"] += 1
        if path.endswith(".js"):
            folder = posixpath.dirname(path)
            imports = _IMPORT.findall(raw.decode())
            todo |= {posixpath.normpath(posixpath.join(folder, name)) for name in imports} - seen
    return sizes


def _body(client: Any, path: str, encoding: str) -> bytes:
    response = client.get(path, headers={"Accept-Encoding": encoding})
    # ServeStatic streams for asynchronous servers; Django reads that to its end when it is iterated plainly.
    return b"".join(response) if response.streaming else response.content


# Forms


def look_at_forms() -> dict[str, Any]:
    """Build and draw the form of each offered model, of a schema with forty fields, and forty fields by Django alone."""
    from django.template.loader import get_template

    from studio.catalog.forms import build_form
    from studio.catalog.queries import models_offered, spec_of
    from studio.catalog.schema import normalise

    template = get_template("catalog/_form_fields.html")
    specs = {f"{model.provider.slug}:{model.slug}": spec_of(model) for model in models_offered()}
    specs["forty fields"] = normalise(forty_fields())

    def draw(spec: Any) -> bytes:
        text: str = template.render({"form": build_form(spec)})
        return text.encode()

    looks = []
    for name, spec in sorted(specs.items()):
        look = repeated(name, lambda spec=spec: len(draw(spec)), of=len(spec.shown))  # type: ignore[misc]
        looks.append(Look(**{**asdict(look), "compressed": len(gzip.compress(draw(spec), 6))}))
    return {
        "forms": [asdict(look) for look in looks],
        "naive": asdict(repeated("forty fields as_div", _plain_form, of=40)),
    }


def forty_fields() -> dict[str, Any]:
    """Return a schema with ten fields each of text, choice, number and switch."""
    properties: dict[str, Any] = {"prompt": {"type": "string", "maxLength": 2000}}
    for n in range(1, 11):
        properties |= {
            f"text_{n}": {"type": "string", "description": "Some words."},
            f"choice_{n}": {
                "type": "string",
                "enum": [f"option {each}" for each in range(6)],
                "default": "option 1",
            },
            f"number_{n}": {"type": "integer", "minimum": 0, "maximum": 50, "default": 5},
            f"switch_{n}": {"type": "boolean", "default": False},
        }
    del properties["text_10"]
    return {"type": "object", "properties": properties, "required": ["prompt"]}


def _plain_form() -> int:
    from django import forms

    fields: dict[str, forms.Field] = {}
    for n in range(10):
        fields |= {
            f"text_{n}": forms.CharField(help_text="Some words.", required=False),
            f"choice_{n}": forms.ChoiceField(choices=[(each, f"option {each}") for each in range(6)]),
            f"number_{n}": forms.IntegerField(min_value=0, max_value=50, initial=5),
            f"switch_{n}": forms.BooleanField(required=False),
        }
    return len(str(type("Plain", (forms.Form,), fields)().as_div()))


if __name__ == "__main__":
    main()
