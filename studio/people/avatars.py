"""The avatar of a person or project: letters and a hue, the same ones everywhere and always, or a person's picture."""

from django.urls import reverse

from studio.people.models import User

# Far enough apart to tell neighbours in a list apart; lightness and chroma are fixed in the stylesheet.
HUES = (330, 200, 150, 60, 260, 20, 100)


def initials(name: str) -> str:
    """Return one or two capital letters that stand for a name."""
    words = [word for word in name.replace(".", " ").replace("_", " ").split() if word[0].isalnum()]
    letters = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in letters).upper() or "?"


def hue(number: int) -> int:
    """Return the hue, in degrees, that belongs to the id of a person or project."""
    return HUES[number % len(HUES)]


def portrait_url(person: User) -> str:
    """Return the address of a person's picture; empty where letters stand for them."""
    return reverse("people:picture", args=[person.picture]) if person.picture else ""
