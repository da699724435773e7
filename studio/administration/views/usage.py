"""What was spent and made: of the whole team for admins, of one's own for everybody; the generations behind, and CSV."""

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from studio.administration.reauthentication import recently_signed_in
from studio.administration.usage.asked import read_asked
from studio.administration.usage.listing import (
    COLUMNS,
    Sought,
    export_generations,
    find_sends,
    page_of,
    read_sought,
)
from studio.administration.usage.names import Models
from studio.administration.usage.page import build_page, list_title
from studio.kit.csv_answer import answer_with_csv
from studio.kit.pace import FOR_LONG_ANSWERS, check_pace
from studio.kit.parameters import read_id
from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """Lead to the first page for admins."""
    check_can_manage_people(request.user)
    return redirect("administration:usage")


@require_safe
def usage(request: SignedInRequest) -> HttpResponse:
    """Show the team's usage in the period and with the filters of the address."""
    check_can_manage_people(request.user)
    page = build_page(read_asked(request.GET.dict()), reverse("administration:usage_list"), is_own=False)
    return render(request, "administration/usage.html", {"page": page})


@require_safe
def usage_list(request: SignedInRequest) -> HttpResponse:
    """List the generations behind a figure."""
    check_can_manage_people(request.user)
    return _list(request, read_sought(request.GET.dict()), "administration/usage_list.html", is_own=False)


@require_POST
@recently_signed_in
def usage_export(request: SignedInRequest) -> StreamingHttpResponse:
    """Answer with the generations behind a figure as CSV."""
    check_pace("download", request.user.pk, share=FOR_LONG_ANSWERS)
    check_can_manage_people(request.user)
    pieces = export_generations(sought=read_sought(request.GET.dict()), by=request.user)
    return answer_with_csv(COLUMNS, pieces, name=f"usage-{timezone.localdate().isoformat()}.csv")


@require_safe
def own_usage(request: SignedInRequest) -> HttpResponse:
    """Show what the reader has spent and made."""
    asked = read_asked(request.GET.dict(), own_id=request.user.pk)
    page = build_page(asked, reverse("usage:list"), is_own=True)
    return render(request, "administration/own_usage.html", {"page": page})


@require_safe
def own_list(request: SignedInRequest) -> HttpResponse:
    """List the reader's generations behind a figure."""
    sought = read_sought(request.GET.dict(), own_id=request.user.pk)
    return _list(request, sought, "administration/own_usage_list.html", is_own=True)


@require_POST
def own_export(request: SignedInRequest) -> StreamingHttpResponse:
    """Answer with the reader's generations behind a figure as CSV."""
    check_pace("download", request.user.pk, share=FOR_LONG_ANSWERS)
    sought = read_sought(request.GET.dict(), own_id=request.user.pk)
    pieces = export_generations(sought=sought, by=request.user)
    return answer_with_csv(COLUMNS, pieces, name=f"my-usage-{timezone.localdate().isoformat()}.csv")


def _list(request: SignedInRequest, sought: Sought, template: str, *, is_own: bool) -> HttpResponse:
    models = Models()
    found = find_sends(sought, models)
    rows, cursor = page_of(found, models, request.user, before=read_id(request.GET.get("before")))
    context = {
        "sought": sought,
        "title": list_title(sought, models, is_own=is_own),
        "rows": rows,
        "next_query": sought.query({"before": cursor}) if cursor else "",
        "is_own": is_own,
    }
    return render(request, template, context)
