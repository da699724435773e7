"""All addresses: the health check, and those of the rooms."""

from django.urls import include, path

from project.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("studio.urls")),
]
