"""Choosing a project's webhook, and putting what happens on its way."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from studio.audit.actions import record
from studio.kit.addresses import check_url
from studio.kit.clock import now
from studio.kit.crypto import Reencrypted, encrypt, reencrypt_rows
from studio.kit.errors import Conflict
from studio.kit.wire import JsonObject
from studio.notifying.events import Happening
from studio.notifying.models import Kind
from studio.people.models import User
from studio.projects.models import Project
from studio.projects.policies import check_can_edit, check_can_manage
from studio.webhooks.models import Delivery, Event, Webhook
from studio.webhooks.sending import send_soon
from studio.webhooks.signing import new_secret

KEPT_FOR = timedelta(days=30)
_BATCH_EVENTS = (Event.FINISHED, Event.FAILED)
_EVENTS = {
    Kind.FINISHED: Event.FINISHED,
    Kind.FAILED: Event.FAILED,
    Kind.ASKED: Event.ASKED,
    Kind.GRANTED: Event.GRANTED,
    Kind.DECLINED: Event.DECLINED,
    Kind.INVITED: Event.INVITED,
    Kind.ROLE_CHANGED: Event.ROLE_CHANGED,
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A webhook, with its secret where that is new: it is known only now."""

    webhook: Webhook
    secret: str


@transaction.atomic
def choose_address(*, project: Project, url: str, by: User) -> Chosen:
    """Have the project's events posted to this address. Raises AddressRefused for one that may not be spoken to.

    A changed address keeps the secret. What was on its way goes to the new one.
    """
    check_can_edit(project, by)
    check_url(url, settings.WEBHOOK_HOSTS)
    secret = new_secret()
    webhook, is_new = Webhook.objects.select_for_update().get_or_create(
        project=project, defaults={"url": url, "secret_encrypted": encrypt(secret), "created_by": by}
    )
    Webhook.objects.filter(pk=webhook.pk).update(url=url, stopped_at=None)
    webhook.url, webhook.stopped_at = url, None
    record(verb="webhook.chosen", subject=project, by=by)
    return Chosen(webhook, secret if is_new else "")


@transaction.atomic
def renew_secret(*, project: Project, by: User) -> Chosen:
    """Give the webhook a new secret; the old one signs nothing any more."""
    check_can_edit(project, by)
    webhook, secret = _webhook_of(project), new_secret()
    webhook.secret_encrypted = encrypt(secret)
    webhook.save(update_fields=["secret_encrypted"])
    record(verb="webhook.secret_renewed", subject=project, by=by)
    return Chosen(webhook, secret)


@transaction.atomic
def remove_webhook(*, project: Project, by: User) -> None:
    """Tell nobody any more, and forget what was told."""
    check_can_manage(project, by)
    _webhook_of(project).delete()
    record(verb="webhook.removed", subject=project, by=by)


@transaction.atomic
def start_again(*, project: Project, by: User) -> Webhook:
    """Go on with a webhook that was stopped, and with what waited meanwhile."""
    check_can_edit(project, by)
    webhook = _webhook_of(project)
    webhook.stopped_at = None
    webhook.save(update_fields=["stopped_at"])
    record(verb="webhook.started", subject=project, by=by)
    transaction.on_commit(send_soon)
    return webhook


@transaction.atomic
def send_test(*, project: Project, by: User) -> Delivery:
    """Post an event that says nothing but that it is a test."""
    check_can_edit(project, by)
    return _put(_webhook_of(project), Event.TEST, None, {})


@transaction.atomic
def send_again(*, delivery: Delivery, by: User) -> None:
    """Post once more what has arrived or was given up, under its old id."""
    check_can_edit(delivery.webhook.project, by)
    over = Delivery.objects.filter(pk=delivery.pk, next_at__isnull=True)
    if not over.update(next_at=now(), attempts=0, delivered_at=None, problem="", status=None):
        raise Conflict("This one is on its way already.")
    transaction.on_commit(send_soon)


def tell(happening: Happening) -> None:
    """Put what happened in a project on its way to the project's webhook, in the transaction in which it happened."""
    if happening.project_id is None:
        return
    webhook = Webhook.objects.select_related("project").filter(project=happening.project_id).first()
    if webhook is None or webhook.stopped_at or webhook.project.is_archived:
        return
    about: JsonObject = {"people": list(happening.person_ids), "actor": happening.actor_id}
    if happening.role:
        about["role"] = happening.role
    _put(webhook, _EVENTS[happening.kind], happening.subject_id, about)


def forget_old() -> int:
    """Delete deliveries that are over and older than thirty days; return how many."""
    old = Delivery.objects.filter(next_at__isnull=True, created_at__lt=now() - KEPT_FOR)
    return old.delete()[0]


def reencrypt_secrets() -> Reencrypted:
    """Encrypt all secrets with the first encryption key. May be repeated, and run while everything works."""
    return reencrypt_rows(Webhook.objects.order_by("id"))


def _put(webhook: Webhook, event: Event, subject_id: int | None, about: JsonObject) -> Delivery:
    path = reverse("generation:studio", args=[webhook.project.slug])
    if event in _BATCH_EVENTS:
        path += f"#batch-{subject_id}"
    data: JsonObject = {"project": webhook.project_id, "subject": subject_id, **about}
    data["url"] = f"{settings.PUBLIC_URL}{path}"
    payload: JsonObject = {"type": event.value, "timestamp": now().isoformat(), "data": data}
    delivery = Delivery(webhook=webhook, event=event, subject_id=subject_id, payload=payload, next_at=now())
    Delivery.objects.bulk_create([delivery], ignore_conflicts=event in _BATCH_EVENTS)
    transaction.on_commit(send_soon)
    return delivery


def _webhook_of(project: Project) -> Webhook:
    webhook = Webhook.objects.select_for_update().filter(project=project).first()
    if webhook is None:
        raise Conflict("This project has no webhook any more.")
    return webhook
