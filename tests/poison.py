"""Hostile text in every field that holds words of people or of providers."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import CharField, JSONField, Model, TextField
from django.utils import timezone

from studio.catalog.actions import install_catalog
from studio.generation.models import Generation, Status
from studio.keys.actions import ensure_sandbox_keys
from studio.keys.models import ApiKey, Outage, OutageKind
from studio.spending.models import Quota
from studio.webhooks.actions import choose_address
from studio.webhooks.models import Delivery, Event
from tests.asking import make_request
from tests.cast import Cast
from tests.pictures import make_batch, make_generation, make_image, make_upload

# Where any of it is taken for markup there is an element, or an attribute, that is called so.
MARK = "xss"
MARKUP = (
    f"javascript:alert(1)//\"' {MARK}=1 {MARK}='1' {MARK}=\"1\"></textarea></title></script>"
    f"<{MARK} {MARK}=1><img src=x {MARK}>{{{{ 7|add:7 }}}}{{% now 'Y' %}}\u202e\u200b\u2066\r\nX-{MARK}: 1\r\n\r\n"
    f"&lt;{MARK}&gt;\u2028\u0085\x1b"
)
LONG = f"<{MARK} {MARK}='\">" * 800
# Words of people and of providers. What a form or an adapter keeps within an alphabet is in FIXED.
FREE = {
    "batch": ("prompt", "input"),
    "delivery": ("problem",),
    "generation": ("task_id", "result_text", "problem", "problem_code", "problem_words"),
    "imagemodel": ("name", "listed_name", "vendor", "mode", "description"),
    "limitrequest": ("reason", "prompt", "answer", "problem"),
    "modelschema": ("input_schema", "example"),
    "apikey": ("label", "last_four", "test_sentence"),
    "portrait": ("name",),
    "price": ("note",),
    "project": ("name", "description"),
    "proposal": ("listed", "reason"),
    "provider": ("name", "listing_problem"),
    "sharelink": ("title",),
    "upload": ("name",),
    "user": ("name",),
    "webhook": ("url",),
}
# Names, codes, digests and addresses that Studio itself makes or checks; overlay and schemas are checked on arrival.
FIXED = {
    "apikey": ("secret_encrypted", "fingerprint"),
    "auditentry": ("verb", "subject_kind", "details"),
    "change": ("subject_kind",),
    "delivery": ("payload",),
    "emailchange": ("email", "nonce"),
    "enginetally": ("labels", "name"),
    "generation": ("pace", "lease_owner", "result_files"),
    "image": ("file", "thumbnail_widths", "format", "sha256"),
    "imagemodel": ("slug", "overlay", "disabled_reason"),
    "invitation": ("email", "nonce"),
    "limitrequest": ("input",),
    "modelschema": ("digest",),
    "ledgerentry": ("reason",),
    "notedmoment": ("name", "place"),
    "notification": ("role",),
    "passwordlink": ("token_digest",),
    "price": ("rates",),
    "project": ("slug",),
    "proposal": ("slug", "input_schema", "example", "digest"),
    "provider": ("slug", "base_url", "allowed_hosts"),
    "pumplease": ("name", "owner"),
    "quotaalert": ("unit",),
    "sharelink": ("token_digest", "password"),
    "usagetally": ("name",),
    "timelineentry": ("kind", "data"),
    "upload": ("file", "format", "sha256"),
    "user": ("email", "password", "picture", "mail_choices", "time_zone"),
    "webhook": ("secret_encrypted",),
}


def one_of_everything(cast: Cast) -> None:
    """Make one of everything that has words."""
    install_catalog()
    ensure_sandbox_keys()
    make_request(cast, reason="For the spring cover")
    # It stops nobody who makes something for a test.
    Quota.objects.update(user=cast.deactivated)
    make_image(cast.project, cast.contributor)
    make_image(cast.team_project, cast.contributor)
    make_upload(cast.project, cast.contributor)
    for status in (Status.FAILED, Status.UNKNOWN, Status.SUCCEEDED):
        ended = {"finished_at": timezone.now(), "next_action_at": None} if status != Status.UNKNOWN else {}
        make_generation(make_batch(cast.project, cast.contributor), status=status, **ended)
    Generation.objects.filter(status__in=(Status.FAILED, Status.UNKNOWN)).update(
        problem="It failed.", problem_code="bad", problem_words="Their words", task_id="task"
    )
    Generation.objects.filter(status=Status.SUCCEEDED).update(result_text="What the model said")
    ApiKey.objects.update(test_sentence="It answered.")
    webhook = choose_address(project=cast.project, url="https://hooks.example.com/", by=cast.admin).webhook
    Delivery.objects.create(webhook=webhook, event=Event.TEST, attempts=2, problem="No answer.")
    provider, moment = ApiKey.objects.earliest("id").provider, timezone.now()
    Outage.objects.create(provider=provider, kind=OutageKind.values[0], began_at=moment, ask_at=moment)


def poison(text: str) -> None:
    """Write this text into every free field of every row, cut to what the field holds."""
    for name, fields in FREE.items():
        model = apps.get_model("studio", name)
        for row in model._base_manager.all():
            _poison_row(row, fields, text)


def _poison_row(row: Model, fields: tuple[str, ...], text: str) -> None:
    changes = {}
    for name in fields:
        field = row._meta.get_field(name)
        if isinstance(field, JSONField):
            changes[name] = _poisoned(getattr(row, name), text)
        elif getattr(row, name):
            changes[name] = text[: field.max_length]
    if "input_schema" in changes:
        # Forms are remembered by it.
        changes["digest"] = f"{row.pk}-{abs(hash(text))}"
    type(row)._base_manager.filter(pk=row.pk).update(**changes)


def _poisoned(value: Any, text: str, key: str = "") -> Any:
    """Return the value with the words in it replaced; what shapes a schema stays."""
    if isinstance(value, dict):
        return {name: _poisoned(inner, text, name) for name, inner in value.items()}
    if key in ("title", "description", "prompt", "name", "vendor"):
        return text if isinstance(value, str) else value
    return [_poisoned(inner, text, key) for inner in value] if isinstance(value, list) else value


def text_fields() -> Iterator[tuple[str, str]]:
    """Yield (model, field) for every field of ours that can hold words."""
    for model in apps.get_app_config("studio").get_models():
        for field in model._meta.get_fields():
            is_text = isinstance(field, CharField | TextField | JSONField) and not getattr(
                field, "choices", None
            )
            if is_text:
                yield model._meta.model_name or "", field.name
