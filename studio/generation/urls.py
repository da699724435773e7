"""Addresses of this room."""

from django.urls import path

from studio.generation.views import asking, cards, detail, models, studio, uploads

app_name = "generation"
urlpatterns = [
    path("p/<slug:slug>/", studio.studio, name="studio"),
    path("p/<slug:slug>/form", studio.form, name="form"),
    path("p/<slug:slug>/usual-time", studio.usual_time, name="usual_time"),
    path("p/<slug:slug>/models", models.models, name="models"),
    path("p/<slug:slug>/generate", studio.generate, name="generate"),
    path("p/<slug:slug>/ask", asking.ask, name="ask"),
    path("p/<slug:slug>/outages", studio.outages, name="outages"),
    path("p/<slug:slug>/requests", asking.requests, name="requests"),
    path("p/<slug:slug>/requests/<id:request_id>/withdraw", asking.withdraw, name="withdraw"),
    path("p/<slug:slug>/requests/<id:request_id>/send", asking.send, name="send_waiting"),
    path("p/<slug:slug>/requests/<id:request_id>/put-away", asking.put_away, name="put_away"),
    path("p/<slug:slug>/uploads", uploads.upload, name="upload"),
    path("p/<slug:slug>/references", uploads.pick, name="pick"),
    path("p/<slug:slug>/references/use", uploads.use, name="use"),
    path("p/<slug:slug>/images/<id:image_id>/edit", uploads.edit, name="edit"),
    path("p/<slug:slug>/cards", cards.cards, name="cards"),
    path("p/<slug:slug>/batches/<id:batch_id>/retry", cards.retry_failed, name="retry_failed"),
    path("p/<slug:slug>/generations/<id:generation_id>/", detail.detail, name="detail"),
    path("p/<slug:slug>/generations/<id:generation_id>/cancel", cards.cancel, name="cancel"),
    path("p/<slug:slug>/generations/<id:generation_id>/retry", cards.retry, name="retry"),
    path("p/<slug:slug>/generations/<id:generation_id>/check", cards.check, name="check"),
    path("p/<slug:slug>/generations/<id:generation_id>/send-again", cards.send_again, name="send_again"),
    path("p/<slug:slug>/generations/<id:generation_id>/discard", cards.discard, name="discard"),
]
