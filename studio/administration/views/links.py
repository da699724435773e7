"""All share links of the team, and taking one back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest
from studio.sharing.actions import revoke_link
from studio.sharing.models import ShareLink
from studio.sharing.queries import all_links, open_links

ROWS = 100


@require_safe
def links(request: SignedInRequest) -> HttpResponse:
    """List every link, the newest first; `page` counts from 1."""
    check_can_manage_people(request.user)
    page = Paginator(all_links(), ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "links": page.object_list,
        "open_count": open_links(ShareLink.objects.all()).count(),
    }
    return render(request, "administration/links.html", context)


@require_POST
def revoke(request: SignedInRequest, link_id: int) -> HttpResponse:
    """End a link for good. That takes rights from nobody who has an account, so it asks for no password."""
    check_can_manage_people(request.user)
    link = get_object_or_404(ShareLink.objects.select_related("project"), pk=link_id)
    revoke_link(link=link, by=request.user)
    messages.success(request, "The link is revoked. Nobody sees anything with it any more.")
    return redirect("administration:links")
