"""Reading what a person typed into the search box. Anything is a valid search. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from studio.gallery.words import words_of

LONGEST_TEXT = 200
MOST_TERMS = 12
# Of a shorter beginning there are too many words to be of use.
SHORTEST_PREFIX = 2
KEYS = ("model", "by", "is", "shape", "after", "before")

_QUOTES = str.maketrans("“”„«»", '"""""')
_CHUNK = re.compile(
    rf'(?P<minus>-?)(?:(?P<key>{"|".join(KEYS)}):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>\S+))', re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow each other in a prompt, or must not be there; the last may be the beginning of a word."""

    words: tuple[str, ...]
    is_excluded: bool = False
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A filter in words, such as `by:ada`. `raw` is how it was typed."""

    key: str
    value: str
    raw: str


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: words to search for, filters in words, and the text without the latter."""

    terms: tuple[Term, ...] = ()
    tokens: tuple[Token, ...] = ()
    text: str = ""


def tidy(text: str) -> str:
    """Return a text as it is kept in the address: on one line, with plain quotes, not endless."""
    return " ".join(text.replace("\0", " ").translate(_QUOTES).split())[:LONGEST_TEXT].strip()


def read_typed(text: str) -> Typed:
    """Read words, "phrases", -exclusions and key:value filters. The last plain word matches as a beginning."""
    terms: list[Term] = []
    tokens: list[Token] = []
    kept: list[str] = []
    chunks = list(_CHUNK.finditer(tidy(text)))
    for chunk in chunks:
        key = (chunk["key"] or "").lower()
        if key and not chunk["minus"]:
            value = chunk["plain"] if chunk["quoted"] is None else chunk["quoted"]
            tokens.append(Token(key, value.strip(), chunk.group()))
            continue
        kept.append(chunk.group())
        terms.extend(_terms(chunk, is_last=chunk is chunks[-1]))
    return Typed(tuple(terms[:MOST_TERMS]), tuple(tokens), " ".join(kept))


def _terms(chunk: re.Match[str], *, is_last: bool) -> Iterator[Term]:
    """Give the words of a chunk as one term: close-up is close followed by up."""
    text = chunk.group().removeprefix("-") if chunk["minus"] else chunk.group()
    words = tuple(words_of(text))
    if not words:
        return
    is_open = chunk["quoted"] is None and not chunk["minus"] and text[-1].isalnum()
    yield Term(
        words,
        is_excluded=bool(chunk["minus"]),
        is_prefix=is_last and is_open and len(words[-1]) >= SHORTEST_PREFIX,
    )
