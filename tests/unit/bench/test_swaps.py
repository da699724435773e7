from typing import Any

import pytest
from django.http import HttpResponse

from tests.bench.markup import parse
from tests.bench.swaps import apply_answer, as_lines

PAGE = """<body><ul id="list" hx-target="closest ul">
<li id="one">One</li><li id="two"><a id="go">Go</a></li></ul>
<p id="count">2</p><toast-region></toast-region></body>"""


def after(answer: str, *, swap: str = "innerHTML", by: str = "#go", status: int = 200, **headers: str) -> Any:
    page = parse(PAGE.replace('hx-target="closest ul"', f'hx-target="closest ul" hx-swap="{swap}"'))
    apply_answer(page, HttpResponse(answer, status=status, headers=headers), by=by)
    return page


@pytest.mark.parametrize(
    ("swap", "text"),
    [
        ("innerHTML", "new 2"),
        ("outerHTML", "new 2"),
        ("beforeend", "One Go new 2"),
        ("afterbegin", "new One Go 2"),
        ("afterend", "One Go new 2"),
        ("beforebegin", "new One Go 2"),
        ("delete", "2"),
        ("none", "One Go 2"),
    ],
)
def test_styles_of_swapping(swap: str, text: str) -> None:
    assert after("<b>new</b>", swap=swap).text() == text


def test_parts_out_of_band_find_their_own_place() -> None:
    answer = (
        '<li>x</li><p id="count" hx-swap-oob="true">1</p><div hx-swap-oob="beforeend:toast-region">Done</div>'
    )
    page = after(answer)
    assert page.find("#list").text() == "x"
    assert page.find("#count").text() == "1"
    assert page.find("toast-region").text() == "Done"


def test_headers_move_the_answer() -> None:
    page = after("<p id=count>3</p>", **{"HX-Retarget": "#count", "HX-Reswap": "outerHTML"})
    assert page.text() == "One Go 3"


@pytest.mark.parametrize("status", [204, 403, 500])
def test_refusals_change_nothing(status: int) -> None:
    assert after("x", status=status).text() == "One Go 2"


def test_form_errors_are_swapped() -> None:
    assert after("wrong", status=422).text() == "wrong 2"


def test_tokens_and_spaces_make_no_difference() -> None:
    token = '<p> <input name="csrfmiddlewaretoken" value="{}"></p>'
    assert as_lines(parse(token.format("a"))) == as_lines(
        parse(token.format("b").replace(" <input", "\n<input"))
    )
