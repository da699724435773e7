"""Addresses of this room; what admins do with invitations is in the administration."""

from django.urls import URLPattern, path

from studio.invitations import views

app_name = "invitations"
urlpatterns: list[URLPattern] = [
    path("p/<slug:slug>/invite/", views.invite, name="invite"),
    path("p/<slug:slug>/invitations/<id:invitation_id>/withdraw/", views.withdraw, name="withdraw"),
    path("join/<str:token>/", views.join, name="join"),
]
