"""All addresses: sign-in by allauth, everything else by the rooms."""

from django.urls import include, path

from project.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("accounts/", include("studio.people.account_urls")),
    path("", include("studio.urls")),
]
