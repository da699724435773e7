"""Words to search by, and what is typed into the search box."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gallery.typed import Term, Token, read_typed
from studio.gallery.words import LONGEST_WORD, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Layered mountain ridges, at dusk!", ["layered", "mountain", "ridges", "at", "dusk"]),
        ("CAFÉ Émigré naïve", ["cafe", "emigre", "naive"]),
        ("İstanbul Straße ﬁne", ["istanbul", "strasse", "fine"]),
        ("close-up, don't; f/1.8", ["close", "up", "don", "t", "f", "1", "8"]),
        ("夜の山 in 4K", ["夜", "の", "山", "in", "4k"]),
        ("한국어 Ωμέγα Ёлка", ["한국어", "ωμεγα", "елка"]),
        ("snake_case ½", ["snake", "case", "1", "2"]),
        ("", []),
        ("\0 ' \" * () : ^ 🎨", []),
    ],
)
def test_words_are_bare(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text())
def test_words_hold_nothing_that_is_syntax_and_stay_what_they_are(text: str) -> None:
    words = words_of(text)
    for word in words:
        assert not set(word) & set(" \"'*():^&|!<>-\\\0")
        assert len(word) <= LONGEST_WORD
    assert words_of(" ".join(words)) == words


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("misty ridges", [Term(("misty",)), Term(("ridges",), is_prefix=True)]),
        ('"misty ridges"', [Term(("misty", "ridges"))]),
        ('ridges "misty hea', [Term(("ridges",)), Term(("misty", "hea"))]),
        ("“misty ridges”", [Term(("misty", "ridges"))]),
        ("-blurry ridges", [Term(("blurry",), is_excluded=True), Term(("ridges",), is_prefix=True)]),
        ('-"very blurry"', [Term(("very", "blurry"), is_excluded=True)]),
        ("ridges -blurry", [Term(("ridges",)), Term(("blurry",), is_excluded=True)]),
        ("close-up", [Term(("close", "up"), is_prefix=True)]),
        ("ridges!", [Term(("ridges",))]),
        ("a", [Term(("a",))]),
        ("夜山", [Term(("夜", "山"))]),
        ("* ( ) : -- '", []),
    ],
)
def test_what_is_typed_is_read_as_terms(text: str, terms: list[Term]) -> None:
    assert list(read_typed(text).terms) == terms


def test_filters_in_words_are_told_from_words() -> None:
    typed = read_typed('model:nano-banana ridges BY:"Ada Lovelace" is:starred http://x -by:ada')
    assert typed.tokens == (
        Token("model", "nano-banana", "model:nano-banana"),
        Token("by", "Ada Lovelace", 'BY:"Ada Lovelace"'),
        Token("is", "starred", "is:starred"),
    )
    assert typed.text == "ridges http://x -by:ada"
    assert Term(("by", "ada"), is_excluded=True) in typed.terms
    assert Term(("http", "x")) in typed.terms


@given(st.text(alphabet=st.sampled_from("ab -\":*()'\\&|!<>\0\n夜é"), max_size=60) | st.text())
def test_anything_can_be_typed(text: str) -> None:
    typed = read_typed(text)
    for term in typed.terms:
        assert term.words
        assert words_of(" ".join(term.words)) == list(term.words)
