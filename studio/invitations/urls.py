"""Addresses of this room; those of the admins are in the administration."""

from django.urls import URLPattern, path

from studio.invitations import views

app_name = "invitations"
urlpatterns: list[URLPattern] = [
    path("join/<str:token>/", views.join, name="join"),
]
