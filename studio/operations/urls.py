"""Addresses for machines that watch over Studio."""

from django.urls import path

from studio.operations import views

urlpatterns = [
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
]
