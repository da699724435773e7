"""Icons in templates: those that are written out, and those whose name is known only when they are drawn."""

import pytest
from django.template import Context, Template
from django.template.exceptions import TemplateSyntaxError


def draw(tag: str, **values: object) -> str:
    return Template("{% load icons %}" + tag).render(Context(values))


def test_an_icon_has_its_size_and_attributes() -> None:
    svg = draw('{% icon "star" size=16 class="big" aria_hidden="true" %}')
    assert svg.startswith("<svg ")
    assert 'width="16"' in svg
    assert 'class="big"' in svg
    assert 'aria-hidden="true"' in svg


def test_what_is_known_only_later_is_drawn_later() -> None:
    tag = "{% icon mark size=size aria_hidden='true' %}"
    for name in ("star", "zap"):
        written_out = draw(f'{{% icon "{name}" size=13 aria_hidden="true" %}}')
        assert draw(tag, mark=name, size=13) == written_out


def test_a_filter_is_applied_when_it_is_drawn() -> None:
    assert draw('{% icon ""|default:mark size=9 %}', mark="zap") == draw('{% icon "zap" size=9 %}')


@pytest.mark.parametrize("tag", ["{% icon %}", '{% icon "star" 16 %}'])
def test_what_makes_no_icon_is_refused(tag: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="takes the name of an icon"):
        draw(tag)
