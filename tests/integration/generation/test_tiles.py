"""A tile that is filled in is, to the letter, the tile that its template gives."""

from itertools import product

import pytest
from django.template import Context, Engine
from django.template.loader import render_to_string
from django.utils.html import escape

from studio.generation.models import Generation, Image
from studio.generation.presenters import Card, Tile
from studio.projects.models import Project
from studio.templatetags.tiles import TEMPLATE

FILLED = Engine.get_default().from_string("{% load tiles %}{% image_tile tile card project %}")
ALTS = ["A quiet fjord, variation 2", "<b>“bold”</b> & 'quoted' {{ 7 }}", "910000000000000001", ""]


@pytest.mark.parametrize(("is_starred", "can_delete", "can_edit"), list(product((True, False), repeat=3)))
@pytest.mark.parametrize("alt", ALTS)
def test_both_ways_give_the_same(is_starred: bool, can_delete: bool, can_edit: bool, alt: str) -> None:
    project = Project(pk=3, slug="spring")
    generation = Generation(pk=41)
    for number, (width, height) in enumerate([(1024, 1024), (3840, 1280), (7, 2001)], 1):
        image = Image(pk=1_234_567 + number, position=number - 1, width=width, height=height)
        tile = Tile(number, f"{width}/{height}", alt, image, is_starred=is_starred, can_delete=can_delete)
        card = Card(generation, "done", [tile], can_edit=can_edit)
        context = {"tile": tile, "card": card, "project": project, "csrf_token": 'a"b<c'}
        filled = FILLED.render(Context(context))
        assert filled == render_to_string(TEMPLATE, context)
        assert f'alt="{escape(alt)}"' in filled
