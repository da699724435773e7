import pytest

from tests.bench.rules import assert_clean_markup


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ("<button onclick='go()'>Go</button>", "an inline handler onclick on <button>"),
        ("<div hx-on:click='go()'></div>", "an inline handler"),
        ("<script>go()</script>", "an inline script"),
        ("<style>p{}</style>", "a <style> element"),
        ("<p style='color:red'>", "a style attribute"),
        ("<p style='--v:1;color:red'>", "a style attribute"),
        ("<a href=' JavaScript:go()'>", "a script address in href of <a>"),
        ("<p id=a></p><p id=a></p>", "the id a stands there 2 times"),
    ],
)
def test_what_the_policy_would_block_is_refused(html: str, problem: str) -> None:
    with pytest.raises(AssertionError, match=problem):
        assert_clean_markup(html)


def test_data_and_linked_scripts_pass() -> None:
    assert_clean_markup(
        '<script src="/a.js"></script><script type="application/json">{}</script><p style="--v:1; --w:2">'
    )
