"""Makes images from the command line, through the same action as the page.

With a reference image or a mask, a model that has an editing twin leaves the work to that one; the report names
the model that was called.
"""

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management.base import BaseCommand

from studio.catalog.markers import upload_marker
from studio.catalog.models import ImageModel
from studio.catalog.queries import edit_twin_of, find_model, roles_of, spec_of
from studio.catalog.spec import Field, Role
from studio.catalog.values import complete, values_from_pairs
from studio.generation.actions import queue_batch
from studio.generation.models import PENDING, Batch, Generation, Image
from studio.generation.uploads import store_upload
from studio.kit.errors import Invalid, StudioError
from studio.kit.storage import media_path
from studio.kit.wire import JsonObject, JsonValue
from studio.people.models import TeamRole, User
from studio.projects.models import Project

SUCCEEDED, FAILED, REFUSED = 0, 1, 2
LOOK_EVERY_S = 0.2
ROLE_WORDS = {"prompt": "prompt", "references": "reference images", "mask": "mask"}


class Command(BaseCommand):
    help = "Queue a generation and, with --wait, wait for its images. Prints one JSON object with --json."

    def add_arguments(self, parser: ArgumentParser) -> None:
        # Required, but asked for by `_queue`: what is missing is refused in JSON too.
        parser.add_argument("--project", default="", metavar="SLUG")
        parser.add_argument("--model", default="")
        parser.add_argument("--provider", help="needed where two providers offer the model")
        parser.add_argument("--prompt", default="")
        parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter")
        parser.add_argument("--image", action="append", default=[], metavar="FILE", help="a reference image")
        parser.add_argument("--mask", metavar="FILE")
        parser.add_argument("--as", dest="email", metavar="EMAIL", help="default: the first admin")
        parser.add_argument("--wait", action="store_true")
        parser.add_argument("--timeout", type=float, default=900, metavar="S")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            batch = _queue(options)
        except StudioError as refusal:
            self._finish(_report(None, _sentences(refusal)), REFUSED, options)
        else:
            self._wait(batch, options)

    def _wait(self, batch: Batch, options: dict[str, Any]) -> None:
        generation = batch.generations.get()
        deadline = time.monotonic() + options["timeout"]
        while options["wait"] and generation.status in PENDING:
            if time.monotonic() > deadline:
                sentence = (
                    f"Still {generation.status} after {options['timeout']:g} s. It goes on in the background."
                )
                self._finish(_report(generation, sentence), FAILED, options)
            time.sleep(LOOK_EVERY_S)
            generation.refresh_from_db()
        is_well = generation.status == "succeeded" or not options["wait"]
        self._finish(_report(generation, generation.problem), SUCCEEDED if is_well else FAILED, options)

    def _finish(self, report: dict[str, Any], code: int, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(report))
        elif report["error"]:
            self.stderr.write(report["error"])
        else:
            self.stdout.write(f"Generation {report['id']} by {report['model']}: {report['status']}")
        for image in () if options["json"] else report["images"]:
            self.stdout.write(image["path"])
        self.stdout.flush()
        sys.exit(code)


def _queue(options: dict[str, Any]) -> Batch:
    for name in ("project", "model"):
        if not options[name]:
            raise Invalid(f"--{name} is missing.")
    by = _person(options["email"])
    project = Project.objects.visible_to(by).filter(slug=options["project"]).first()
    if project is None:
        raise Invalid(f"There is no project “{options['project']}” that {by.email} can see.")
    model = _model_to_call(options, project)
    if "prompt" in roles_of(model) and not options["prompt"]:
        raise Invalid("--prompt is missing.")
    values = values_from_pairs(spec_of(model), options["set"])
    if options["prompt"]:
        values[_field_for("prompt", model).name] = options["prompt"]
    if options["image"]:
        field = _field_for("references", model)
        values[field.name] = _as_taken(field, [_upload(path, project, by) for path in options["image"]])
    if options["mask"]:
        values[_field_for("mask", model).name] = _upload(options["mask"], project, by)
    return queue_batch(project=project, by=by, model=model, input=complete(spec_of(model), values))


def _model_to_call(options: dict[str, Any], project: Project) -> ImageModel:
    """Return the named model, or its editing twin where something is given that only that one takes."""
    model = find_model(options["model"], options["provider"], project=project)
    if (twin := edit_twin_of(model, project)) is None:
        return model
    pictures = {field.name for role, field in roles_of(twin).items() if role in ("references", "mask")}
    given = {pair.partition("=")[0].strip() for pair in options["set"]}
    return twin if options["image"] or options["mask"] or given & pictures else model


def _field_for(role: Role, model: ImageModel) -> Field:
    field = roles_of(model).get(role)
    if field is None:
        raise Invalid(f"{model.name} takes no {ROLE_WORDS[role]}.")
    return field


def _as_taken(field: Field, uploads: list[JsonObject]) -> JsonValue:
    """Write uploads as the field takes them: one, or a list."""
    is_single = field.kind in ("file", "string")
    return uploads[0] if is_single and len(uploads) == 1 else list[JsonValue](uploads)


def _upload(path: str, project: Project, by: User) -> JsonObject:
    file = Path(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Invalid(f"{path} can't be read: {error.strerror}.") from error
    upload = store_upload(project=project, by=by, file=SimpleUploadedFile(file.name, content))
    return upload_marker(upload.id)


def _person(email: str | None) -> User:
    if email:
        person = User.objects.filter(email__iexact=email, is_active=True).first()
        if person is None:
            raise Invalid(f"Nobody with the address {email} is active here.")
        return person
    admin = User.objects.filter(role=TeamRole.ADMIN, is_active=True).order_by("id").first()
    if admin is None:
        raise Invalid(
            "There is no admin yet. Make one with manage.py create_admin, or name a person with --as."
        )
    return admin


def _sentences(refusal: StudioError) -> str:
    errors: dict[str, str] = getattr(refusal, "errors", {})
    return " ".join(f"{name}: {sentence}" for name, sentence in errors.items()) or refusal.sentence


def _report(generation: Generation | None, error: str) -> dict[str, Any]:
    images = generation.images.order_by("position") if generation else ()
    return {
        "id": generation.id if generation else None,
        "model": generation.model.slug if generation else None,
        "status": generation.status if generation else "refused",
        "error": error or None,
        "images": [_image(image) for image in images],
    }


def _image(image: Image) -> dict[str, Any]:
    return {
        "id": image.id,
        "path": str(media_path(image.file)),
        "width": image.width,
        "height": image.height,
        "format": image.format,
        "bytes": image.size_bytes,
        "sha256": image.sha256,
    }
