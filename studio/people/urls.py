"""Addresses of this room; those of the sign-in are in `account_urls`."""

from django.urls import URLPattern, path

from studio.people import views

app_name = "people"
urlpatterns: list[URLPattern] = [
    path("welcome/<str:token>/", views.welcome, name="welcome"),
    path("people/pictures/<str:name>.webp", views.picture, name="picture"),
    path("confirm-email/<str:token>/", views.confirm_email, name="confirm_email"),
]
