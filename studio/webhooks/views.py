"""The page of a project's webhook, for its managers."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from studio.kit.addresses import AddressRefused
from studio.people.requests import SignedInRequest
from studio.projects.models import Project
from studio.projects.policies import check_can_manage
from studio.projects.queries import find_project
from studio.webhooks import actions
from studio.webhooks.forms import WebhookForm
from studio.webhooks.models import Delivery, Event, Webhook

ROWS = 50


@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show where the project's events go and how they arrived; choose the address."""
    project = _managed(request, slug)
    if request.method != "POST":
        return _page(request, project)
    form = WebhookForm(request.POST)
    if not form.is_valid():
        return _page(request, project, form)
    try:
        chosen = actions.choose_address(project=project, url=form.cleaned_data["url"], by=request.user)
    except AddressRefused as error:
        form.add_error("url", error.sentence)
        return _page(request, project, form)
    if chosen.secret:
        return _page(request, project, secret=chosen.secret)
    messages.success(request, "Events go to the new address from now on.")
    return redirect("webhooks:webhook", project.slug)


@require_POST
def secret(request: SignedInRequest, slug: str) -> HttpResponse:
    """Make a new secret, and show it: now, and never again."""
    project = _managed(request, slug)
    made = actions.renew_secret(project=project, by=request.user)
    return _page(request, project, secret=made.secret)


@require_POST
def test(request: SignedInRequest, slug: str) -> HttpResponse:
    said = "A test is on its way. Reload the page to see how it arrived."
    return _do(actions.send_test, request, slug, said)


@require_POST
def start(request: SignedInRequest, slug: str) -> HttpResponse:
    return _do(actions.start_again, request, slug, "Events are posted again.")


@require_POST
def remove(request: SignedInRequest, slug: str) -> HttpResponse:
    said = "The webhook is removed. Nothing is posted any more."
    return _do(actions.remove_webhook, request, slug, said)


@require_POST
def resend(request: SignedInRequest, slug: str, delivery_id: int) -> HttpResponse:
    project = _managed(request, slug)
    deliveries = Delivery.objects.select_related("webhook__project").filter(webhook__project=project)
    actions.send_again(delivery=get_object_or_404(deliveries, pk=delivery_id), by=request.user)
    messages.success(request, "It is on its way once more, under its old id.")
    return redirect("webhooks:webhook", project.slug)


def _do(deed: Callable[..., object], request: SignedInRequest, slug: str, said: str) -> HttpResponse:
    """Do something with a project's webhook, and go back to its page with a sentence."""
    deed(project=_managed(request, slug), by=request.user)
    messages.success(request, said)
    return redirect("webhooks:webhook", slug)


def _managed(request: SignedInRequest, slug: str) -> Project:
    project = find_project(slug, request.user)
    check_can_manage(project, request.user)
    return project


def _page(
    request: SignedInRequest, project: Project, form: WebhookForm | None = None, *, secret: str = ""
) -> HttpResponse:
    webhook = Webhook.objects.filter(project=project).first()
    context = {
        "project": project,
        "webhook": webhook,
        "form": form or WebhookForm(initial={"url": webhook.url if webhook else ""}),
        "secret": secret,
        "deliveries": list(webhook.deliveries.order_by("-id")[:ROWS]) if webhook else [],
        "events": [event for event in Event if event != Event.TEST],
    }
    return render(request, "webhooks/webhook.html", context, status=422 if form else 200)
