"""Addresses of this room."""

from django.urls import path

from studio.live import views

app_name = "live"
urlpatterns = [
    path("stream", views.stream, name="stream"),
    path("changes", views.changes, name="changes"),
]
