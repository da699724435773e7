"""All addresses: sign-in by allauth, everything else by the rooms."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("", include("studio.urls")),
]
