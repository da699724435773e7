"""Who is told when a limit gets short."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from studio.administration.alerts import alert_rows
from studio.administration.reauthentication import recently_signed_in_to_save
from studio.kit.errors import Conflict
from studio.kit.parameters import read_id
from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest
from studio.spending.limiting import Rechosen, set_watchers
from studio.spending.models import Quota


@require_safe
def alerts(request: SignedInRequest) -> HttpResponse:
    """Show each limit that is set, and who hears of it at 50, 80 and 100 %; `limit` is the one to choose for."""
    check_can_manage_people(request.user)
    rows = alert_rows(read_id(request.GET.get("limit")))
    return render(request, "administration/alerts.html", {"rows": rows})


@require_POST
@recently_signed_in_to_save
def choose(request: SignedInRequest, quota_id: int) -> HttpResponse:
    """Have those of `person` told about a limit; with nobody chosen, the admins."""
    check_can_manage_people(request.user)
    quota = get_object_or_404(Quota, pk=quota_id)
    ids = [person_id for value in request.POST.getlist("person") if (person_id := read_id(value))]
    try:
        changed = set_watchers(quota=quota, person_ids=ids, by=request.user, seen=request.POST.get("seen"))
    except Rechosen as conflict:
        rows = alert_rows(quota.pk, chosen=ids, refusal=conflict.sentence)
        return render(request, "administration/alerts.html", {"rows": rows}, status=422)
    except Conflict as gone:
        messages.error(request, gone.sentence)
        return redirect("administration:alerts")
    messages.success(request, "They will be told." if changed else "Nothing was changed.")
    return redirect("administration:alerts")
