"""Addresses of this room."""

from django.urls import path

from studio.notifying import views

app_name = "notifying"
urlpatterns = [
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/bell", views.bell, name="bell"),
    path("notifications/latest", views.latest, name="latest"),
    path("notifications/read", views.read, name="read"),
    path("notifications/<id:notification_id>/read", views.read_one, name="read_one"),
]
