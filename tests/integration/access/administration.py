"""Access to the pages for admins."""

from datetime import timedelta

from django.utils import timezone

from studio.catalog.actions import install_catalog
from studio.catalog.models import Proposal, Provider
from studio.catalog.proposing import propose_listing
from studio.catalog.queries import find_model
from studio.catalog.syncing import Listing
from studio.keys.actions import add_key, rotate_key
from studio.keys.models import ApiKey
from studio.sharing.actions import Terms, make_link
from studio.spending.granting import give_grant
from studio.spending.limiting import set_limit
from studio.spending.limits import Unit
from studio.spending.models import Quota
from studio.spending.periods import Period
from studio.spending.prices import Rate
from studio.spending.pricing import set_price
from studio.spending.scopes import TEAM
from tests.asking import make_request
from tests.cast import Cast
from tests.integration.access.table import Arguments, Row, admins, signed_in


def _somebody(cast: Cast) -> Arguments:
    return {"person_id": cast.viewer.pk}


def _somebody_deactivated(cast: Cast) -> Arguments:
    return {"person_id": cast.deactivated.pk}


def _a_model(cast: Cast) -> Arguments:
    install_catalog()
    return {"model_id": find_model("nano-banana-2", "mountsea").pk}


def _a_planned_price(cast: Cast) -> Arguments:
    there = _a_model(cast)
    model = find_model("nano-banana-2", "mountsea")
    tomorrow = timezone.localdate() + timedelta(days=1)
    price = set_price(model=model, rates=[Rate(1000)], valid_from=tomorrow, by=cast.admin)
    return {**there, "price_id": price.pk}


def _a_key(cast: Cast) -> Arguments:
    # Nobody listens on the discard port, so a test of it ends at once.
    at_discard = {"name": "Mountsea", "base_url": "http://127.0.0.1:9"}
    nowhere, _ = Provider.objects.update_or_create(slug="mountsea", defaults=at_discard)
    return {"key_id": add_key(provider=nowhere, label="Team", secret="ms-1234567890abcdef", by=cast.admin).pk}


def _a_retiring_key(cast: Cast) -> Arguments:
    given = {**_a_key(cast)}
    rotate_key(key=ApiKey.objects.get(pk=given["key_id"]), secret="ms-fedcba0987654321", by=cast.admin)
    return given


def _a_difference(cast: Cast) -> Arguments:
    _a_model(cast)
    provider = Provider.objects.get(slug="mountsea")
    propose_listing(provider=provider, listing=Listing((), {}))
    return {"proposal_id": provider.proposals.get(slug="nano-banana-2").pk}


def _as_shown(cast: Cast) -> Arguments:
    return {"digest": Proposal.objects.get(slug="nano-banana-2").digest}


def _a_deed(cast: Cast) -> Arguments:
    return {"deed": "discard"}


def _the_project(cast: Cast) -> Arguments:
    return {"project_id": cast.project.pk}


def _a_request(cast: Cast) -> Arguments:
    return {"request_id": make_request(cast).pk}


def _a_grant(cast: Cast) -> Arguments:
    today = timezone.localdate()
    grant = give_grant(
        scope=TEAM, period=Period.DAY, unit=Unit.IMAGES, amount=5, ends_on=today, by=cast.admin
    )
    return {"grant_id": grant.pk}


def _a_limit(cast: Cast) -> Arguments:
    set_limit(scope=TEAM, period=Period.DAY, max_images=5, max_micros=None, by=cast.admin)
    return {"quota_id": Quota.objects.latest("id").pk}


def _a_share_link(cast: Cast) -> Arguments:
    terms = Terms("Shortlist", 30)
    return {"link_id": make_link(project=cast.project, image_ids=[], terms=terms, by=cast.manager).link.pk}


ROWS = [
    Row("administration:links", admins(200)),
    Row("administration:link_revoke", admins(302), _a_share_link, "POST"),
    Row("administration:projects", admins(200)),
    Row("administration:project_archive", admins(302), _the_project, "POST"),
    Row("administration:project_restore", admins(302), _the_project, "POST"),
    Row("administration:jobs", admins(200)),
    Row("administration:job_act", admins(200), _a_deed),
    Row("administration:job_act", admins(302), _a_deed, "POST"),
    Row("administration:audit", admins(200)),
    Row("administration:audit_export", admins(200), method="POST"),
    Row("administration:keys", admins(200)),
    Row("administration:key_add", admins(200)),
    Row("administration:key_add", admins(422), method="POST"),
    Row("administration:keys_test", admins(302), method="POST"),
    Row("administration:key_test", admins(302), _a_key, "POST"),
    Row("administration:key_pause", admins(302), _a_key, "POST"),
    Row("administration:key_resume", admins(302), _a_key, "POST"),
    Row("administration:key_limits", admins(200), _a_key),
    Row("administration:key_limits", admins(422), _a_key, "POST"),
    Row("administration:key_rotate", admins(200), _a_key),
    Row("administration:key_rotate", admins(422), _a_key, "POST"),
    Row("administration:key_stop", admins(302), _a_retiring_key, "POST"),
    Row("administration:key_remove", admins(302), _a_key, "POST"),
    Row("administration:add_model", admins(200)),
    Row("administration:add_model", admins(422), method="POST"),
    Row("administration:overlay", admins(200), _a_model),
    Row("administration:overlay", admins(422), _a_model, "POST", lambda cast: {"hidden-0": "1"}),
    Row("administration:overlay_preview", admins(200), _a_model, "POST"),
    Row("administration:overlay_reset", admins(302), _a_model, "POST"),
    Row("administration:differences", admins(200)),
    Row("administration:sync", admins(302), method="POST"),
    Row("administration:differences_accept", admins(302), method="POST"),
    Row("administration:difference_accept", admins(302), _a_difference, "POST", _as_shown),
    Row("administration:difference_leave", admins(302), _a_difference, "POST", _as_shown),
    Row("administration:catalogue", admins(200)),
    Row("administration:catalogue_model", admins(200), _a_model),
    Row("administration:catalogue_publish", admins(302), _a_model, "POST"),
    Row("administration:catalogue_move", admins(302), _a_model, "POST", lambda cast: {"up": "1"}),
    Row("administration:catalogue_share", admins(422), _a_model, "POST", lambda cast: {"for": "some"}),
    Row("administration:home", admins(302)),
    Row("administration:go_on", admins(302)),
    Row("administration:usage", admins(200)),
    Row("administration:usage_list", admins(200)),
    Row("administration:usage_export", admins(200), method="POST"),
    Row("usage:own", signed_in(200)),
    Row("usage:list", signed_in(200)),
    Row("usage:export", signed_in(200), method="POST"),
    Row("administration:quotas", admins(200)),
    Row("administration:quotas", admins(422), method="POST", data=lambda cast: {"0-0-day-images": "many"}),
    Row("administration:alerts", admins(200)),
    Row("administration:alerts_choose", admins(302), _a_limit, "POST"),
    Row("administration:grants", admins(200)),
    Row("administration:grant_revoke", admins(302), _a_grant, "POST"),
    Row("administration:approve", admins(422), _a_request, "POST", lambda cast: {"amount": "many"}),
    Row("administration:decline", admins(302), _a_request, "POST"),
    Row("administration:prices", admins(200)),
    Row("administration:model_prices", admins(200), _a_model),
    Row("administration:model_prices", admins(422), _a_model, "POST", lambda cast: {"price-0-0": "dear"}),
    Row("administration:price_withdraw", admins(302), _a_planned_price, "POST"),
    Row("administration:settings", admins(200)),
    Row("administration:people", admins(200)),
    Row("administration:people", admins(422), method="POST", data=lambda cast: {"email": "nonsense"}),
    Row(
        "administration:two_factors", admins(302), method="POST", data=lambda cast: {"two_factors": "admins"}
    ),
    Row("administration:person_factors_reset", admins(302), _somebody, "POST"),
    Row("administration:person_link", admins(200), _somebody, "POST"),
    Row("administration:person_role", admins(302), _somebody, "POST", lambda cast: {"role": "member"}),
    Row("administration:person_deactivate", admins(200), _somebody),
    Row("administration:person_deactivate", admins(302), _somebody, "POST"),
    Row("administration:person_delete", admins(200), _somebody),
    Row("administration:person_delete", admins(302), _somebody_deactivated, "POST"),
    Row("administration:person_reactivate", admins(302), _somebody, "POST"),
]
