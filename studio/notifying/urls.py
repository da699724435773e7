"""Addresses of this room."""

from django.urls import path

from studio.notifying import views

app_name = "notifying"
urlpatterns = [
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/bell", views.bell, name="bell"),
    path("notifications/read", views.read, name="read"),
]
