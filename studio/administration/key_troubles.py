"""What is wrong with the providers' keys, in words, for those who come for something else."""

from dataclasses import dataclass

from studio.administration.keys import State, state_of
from studio.generation.keyring import under_way_by_key, waiting_by_provider
from studio.keys.models import ApiKey
from studio.keys.queries import keys_to_mend
from studio.kit import clock


@dataclass(frozen=True, slots=True)
class KeyTrouble:
    """A key that somebody should look at, how it stands, and how many wait to be sent to its provider."""

    key: ApiKey
    state: State
    waiting: int


def key_troubles() -> list[KeyTrouble]:
    """Return the keys that are stopped, out of credit, refused, unreadable, or resting for long."""
    keys = keys_to_mend()
    if not keys:
        return []
    now, under_way, waiting = clock.now(), under_way_by_key(), waiting_by_provider()
    return [KeyTrouble(key, state_of(key, now, under_way[key.pk]), waiting[key.provider_id]) for key in keys]
