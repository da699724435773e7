"""What the images of each model cost, today and from a day on."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studio.administration.forms import PriceForm
from studio.administration.prices.factors import MOST_FACTORS, Choice, choose, factors_of
from studio.administration.prices.listing import history_of, offers
from studio.administration.prices.tables import WrongPrice, read_table, table_of
from studio.administration.reauthentication import recently_signed_in, recently_signed_in_to_save
from studio.catalog.models import ImageModel
from studio.catalog.queries import offered, spec_of
from studio.kit.parameters import read_id
from studio.people.policies import check_can_manage_people
from studio.people.requests import SignedInRequest
from studio.spending.models import Price
from studio.spending.pricing import Repriced, newest_price, set_price, withdraw_price
from studio.spending.queries import rates_on

FIELDS_CHANGED = (
    "Nothing was set: the model’s fields have changed meanwhile, so these are the prices in force. "
    "Type what shall be different once more."
)


@require_safe
def prices(request: SignedInRequest) -> HttpResponse:
    """Show the models with their prices, the first one opened."""
    check_can_manage_people(request.user)
    first = offered().first()
    if first is None:
        return render(request, "administration/prices.html", {"offers": [], "model": None})
    return _page(request, first, request.GET)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_signed_in_to_save
def model_prices(request: SignedInRequest, model_id: int) -> HttpResponse:
    """Show one model's prices, by the parameters that the address names; POST sets them from a day on."""
    check_can_manage_people(request.user)
    model = get_object_or_404(offered(), pk=model_id)
    if request.method != "POST":
        return _page(request, model, request.GET)
    form = PriceForm(request.POST)
    seen = read_id(request.POST.get("seen"))
    choice = choose(spec_of(model), request.POST.getlist("by"), request.POST.get("steps", ""), ())
    if choice.wrong_steps or choice.refusal or _is_another(choice, request.POST):
        return _page(request, model, request.POST, form=form, seen=seen)
    try:
        rates = read_table(choice, {name: str(value) for name, value in request.POST.items()})
    except WrongPrice as wrong:
        return _page(request, model, request.POST, form=form, wrong=wrong, seen=seen)
    if not form.is_valid():
        return _page(request, model, request.POST, form=form, seen=seen)
    try:
        set_price(model=model, rates=rates, by=request.user, seen=seen, **form.cleaned_data)
    except Repriced as conflict:
        return _page(request, model, request.POST, form=form, refusal=conflict.sentence)
    messages.success(request, f"The prices of {model.name} are set.")
    return redirect("administration:model_prices", model.pk)


@require_POST
@recently_signed_in
def withdraw(request: SignedInRequest, model_id: int, price_id: int) -> HttpResponse:
    """Take back a planned change."""
    check_can_manage_people(request.user)
    price = get_object_or_404(Price.objects.select_related("model"), pk=price_id, model=model_id)
    withdraw_price(price=price, by=request.user)
    messages.success(request, f"The change of {price.model.name}’s prices is cancelled.")
    return redirect("administration:model_prices", model_id)


def _is_another(choice: Choice, asked: QueryDict) -> bool:
    """Tell whether prices were typed for other steps or options: here they would be other prices."""
    return asked.get("fields", choice.mark) != choice.mark


def _page(
    request: SignedInRequest,
    model: ImageModel,
    asked: QueryDict,
    *,
    form: PriceForm | None = None,
    wrong: WrongPrice | None = None,
    seen: int | None = None,
    refusal: str = "",
) -> HttpResponse:
    """Render the page; a form that was refused keeps all that was typed, and what was `seen` before it was."""
    today = timezone.localdate()
    spec, rates = spec_of(model), rates_on(model.pk, today)
    steps = asked.get("steps", "")
    choice = choose(spec, asked.getlist("by"), steps, () if form else rates)
    if is_another := bool(form) and _is_another(choice, asked):
        refusal = FIELDS_CHANGED
    is_kept = form and not choice.wrong_steps and not is_another
    typed = {name: str(value) for name, value in asked.items()} if is_kept else None
    context = {
        "offers": offers(),
        "model": model,
        "table": None if choice.refusal else table_of(choice, rates, typed, wrong),
        "possible": factors_of(spec),
        "choice": choice,
        "typed_steps": steps,
        "most_factors": MOST_FACTORS,
        "changes": history_of(model),
        "form": form or PriceForm(initial={"valid_from": today}),
        "wrong": wrong,
        "seen": newest_price(model.pk) if seen is None else seen,
        "refusal": refusal,
        "today": today,
    }
    return render(request, "administration/prices.html", context, status=422 if form else 200)
