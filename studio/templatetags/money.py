"""How templates write money."""

from django import template

from studio.kit import money

register = template.Library()
register.filter("dollars", money.dollars)
register.filter("rounded_dollars", money.rounded_dollars)
