"""A retry's batch is known by its press, which is made from what it retries: so that happens once, and is found again."""

from uuid import NAMESPACE_OID, UUID, uuid5

from studio.generation.models import Batch, Generation

_RETRY_VERSION = 5
# A retry soon follows its failure: among so many before it, it is looked for.
_LOOKED_AT = 500


def press_of_retry(generation_id: int) -> UUID:
    """Return the press with which a generation is retried, by whomever."""
    return uuid5(NAMESPACE_OID, f"studio.generation.retry:{generation_id}")


def retried_generation(batch: Batch) -> Generation | None:
    """Return the generation that this batch retries; None where it is no retry, or one of long ago."""
    # The press of a form is random, which is version 4.
    if batch.press is None or batch.press.version != _RETRY_VERSION:
        return None
    before = Generation.objects.filter(project_id=batch.project_id, batch_id__lt=batch.pk).order_by("-id")
    ids = before.values_list("id", flat=True)[:_LOOKED_AT]
    found = next((each for each in ids if press_of_retry(each) == batch.press), None)
    return Generation.objects.filter(id=found).first() if found else None
