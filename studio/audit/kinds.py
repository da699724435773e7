"""What kind of act a verb is, such as `key.rotated`: so the log can be read by kind."""

from django.db.models import TextChoices


class Kind(TextChoices):
    SIGN_IN = "sign-in", "Sign-in"
    PEOPLE = "people", "People"
    PROJECTS = "projects", "Projects"
    KEYS = "keys", "Keys"
    MONEY = "money", "Money"
    IMAGES = "images", "Images"
    SETTINGS = "settings", "Settings"


_KINDS = {
    "session": Kind.SIGN_IN,
    "access": Kind.SIGN_IN,
    "factor": Kind.SIGN_IN,
    "person": Kind.PEOPLE,
    "invitation": Kind.PEOPLE,
    "member": Kind.PEOPLE,
    "project": Kind.PROJECTS,
    "webhook": Kind.PROJECTS,
    "key": Kind.KEYS,
    "limit": Kind.MONEY,
    "price": Kind.MONEY,
    "grant": Kind.MONEY,
    "request": Kind.MONEY,
    "usage": Kind.MONEY,
    "hold": Kind.MONEY,
    "generation": Kind.IMAGES,
    "images": Kind.IMAGES,
    "upload": Kind.IMAGES,
    "share": Kind.IMAGES,
}


def kind_of(verb: str) -> Kind:
    """Return the kind of an act by the word before the dot; what belongs to no other is about settings."""
    return _KINDS.get(verb.partition(".")[0], Kind.SETTINGS)
