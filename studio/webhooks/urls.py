"""Addresses of this room."""

from django.urls import path

from studio.webhooks import views

app_name = "webhooks"
urlpatterns = [
    path("p/<slug:slug>/webhook/", views.webhook, name="webhook"),
    path("p/<slug:slug>/webhook/secret", views.secret, name="secret"),
    path("p/<slug:slug>/webhook/test", views.test, name="test"),
    path("p/<slug:slug>/webhook/start", views.start, name="start"),
    path("p/<slug:slug>/webhook/remove", views.remove, name="remove"),
    path("p/<slug:slug>/webhook/deliveries/<id:delivery_id>/send", views.resend, name="resend"),
]
