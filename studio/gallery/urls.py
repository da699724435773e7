"""Addresses of this room."""

from django.urls import path

from studio.gallery import views

app_name = "gallery"
urlpatterns = [
    path("p/<slug:slug>/gallery/", views.project, name="project"),
    path("p/<slug:slug>/gallery/news", views.news, name="news"),
    path("p/<slug:slug>/images/<id:image_id>/", views.image, name="image"),
    path("p/<slug:slug>/images/<id:image_id>/file/", views.file, name="file"),
    path("p/<slug:slug>/images/<id:image_id>/thumb/<id:width>.webp", views.thumb, name="thumb"),
    path("p/<slug:slug>/uploads/<id:upload_id>/file/", views.upload_file, name="upload_file"),
]
