"""The supervisor's own tasks: a sign of life from each cluster, and the work of the night."""

import logging
from datetime import timedelta

from django.conf import settings
from django.core.management import call_command
from django_q.models import Failure
from django_q.tasks import async_task

from studio.administration.listings import listing_providers, read_listing
from studio.gallery.actions import purge_trash
from studio.generation.leftovers import remove_leftovers
from studio.generation.moments import note_moment
from studio.generation.signs import ENGINE, beat_name, start_name
from studio.generation.uploads import remove_unused_uploads
from studio.generation.verifying import find_differences
from studio.kit import clock
from studio.live.actions import prune_changes
from studio.notifying.mail import send_due
from studio.notifying.missed import tell_of_missed_ends
from studio.webhooks.actions import forget_old

log = logging.getLogger(__name__)

KEEP_FAILURES = timedelta(days=30)


def ask_for_beat(cluster: str) -> None:
    """Put a question into a cluster's queue that it answers when it is alive."""
    async_task("studio.supervisor.tasks.beat", cluster, cluster=None if cluster == ENGINE else cluster)


def note_start(cluster: str) -> None:
    """Note that a cluster is being started: its first sign of life may take a while."""
    note_moment(start_name(cluster), clock.now())


def beat(cluster: str) -> None:
    """Leave a sign of life."""
    note_moment(beat_name(cluster), clock.now())


def tidy() -> None:
    """Delete what nobody needs: old news and trash, unused uploads, sessions, failed tasks, files without a row."""
    changes = prune_changes()
    images = purge_trash(older_than=timedelta(days=settings.TRASH_DAYS))
    uploads = remove_unused_uploads()
    files = remove_leftovers()
    deliveries = forget_old()
    call_command("clearsessions")
    failures, _ = Failure.objects.filter(stopped__lt=clock.now() - KEEP_FAILURES).delete()
    log.info(
        "supervisor.tidy.done changes=%s images=%s uploads=%s failures=%s files=%s deliveries=%s",
        *(changes, images, uploads, failures, files, deliveries),
    )


def tell() -> None:
    """Tell people of what the engine couldn't, and send the mails that are due."""
    tell_of_missed_ends()
    send_due()


def read_listings() -> None:
    """Read the providers' own lists of models. What they say otherwise waits for an admin."""
    for provider in listing_providers():
        read_listing(provider)


def prove_ledger() -> None:
    """Compare what is held and spent with the ledger. A difference fails the task, and is told in the log."""
    if differences := find_differences():
        log.error("supervisor.ledger.differs count=%s first=%s", len(differences), differences[0])
        raise RuntimeError(f"The ledger has {len(differences)} differences: see manage.py check_ledger.")
    log.info("supervisor.ledger.proven")
