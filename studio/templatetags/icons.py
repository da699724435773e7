"""Lucide's icons. The package builds each anew, which takes longer than all the rest of a small template."""

from functools import lru_cache

from django import template
from django.template import Context
from django.template.base import FilterExpression, Node, Parser, TextNode, Token, token_kwargs
from django.template.exceptions import TemplateSyntaxError
from lucide.templatetags.lucide import lucide

register = template.Library()

_drawn = lru_cache(maxsize=512)(lucide)


@register.tag
def icon(parser: Parser, token: Token) -> Node:
    """Draw an icon by its name at https://lucide.dev: `{% icon "star" size=16 aria_hidden="true" %}`.

    `size` is in pixels, the rest are attributes of the element. Where all is written out, as nearly everywhere, it is
    drawn with the template's compilation and is plain text from then on.
    """
    tag, *bits = token.split_contents()
    names, options = bits[:1], bits[1:]
    attributes = token_kwargs(options, parser)
    if not names or options:
        raise TemplateSyntaxError(f"{tag!r} takes the name of an icon, then attributes as name=value.")
    node = IconNode(parser.compile_filter(names[0]), attributes)
    return TextNode(node.render(Context())) if node.is_written_out else node


class IconNode(Node):
    """An icon whose name or attributes are known when it is drawn."""

    def __init__(self, name: FilterExpression, attributes: dict[str, FilterExpression]) -> None:
        self.name = name
        self.attributes = attributes

    @property
    def is_written_out(self) -> bool:
        return all(_is_written_out(value) for value in (self.name, *self.attributes.values()))

    def render(self, context: Context) -> str:
        attributes = {name: value.resolve(context) for name, value in self.attributes.items()}
        return _drawn(self.name.resolve(context), **attributes)


def _is_written_out(value: FilterExpression) -> bool:
    """Say whether it is text in quotes or a number, and no filter changes it."""
    return not value.filters and (not value.is_var or value.var.lookups is None)
