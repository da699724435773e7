"""Sharing images, and the links of a project: made, shown once, renewed, revoked."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from studio.gallery.selecting import MOST_DOWNLOADED, selected_ids
from studio.people.requests import HtmxRequest, SignedInRequest
from studio.projects.models import Project
from studio.projects.queries import counted_images, find_project
from studio.sharing import actions
from studio.sharing.actions import MadeLink
from studio.sharing.forms import ShareForm
from studio.sharing.policies import can_share, check_can_list_links, check_can_share
from studio.sharing.queries import find_link_of, links_of


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def choose(request: HtmxRequest, slug: str) -> HttpResponse:
    """Show the form of a new link to the images that are named as `image`; to the whole project without any."""
    project = find_project(slug, request.user)
    check_can_share(project, request.user)
    sent = request.POST if request.method == "POST" else request.GET
    # The selection posts its ids: without any, nothing was ticked. An address without any means the project.
    ids = selected_ids(sent, most=MOST_DOWNLOADED) if request.method == "POST" else _ids(sent)
    return _form_page(request, project, ids, ShareForm(initial={"title": project.name}))


@require_POST
@sensitive_post_parameters("password")
@vary_on_headers("HX-Request")
def make(request: HtmxRequest, slug: str) -> HttpResponse:
    """Make a link, and show its address: now, and never again."""
    project = find_project(slug, request.user)
    check_can_share(project, request.user)
    ids, form = _ids(request.POST), ShareForm(request.POST)
    if not form.is_valid():
        return _form_page(request, project, ids, form)
    made = actions.make_link(project=project, image_ids=ids, terms=form.terms(), by=request.user)
    return _made_page(request, project, made)


@require_safe
def links(request: SignedInRequest, slug: str) -> HttpResponse:
    """List the links that the person may take back."""
    project = find_project(slug, request.user)
    check_can_list_links(project, request.user)
    context = {
        "project": project,
        "links": links_of(project, request.user),
        "can_share": can_share(project, request.user),
    }
    return render(request, "sharing/links.html", context)


@require_POST
@vary_on_headers("HX-Request")
def renew(request: HtmxRequest, slug: str, link_id: int) -> HttpResponse:
    """Give a link a new address and show it; the old one ends."""
    project = find_project(slug, request.user)
    check_can_list_links(project, request.user)
    made = actions.renew_link(link=find_link_of(project, link_id, request.user), by=request.user)
    return _made_page(request, project, made)


@require_POST
def revoke(request: SignedInRequest, slug: str, link_id: int) -> HttpResponse:
    """End a link for good."""
    project = find_project(slug, request.user)
    check_can_list_links(project, request.user)
    actions.revoke_link(link=find_link_of(project, link_id, request.user), by=request.user)
    messages.success(request, "The link is revoked. Nobody sees anything with it any more.")
    return redirect("sharing:links", project.slug)


def _ids(sent: QueryDict) -> list[int]:
    return selected_ids(sent, most=MOST_DOWNLOADED) if "image" in sent else []


def _form_page(request: HtmxRequest, project: Project, ids: list[int], form: ShareForm) -> HttpResponse:
    what = counted_images(len(ids)) if ids else "what the gallery shows, also later"
    context = {"project": project, "form": form, "ids": ids, "what": what}
    template = "sharing/_form.html" if request.htmx else "sharing/form.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


def _made_page(request: HtmxRequest, project: Project, made: MadeLink) -> HttpResponse:
    url = request.build_absolute_uri(reverse("sharing:page", args=[made.token]))
    context = {"project": project, "link": made.link, "url": url}
    return render(request, "sharing/_made.html" if request.htmx else "sharing/made.html", context)
