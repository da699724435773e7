"""What each act is called in one sentence. Names in braces are set in bold by `lines`.

`{actor}`, `{subject}`, `{project}`, `{person}` and `{count}` are read from the entry, anything else from its details.
A test compares this table with all verbs that the code records.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from studio.audit.kinds import Kind, kind_of


@dataclass(frozen=True, slots=True)
class Wording:
    """A verb's sentence and icon; `is_alarming` paints the icon red."""

    text: str
    icon: str = ""
    is_alarming: bool = False


SENTENCES: Mapping[str, Wording] = {
    "session.started": Wording("{actor} signed in"),
    "session.closed": Wording("{actor} signed out"),
    "session.ended": Wording("{actor} signed out elsewhere"),
    "session.failed": Wording("Failed sign-in for {subject}", "shield-alert", is_alarming=True),
    "session.blocked": Wording(
        "Too many attempts to sign in as {subject}: it has to wait", "shield-alert", is_alarming=True
    ),
    "factor.app_added": Wording("{actor} set up an authenticator app", "shield-check"),
    "factor.app_removed": Wording("{actor} turned their authenticator app off", "shield-off"),
    "factor.passkey_added": Wording("{actor} added a passkey", "key-round"),
    "factor.passkey_removed": Wording("{actor} removed a passkey", "key-round"),
    "factor.codes_made": Wording("{actor} made new recovery codes", "shield-check"),
    "factor.code_used": Wording("{actor} used a recovery code", "shield-check"),
    "factor.failed": Wording("Wrong code for {subject}", "shield-alert", is_alarming=True),
    "factor.reset": Wording(
        "{actor} took the second factors of {subject} away", "shield-off", is_alarming=True
    ),
    "factor.rule_changed": Wording("{actor} changed of whom two factors are asked", "shield-check"),
    "access.refused": Wording("{actor} was refused {route}", "shield-alert", is_alarming=True),
    "person.added": Wording("{actor} added {subject} to the team", "user-plus"),
    "person.link_made": Wording("{actor} made a sign-in link for {subject}", "link"),
    "person.password_set": Wording("{subject} set a password by link", "user-check"),
    "person.reset_asked": Wording("Somebody asked for a new password for {subject}", "shield-alert"),
    "person.password_changed": Wording("{subject} changed the password", "user-cog"),
    "person.email_asked": Wording("{subject} asked for another address"),
    "person.email_changed": Wording("{subject} confirmed another address", "user-cog"),
    "person.company_linked": Wording("{subject} was linked with the company’s sign-in", "building-2"),
    "person.company_unlinked": Wording("{actor} unlinked the company’s sign-in", "building-2"),
    "person.role_changed": Wording("{actor} changed the role of {subject} in the team", "user-cog"),
    "person.deactivated": Wording("{actor} deactivated {subject}", "user-x"),
    "person.reactivated": Wording("{actor} reactivated {subject}", "user-check"),
    "person.deleted": Wording("{actor} deleted what was personal of {subject}", "user-x", is_alarming=True),
    "invitation.sent": Wording("{actor} invited {subject}", "send"),
    "invitation.renewed": Wording("{actor} sent {subject} a new invitation", "send"),
    "invitation.revoked": Wording("{actor} withdrew the invitation of {subject}", "user-x"),
    "invitation.accepted": Wording("{actor} came in by invitation", "user-check"),
    "member.added": Wording("{actor} made {person} a member of {project}", "user-plus"),
    "member.role_changed": Wording("{actor} changed the role of {person} in {project}", "user-cog"),
    "member.removed": Wording("{actor} removed {person} from {project}", "user-minus"),
    "member.left": Wording("{actor} left {project}", "user-minus"),
    "project.created": Wording("{actor} created the project {subject}", "folder-plus"),
    "project.edited": Wording("{actor} changed the settings of {subject}"),
    "project.archived": Wording("{actor} archived {subject}", "archive"),
    "project.restored": Wording("{actor} restored {subject}", "archive-restore"),
    "key.added": Wording("{actor} added the key {subject}"),
    "key.stopped": Wording("{actor} stopped the key {subject}: {state}", is_alarming=True),
    "key.paused": Wording("{actor} paused the key {subject}"),
    "key.resumed": Wording("{actor} resumed the key {subject}"),
    "key.limits_changed": Wording("{actor} changed the limits of the key {subject}"),
    "key.rotated": Wording("{actor} rotated the key {subject}", "rotate-ccw-key"),
    "key.retired": Wording("{actor} retired the key {subject}"),
    "key.deleted": Wording("{actor} deleted the key {subject}", "trash-2"),
    "limit.set": Wording("{actor} changed the limits of {subject}", "gauge"),
    "limit.watchers_chosen": Wording("{actor} chose who is told about the limits of {subject}", "gauge"),
    "grant.given": Wording("{actor} granted {subject} more than the limit", "gauge"),
    "grant.revoked": Wording("{actor} revoked what {subject} had been granted", "gauge"),
    "request.made": Wording("{actor} asked for more than a limit in {project}", "gauge"),
    "request.approved": Wording("{actor} approved what {person} asked for in {project}", "gauge"),
    "request.declined": Wording("{actor} declined what {person} asked for in {project}", "gauge"),
    "request.withdrawn": Wording("{actor} took back a request for more in {project}", "gauge"),
    "request.sent": Wording("{actor} sent what a limit had stopped in {project}", "send"),
    "price.set": Wording("{actor} set prices of {subject}"),
    "price.withdrawn": Wording("{actor} withdrew a planned price of {subject}"),
    "generation.cancelled": Wording("{actor} cancelled {subject} in {project}", "circle-x"),
    "generation.checked_again": Wording("{actor} had {subject} checked again in {project}", "refresh-cw"),
    "generation.sent_again": Wording("{actor} sent {subject} again in {project}", "send"),
    "generation.discarded": Wording("{actor} discarded {subject} in {project}", "trash-2"),
    "generation.not_charged": Wording("{actor} marked {subject} in {project} as not charged", "circle-check"),
    "images.trashed": Wording("{actor} moved {count} to the trash in {project}", "trash-2"),
    "images.restored": Wording("{actor} restored {count} in {project}", "archive-restore"),
    "images.purged": Wording("{actor} deleted {count} for good in {project}", "trash-2"),
    "images.exported": Wording("{actor} downloaded {count} of {project}", "download"),
    "share.made": Wording("{actor} shared pictures of {project} by {subject}", "share-2"),
    "share.renewed": Wording("{actor} gave {subject} of {project} a new address", "share-2"),
    "share.revoked": Wording("{actor} revoked {subject} of {project}", "unlink"),
    "webhook.chosen": Wording("{actor} chose where events of {subject} are posted", "webhook"),
    "webhook.secret_renewed": Wording("{actor} gave the webhook of {subject} a new secret", "webhook"),
    "webhook.started": Wording("{actor} started the webhook of {subject} again", "webhook"),
    "webhook.stopped": Wording("The webhook of {subject} was given up", "webhook", is_alarming=True),
    "webhook.removed": Wording("{actor} removed the webhook of {subject}", "webhook"),
    "provider.set": Wording("{actor} changed the settings of {subject}"),
    "catalog.synced": Wording("{actor} took over the model list of {subject}", "boxes"),
    "catalog.accepted": Wording("{actor} took over what the provider says of {subject}", "boxes"),
    "catalog.left": Wording("{actor} left a model of {subject} as it is", "boxes"),
    "model.added": Wording("{actor} added the model {subject} by hand", "boxes"),
    "model.published": Wording("{actor} offered the model {subject}", "boxes"),
    "model.hidden": Wording("{actor} hid the model {subject}", "eye-off"),
    "model.shared": Wording("{actor} changed the projects that are offered {subject}", "boxes"),
    "model.revised": Wording("{actor} changed the form of {subject}", "sliders-horizontal"),
    "model.moved": Wording("{actor} moved {subject} in the model picker", "boxes"),
    "demo.seeded": Wording("{actor} filled the installation with an invented team", "boxes"),
    "usage.exported": Wording("{actor} exported figures of usage", "download"),
    "audit.exported": Wording("{actor} exported the audit log", "download"),
}

_ICONS = {
    Kind.SIGN_IN: "log-in",
    Kind.PEOPLE: "users",
    Kind.PROJECTS: "folder",
    Kind.KEYS: "key-round",
    Kind.MONEY: "wallet",
    Kind.IMAGES: "image",
    Kind.SETTINGS: "settings",
}


def wording_of(verb: str) -> Wording:
    """Return how a verb is told; one that this release doesn't know is told as it stands there."""
    known = SENTENCES.get(verb, Wording("{actor}: {verb} {subject}"))
    return Wording(known.text, known.icon or _ICONS[kind_of(verb)], known.is_alarming)


def verbs_saying(word: str) -> Iterator[str]:
    """Yield the verbs whose sentence has this word in it."""
    wanted = word.casefold()
    for verb, wording in SENTENCES.items():
        if wanted in wording.text.casefold().replace("{", "").replace("}", "") or wanted == verb:
            yield verb
