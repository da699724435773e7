"""Addresses of this room."""

from django.urls import URLPattern, path

from studio.administration.views import audit, people, prices, quotas, settings

app_name = "administration"
urlpatterns: list[URLPattern] = [
    path("audit/", audit.audit, name="audit"),
    path("audit/export/", audit.export, name="audit_export"),
    path("prices/", prices.prices, name="prices"),
    path("prices/<id:model_id>/", prices.model_prices, name="model_prices"),
    path("prices/<id:model_id>/withdraw/<id:price_id>/", prices.withdraw, name="price_withdraw"),
    path("quotas/", quotas.quotas, name="quotas"),
    path("settings/", settings.settings, name="settings"),
    path("people/", people.people, name="people"),
    path("people/<id:person_id>/link/", people.make_link, name="person_link"),
    path("people/<id:person_id>/role/", people.change_role, name="person_role"),
    path("people/<id:person_id>/deactivate/", people.deactivate, name="person_deactivate"),
    path("people/<id:person_id>/reactivate/", people.reactivate, name="person_reactivate"),
]
