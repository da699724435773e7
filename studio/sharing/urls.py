"""Addresses of this room."""

from django.urls import path

from studio.sharing.views import guests, links

app_name = "sharing"
urlpatterns = [
    path("share/<str:token>/", guests.page, name="page"),
    path("share/<str:token>/unlock", guests.unlock_page, name="unlock"),
    path("share/<str:token>/all.zip", guests.download_all, name="download_all"),
    path("share/<str:token>/images/<id:image_id>/<id:width>.webp", guests.copy, name="copy"),
    path("share/<str:token>/images/<id:image_id>/download", guests.download, name="download"),
    path("p/<slug:slug>/share/", links.choose, name="choose"),
    path("p/<slug:slug>/share/make", links.make, name="make"),
    path("p/<slug:slug>/links/", links.links, name="links"),
    path("p/<slug:slug>/links/<id:link_id>/renew", links.renew, name="renew"),
    path("p/<slug:slug>/links/<id:link_id>/revoke", links.revoke, name="revoke"),
]
