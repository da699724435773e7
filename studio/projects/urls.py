"""Addresses of this room."""

from django.urls import URLPattern, path

from studio.projects import views

app_name = "projects"
urlpatterns: list[URLPattern] = [
    path("", views.project_list, name="list"),
    path("projects/new/", views.create, name="create"),
    path("p/<slug:slug>/settings/", views.settings, name="settings"),
    path("p/<slug:slug>/archive/", views.archive, name="archive"),
    path("p/<slug:slug>/restore/", views.restore, name="restore"),
    path("p/<slug:slug>/members/", views.members, name="members"),
    path("p/<slug:slug>/members/<id:membership_id>/role/", views.change_role, name="change_role"),
    path("p/<slug:slug>/members/<id:membership_id>/remove/", views.remove_member, name="remove_member"),
    path("p/<slug:slug>/leave/", views.leave, name="leave"),
]
