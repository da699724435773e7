"""The mark of the open page, and controls."""

from django import forms
from django.template import Context, Template
from django.test import RequestFactory

from studio.templatetags.shell import control


def test_a_link_is_marked_on_its_own_page_only() -> None:
    template = Template(
        '{% load shell %}{% current "account_login" %}|{% current "account_logout" "other" %}'
    )
    request = RequestFactory().get("/")
    request.resolver_match = type("Match", (), {"view_name": "account_logout"})()
    assert template.render(Context({"request": request})) == '| aria-current="page"'
    assert template.render(Context({})) == "|"


def test_a_control_wears_the_kit_and_keeps_its_own_class() -> None:
    class Form(forms.Form):
        name = forms.CharField(label="Name", widget=forms.TextInput({"class": "mono", "placeholder": "Name"}))
        agreed = forms.BooleanField()

    form = Form({})
    assert 'class="input mono lg"' in control(form["name"], "lg")
    assert "placeholder" not in control(form["name"])
    assert 'aria-describedby="id_name_error"' in control(form["name"])
    assert 'class="check"' in control(form["agreed"])
