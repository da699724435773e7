"""All models of the app, gathered from the rooms so that Django finds them under one label."""

from studio.audit.models import AuditEntry
from studio.catalog.models import ImageModel, ModelSchema, Provider
from studio.generation.models import (
    Batch,
    EngineTally,
    Favourite,
    Generation,
    Image,
    LimitRequest,
    NotedMoment,
    PumpLease,
    TimelineEntry,
    Upload,
)
from studio.invitations.models import Invitation, InvitedProject
from studio.keys.models import ApiKey, Outage
from studio.live.models import Change
from studio.notifying.models import Notification
from studio.people.models import EmailChange, PasswordLink, Portrait, SignInRule, User
from studio.projects.models import Membership, Project
from studio.sharing.models import SharedImage, ShareLink
from studio.spending.models import (
    Counter,
    Grant,
    Hold,
    LedgerEntry,
    Price,
    Quota,
    QuotaAlert,
    UsageHour,
    UsageTally,
)
from studio.webhooks.models import Delivery, Webhook

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Batch",
    "Change",
    "Counter",
    "Delivery",
    "EmailChange",
    "EngineTally",
    "Favourite",
    "Generation",
    "Grant",
    "Hold",
    "Image",
    "ImageModel",
    "Invitation",
    "InvitedProject",
    "LedgerEntry",
    "LimitRequest",
    "Membership",
    "ModelSchema",
    "NotedMoment",
    "Notification",
    "Outage",
    "PasswordLink",
    "Portrait",
    "Price",
    "Project",
    "Provider",
    "PumpLease",
    "Quota",
    "QuotaAlert",
    "ShareLink",
    "SharedImage",
    "SignInRule",
    "TimelineEntry",
    "Upload",
    "UsageHour",
    "UsageTally",
    "User",
    "Webhook",
]
