"""Addresses of what this room shows to everybody: their own usage."""

from django.urls import URLPattern, path

from studio.administration.views import usage

app_name = "usage"
urlpatterns: list[URLPattern] = [
    path("", usage.own_usage, name="own"),
    path("generations/", usage.own_list, name="list"),
    path("export.csv", usage.own_export, name="export"),
]
