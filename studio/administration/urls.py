"""Addresses of this room."""

from django.urls import URLPattern, path

from studio.administration import views

app_name = "administration"
urlpatterns: list[URLPattern] = [
    path("people/", views.people, name="people"),
    path("people/<id:person_id>/link/", views.make_link, name="person_link"),
    path("people/<id:person_id>/role/", views.change_role, name="person_role"),
    path("people/<id:person_id>/deactivate/", views.deactivate, name="person_deactivate"),
    path("people/<id:person_id>/reactivate/", views.reactivate, name="person_reactivate"),
]
