"""gpt-image-2's sizes and others: what is allowed, and what is suggested instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.catalog.overlays import overlay_for
from studio.catalog.schema import normalise
from studio.catalog.sizes import SizeRule, nearest_size, size_fault
from studio.catalog.spec import Spec
from studio.catalog.validation import find_errors
from tests.unit.catalog.data import read

RULE = SizeRule(16, 480, 3840, 3, 655_360, 8_294_400)


def gpt_image_2(suffix: str = "") -> Spec:
    slug = f"gpt-image-2{suffix}"
    return normalise(read(f"mountsea-hub.{slug}")["input_schema"], overlay=overlay_for("mountsea", slug))


def errors(width: int, height: int) -> dict[str, str]:
    size = {"width": width, "height": height}
    return find_errors(gpt_image_2(), {"prompt": "a lake", "image_size": size})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "size", ["480x1376", "816x816", "800x832", "1024x640", "2880x2880", "3840x1280", "3840x2160"]
)
def test_a_good_size_may_be_sent(size: str) -> None:
    width, height = map(int, size.split("x"))
    assert errors(width, height) == {}
    assert nearest_size(RULE, width, height) == (width, height)


@pytest.mark.parametrize(
    ("size", "fault", "nearest"),
    [
        ("464x1392", "has 645,888 pixels", "480 × 1392"),
        ("480x1360", "has 652,800 pixels", "480 × 1376"),
        ("800x816", "has 652,800 pixels", "800 × 832"),
        ("1008x640", "has 645,120 pixels", "1024 × 640"),
        ("2896x2896", "has 8,386,816 pixels", "2880 × 2880"),
        ("3840x1264", "at most 3 times", "3840 × 1280"),
        ("3840x2176", "has 8,355,840 pixels", "3840 × 2160"),
        ("1000x1024", "multiples of 16", "1008 × 1024"),
    ],
)
def test_a_bad_size_gets_a_sentence_and_the_nearest_allowed_one(size: str, fault: str, nearest: str) -> None:
    width, height = map(int, size.split("x"))
    (sentence,) = errors(width, height).values()
    assert fault in sentence
    assert sentence.endswith(f"The nearest allowed size is {nearest}.")


def test_the_edit_model_has_the_same_rules_and_presets_are_not_measured() -> None:
    size = {"width": 1000, "height": 1024}
    found = find_errors(
        gpt_image_2("-edit"),
        {"prompt": "a lake", "image_urls": ["https://example.com/a.png"], "image_size": size},  # type: ignore[dict-item]
    )
    assert found.keys() == {"image_size"}
    assert find_errors(gpt_image_2(), {"prompt": "a lake", "image_size": "square"}) == {}


def test_a_size_in_one_text_is_measured_too() -> None:
    spec = normalise(read("modelstream.z-image-turbo")["input_schema"])
    assert find_errors(spec, {"prompt": "a lake", "size": "1024*1536"}) == {}
    found = find_errors(spec, {"prompt": "a lake", "size": "400*400"})
    assert found["size"].endswith("The nearest allowed size is 512 × 512.")
    assert find_errors(spec, {"prompt": "a lake", "size": "wide"}).keys() == {"size"}


@given(st.integers(-5, 10_000), st.integers(-5, 10_000))
def test_what_is_suggested_is_allowed(width: int, height: int) -> None:
    nearest = nearest_size(RULE, width, height)
    assert nearest is not None
    assert size_fault(RULE, *nearest) == ""


@pytest.mark.parametrize(
    "rule", [SizeRule(min_edge=1, max_edge=40, min_pixels=101, max_pixels=999, max_ratio=2.5)]
)
@given(st.integers(1, 60), st.integers(1, 60))
def test_what_is_suggested_is_allowed_to_the_pixel(rule: SizeRule, width: int, height: int) -> None:
    nearest = nearest_size(rule, width, height)
    assert nearest
    assert size_fault(rule, *nearest) == ""
