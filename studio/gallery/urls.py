"""Addresses of this room."""

from django.urls import path

from studio.gallery.views import deeds, files, gallery, image, selection, trash

app_name = "gallery"
urlpatterns = [
    path("p/<slug:slug>/gallery/", gallery.project, name="project"),
    path("p/<slug:slug>/gallery/news", gallery.news, name="news"),
    path("p/<slug:slug>/gallery/count", gallery.count, name="count"),
    path("p/<slug:slug>/gallery/download", selection.download, name="download"),
    path("p/<slug:slug>/gallery/star", selection.star_selected, name="star_selected"),
    path("p/<slug:slug>/gallery/delete", selection.trash_selected, name="trash_selected"),
    path("p/<slug:slug>/gallery/restore", selection.restore_selected, name="restore_selected"),
    path("p/<slug:slug>/trash/", trash.trash_page, name="trash_page"),
    path("p/<slug:slug>/trash/restore-all", trash.restore_all, name="restore_all"),
    path("p/<slug:slug>/trash/delete", trash.purge_selected, name="purge_selected"),
    path("p/<slug:slug>/trash/empty", trash.empty, name="empty_trash"),
    path("p/<slug:slug>/images/<id:image_id>/", image.image, name="image"),
    path("p/<slug:slug>/images/<id:image_id>/star", deeds.star, name="star"),
    path("p/<slug:slug>/images/<id:image_id>/trash", deeds.trash, name="trash"),
    path("p/<slug:slug>/images/<id:image_id>/restore", deeds.restore, name="restore"),
    path("p/<slug:slug>/images/<id:image_id>/file/", files.file, name="file"),
    path("p/<slug:slug>/images/<id:image_id>/thumb/<id:width>.webp", files.thumb, name="thumb"),
    path("p/<slug:slug>/uploads/<id:upload_id>/file/", files.upload_file, name="upload_file"),
    path("p/<slug:slug>/uploads/<id:upload_id>/thumb.webp", files.upload_thumb, name="upload_thumb"),
]
