"""What is made: batches, generations and their images, and the presses that wait for more than a limit allows."""

from studio.generation.models.generation import (
    ENDED,
    PENDING,
    Batch,
    EarlierSend,
    Favourite,
    Generation,
    Image,
    NotedMoment,
    PumpLease,
    Shape,
    Status,
    TimelineEntry,
    Upload,
)
from studio.generation.models.tallies import EngineTally
from studio.generation.models.waiting import LimitRequest, RequestState

__all__ = [
    "ENDED",
    "PENDING",
    "Batch",
    "EarlierSend",
    "EngineTally",
    "Favourite",
    "Generation",
    "Image",
    "LimitRequest",
    "NotedMoment",
    "PumpLease",
    "RequestState",
    "Shape",
    "Status",
    "TimelineEntry",
    "Upload",
]
