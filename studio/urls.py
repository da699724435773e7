"""The rooms' addresses."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from studio.kit.ids import IdConverter

register_converter(IdConverter, "id")

urlpatterns: list[URLPattern | URLResolver] = [
    # First: Django keeps all that it tried before a match for as long as the request lives, 11 kB of each open stream.
    path("live/", include("studio.live.urls")),
    path("", include("studio.projects.urls")),
    path("", include("studio.people.urls")),
    path("accounts/", include("studio.people.account_urls")),
    path("accounts/company/", include("studio.company.urls")),
    path("", include("studio.invitations.urls")),
    path("", include("studio.generation.urls")),
    path("", include("studio.gallery.urls")),
    path("", include("studio.sharing.urls")),
    path("", include("studio.notifying.urls")),
    path("", include("studio.webhooks.urls")),
    path("admin/", include("studio.administration.urls")),
    path("account/", include("studio.account.urls")),
    path("usage/", include("studio.administration.own_urls")),
    path("", include("studio.operations.urls")),
]
