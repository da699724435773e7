"""What the shell's templates need and Django's own tags don't have."""

from django import template
from django.forms import BoundField, CheckboxInput, RadioSelect
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from studio.people.avatars import hue, initials
from studio.people.requests import SignedInRequest
from studio.projects.models import Project
from studio.projects.policies import can_manage
from studio.sharing.policies import can_share

register = template.Library()

register.filter(initials)
register.filter(hue)


@register.filter
def thousands(number: int) -> str:
    """Write a whole number with its thousands set apart: 23,123."""
    return f"{number:,}"


@register.simple_tag(takes_context=True)
def current(context: template.Context, *view_names: str) -> SafeString:
    """Mark a link as the page that is open: `{% current "gallery:list" "gallery:more" %}`."""
    request: HttpRequest | None = context.get("request")
    match = request.resolver_match if request else None
    if match and match.view_name in view_names:
        return mark_safe(' aria-current="page"')
    return mark_safe("")


@register.simple_tag(takes_context=True)
def manages(context: template.Context, project: Project) -> bool:
    """Say whether the reader manages this project. The tabs ask several times on a page, the database once."""
    request: SignedInRequest = context["request"]
    answers: dict[str, bool] = vars(request)
    if "_manages" not in answers:
        answers["_manages"] = can_manage(project, request.user)
    return answers["_manages"]


@register.simple_tag(takes_context=True)
def shares(context: template.Context, project: Project) -> bool:
    """Say whether the reader may share pictures of this project."""
    request: SignedInRequest = context["request"]
    return can_share(project, request.user)


@register.filter
def control(field: BoundField, extra: str = "") -> SafeString:
    """Render a field's control in the kit's clothes; errors and help are tied to it by Django."""
    widget = field.field.widget
    kind = "check" if isinstance(widget, CheckboxInput | RadioSelect) else "input"
    classes = " ".join(f"{kind} {widget.attrs.get('class', '')} {extra}".split())
    attrs: dict[str, str | bool] = {"class": classes}
    if widget.attrs.get("placeholder") == field.label:
        # allauth repeats the label as a placeholder; False leaves the attribute out.
        attrs["placeholder"] = False
    return field.as_widget(attrs=attrs)
