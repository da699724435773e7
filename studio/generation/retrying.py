"""A retry's press is made from what it retries, so that two people who press at once queue one batch."""

from uuid import NAMESPACE_OID, UUID, uuid5


def press_of_retry(generation_id: int) -> UUID:
    """Return the press with which a generation is retried, by whomever."""
    return uuid5(NAMESPACE_OID, f"studio.generation.retry:{generation_id}")
