"""Posting what is due, with a wait after each failure that grows. A task: receivers may be slow or away.

Each delivery is claimed before it is posted, by moving its next attempt on: of two tasks one posts it, and what a
crash leaves is tried again. A receiver may get a message twice, and knows it by its id.
"""

import asyncio
import json
import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django_q.tasks import async_task

from studio.audit.actions import record
from studio.kit import clock
from studio.kit.crypto import WrongEncryptionKey, decrypt
from studio.kit.posting import PostFailed, post
from studio.webhooks.models import Delivery, Webhook
from studio.webhooks.signing import headers_for

log = logging.getLogger(__name__)

DEADLINE_S = 10.0
AT_ONCE = 50
# Longer than one post may take; then whoever claimed it is gone.
_CLAIMED_FOR = timedelta(minutes=2)
_TASK = "studio.webhooks.sending.send_due"


def send_soon() -> None:
    """Have what is due posted in the background."""
    async_task(_TASK, cluster="chores")


def send_due() -> int:
    """Post what is due, oldest first; return how many were tried."""
    due = Delivery.objects.filter(next_at__lte=clock.now(), webhook__stopped_at__isnull=True)
    found = list(due.select_related("webhook").order_by("next_at", "id")[:AT_ONCE])
    for delivery in found:
        if _claim(delivery):
            _try(delivery)
    return len(found)


def _claim(delivery: Delivery) -> bool:
    as_read = Delivery.objects.filter(pk=delivery.pk, next_at=delivery.next_at)
    until = clock.now() + _CLAIMED_FOR
    is_ours = as_read.update(next_at=until, attempts=F("attempts") + 1) == 1
    delivery.attempts += 1
    return is_ours


def _try(delivery: Delivery) -> None:
    status, problem = None, ""
    try:
        status = _post(delivery)
        if not 200 <= status < 300:
            problem = f"The receiver answered with HTTP {status}."
    except (PostFailed, WrongEncryptionKey) as error:
        problem = error.sentence
    delivery.status, delivery.problem, moment = status, problem[:300], clock.now()
    delivery.next_at = delivery.wait_after(moment) if problem else None
    # 410 Gone: the receiver doesn't want to hear from us any more.
    is_over = status == 410 or (bool(problem) and delivery.next_at is None)
    delivery.delivered_at = None if problem else moment
    delivery.save(update_fields=["status", "problem", "next_at", "delivered_at"])
    log.info("webhooks.tried delivery=%s attempt=%s status=%s", delivery.pk, delivery.attempts, status)
    if is_over and Webhook.objects.filter(pk=delivery.webhook_id, stopped_at=None).update(stopped_at=moment):
        record(verb="webhook.stopped", subject=delivery.webhook.project, by=None)


def _post(delivery: Delivery) -> int:
    body = json.dumps(delivery.payload, separators=(",", ":")).encode()
    secret = decrypt(delivery.webhook.secret_encrypted)
    headers = headers_for(secret, delivery.message_id, int(clock.now().timestamp()), body)
    return asyncio.run(
        post(
            delivery.webhook.url,
            body,
            headers=headers,
            allowed_hosts=settings.WEBHOOK_HOSTS,
            deadline_s=DEADLINE_S,
        )
    )
