"""Texts as words to search by: the same for both databases, for what is stored and for what is typed. Pure."""

import re
import unicodedata

# A prompt is far shorter, and a longer word is no word: neither may outgrow what a database takes.
MOST_WORDS = 4000
LONGEST_WORD = 60

# Scripts that put no spaces between words: each character is a word, and what is typed in one go a phrase.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Japanese, Chinese
)
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")


def words_of(text: str) -> list[str]:
    """Return the words of a text in order, without case, accents and punctuation: letters and digits only."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(character for character in folded if unicodedata.category(character) != "Mn")
    # Composed again: the accents are gone, but a Korean syllable is one character and not three.
    words = (match.group()[:LONGEST_WORD] for match in _WORD.finditer(unicodedata.normalize("NFC", bare)))
    return [word for word, _ in zip(words, range(MOST_WORDS), strict=False)]
