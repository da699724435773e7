"""Addresses of this room; without a provider, each of them is a 404."""

from django.urls import URLPattern, path

from studio.company import views

app_name = "company"
urlpatterns: list[URLPattern] = [
    path("", views.sign_in, name="sign_in"),
    path("confirm/", views.confirm, name="confirm"),
    path("callback/", views.callback, name="callback"),
]
