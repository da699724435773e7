"""Access to the routes of `webhooks`: a project's managers."""

from studio.webhooks.actions import choose_address
from studio.webhooks.models import Delivery, Event
from tests.cast import Cast
from tests.integration.access.table import Arguments, Row, managers, the_project

ADDRESS = {"url": "https://hooks.example.com/studio"}


def a_webhook(cast: Cast) -> Arguments:
    choose_address(project=cast.project, url=ADDRESS["url"], by=cast.manager)
    return {"slug": cast.project.slug}


def a_delivery(cast: Cast) -> Arguments:
    a_webhook(cast)
    delivery = Delivery.objects.create(webhook=cast.project.webhook, event=Event.TEST)
    return {"slug": cast.project.slug, "delivery_id": delivery.pk}


ROWS: list[Row] = [
    Row("webhooks:webhook", managers(200), the_project),
    Row("webhooks:webhook", managers(200), the_project, "POST", lambda cast: ADDRESS),
    Row("webhooks:secret", managers(200), a_webhook, "POST"),
    Row("webhooks:test", managers(302), a_webhook, "POST"),
    Row("webhooks:start", managers(302), a_webhook, "POST"),
    Row("webhooks:remove", managers(302), a_webhook, "POST"),
    Row("webhooks:resend", managers(302), a_delivery, "POST"),
]
