"""Money: the ledger of holds, limits and what is left of them, prices, and the figures of usage."""

from studio.spending.models.ledger import CLOSING, EntryKind, Hold, HoldState, LedgerEntry
from studio.spending.models.limits import Counter, Grant, Quota, QuotaAlert
from studio.spending.models.prices import Price
from studio.spending.models.usage import TallyKind, UsageHour, UsageTally

__all__ = [
    "CLOSING",
    "Counter",
    "EntryKind",
    "Grant",
    "Hold",
    "HoldState",
    "LedgerEntry",
    "Price",
    "Quota",
    "QuotaAlert",
    "TallyKind",
    "UsageHour",
    "UsageTally",
]
