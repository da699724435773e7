"""The form of a model before anybody has filled it, which is drawn once for all."""

from django.template.loader import render_to_string

from studio.catalog.drawing import Places
from studio.catalog.forms import InputForm, build_form
from studio.templatetags.catalog import form_fields
from tests.unit.catalog.data import spec

NANO = spec("nano-banana-2-edit")


def drawn(form: InputForm, sentence: str = "") -> str:
    return form_fields(form, sentence, bool(sentence))


def test_it_looks_as_if_it_were_drawn_anew() -> None:
    anew = render_to_string("catalog/_form_fields.html", {"form": build_form(NANO)})
    assert drawn(build_form(NANO)) == drawn(build_form(NANO)) == anew


def test_what_one_person_filled_in_is_in_nobody_elses_form() -> None:
    first = drawn(build_form(NANO))
    assert "An otter" in drawn(build_form(NANO, initial={"prompt": "An otter"}))
    assert "An otter" in drawn(build_form(NANO, data={"in-prompt": "An otter"}))
    filled = build_form(NANO)
    filled.initial["prompt"] = "An otter"
    assert "An otter" in drawn(filled)
    assert drawn(build_form(NANO)) == first


def test_how_many_were_asked_for_is_kept_where_one_press_may_make_several_calls() -> None:
    turbo = spec("z-image-turbo")
    assert turbo.max_calls > 1
    assert drawn(build_form(turbo, calls=3)) != drawn(build_form(turbo)) == drawn(build_form(turbo))


def test_a_sentence_is_shown_above_a_form_that_is_untouched() -> None:
    drawn(build_form(NANO))
    assert "It is gone." in drawn(build_form(NANO), "It is gone.")
    assert "It is gone." not in drawn(build_form(NANO))


def test_the_form_of_each_project_sends_its_images_there() -> None:
    for place in ("/p/spring/upload", "/p/autumn/upload"):
        form = build_form(NANO)
        form.places = Places(upload_url=place)
        assert f'data-url="{place}"' in drawn(form)
