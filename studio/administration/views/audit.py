"""The audit log: read, narrowed down, and taken away as a table."""

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from studio.administration.audit_log.exporting import HEADS, export_entries
from studio.administration.audit_log.filters import PAGE_SIZE, Filters, entries_in
from studio.administration.audit_log.lines import days_of, lines_of
from studio.administration.reauthentication import recently_signed_in
from studio.audit.kinds import Kind
from studio.audit.models import AuditEntry
from studio.kit.csv_answer import answer_with_csv
from studio.kit.pace import FOR_LONG_ANSWERS, check_pace
from studio.kit.parameters import read_id
from studio.people.models import User
from studio.people.policies import check_can_manage_people
from studio.people.requests import HtmxRequest, SignedInRequest
from studio.projects.models import Project


@require_safe
@vary_on_headers("HX-Request")
def audit(request: HtmxRequest) -> HttpResponse:
    """Show the log, the newest first; with `before` (a line's number) what was written before it."""
    check_can_manage_people(request.user)
    filters, before = Filters.read(request.GET), read_id(request.GET.get("before"))
    entries = entries_in(filters)
    found = list((entries.filter(id__lt=before) if before else entries)[: PAGE_SIZE + 1])
    lines = lines_of(found[:PAGE_SIZE])
    # The lines go below those that are there, under the heading of the same day.
    above = AuditEntry.objects.filter(pk=before).first() if before and request.htmx else None
    context = {
        "filters": filters,
        "days": days_of(
            lines,
            today=timezone.localdate(),
            shown=timezone.localdate(above.at) if above else None,
        ),
        "before": before,
        "earlier": lines[-1].entry.pk if len(found) > PAGE_SIZE else None,
        "kinds": Kind.choices,
        "people": User.objects.order_by("name", "email", "id"),
        "projects": Project.objects.order_by("name", "id"),
    }
    return render(request, "administration/audit.html", context)


@require_POST
@recently_signed_in
def export(request: SignedInRequest) -> StreamingHttpResponse:
    """Answer with all that the filters of the address leave, as CSV."""
    check_pace("download", request.user.pk, share=FOR_LONG_ANSWERS)
    pieces = export_entries(filters=Filters.read(request.GET), by=request.user)
    return answer_with_csv(HEADS, pieces, name=f"audit-log-{timezone.localdate().isoformat()}.csv")
