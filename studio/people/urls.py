"""Addresses of this room; those of the sign-in are in `account_urls`."""

from django.urls import URLPattern, path

from studio.people import views

app_name = "people"
urlpatterns: list[URLPattern] = [
    path("welcome/<str:token>/", views.welcome, name="welcome"),
]
