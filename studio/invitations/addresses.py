"""Reading a list of e-mail addresses: pasted from anywhere, or a column of a CSV file."""

import re
from email.utils import parseaddr

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from studio.kit.errors import Invalid

MOST = 200
_APART = re.compile(r"[\s,;]+")
# "Ada Lovelace <ada@example.com>", as mail programs copy it.
_NAMED = re.compile(r"[^,;\n<]*<([^<>\s]+)>")


def read_addresses(text: str) -> list[str]:
    """Return the addresses of a list in lower case, each once. Raises Invalid that names the first one that is none.

    Between them stand commas, semicolons, spaces or lines; names before an address in angle brackets are left out.
    A line of headings, in which nothing looks like an address, is skipped.
    """
    first, _, rest = text.partition("\n")
    listed = rest if "@" not in first and "@" in rest else text
    found: dict[str, None] = {}
    for word in _APART.split(_NAMED.sub(r" \1 ", listed.replace('"', " "))):
        if word:
            found[_checked(word)] = None
    if len(found) > MOST:
        raise Invalid(f"These are {len(found)} addresses; at most {MOST} can be invited at once.")
    return list(found)


def _checked(word: str) -> str:
    address = parseaddr(word)[1].lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Invalid(f"“{word[:100]}” is not an e-mail address. Nobody was invited yet.") from error
    return address
