"""Addresses of this room."""

from django.urls import URLPattern, path

from studio.administration.views import (
    audit,
    catalogue,
    differences,
    jobs,
    keys,
    people,
    prices,
    quotas,
    settings,
)

app_name = "administration"
urlpatterns: list[URLPattern] = [
    path("audit/", audit.audit, name="audit"),
    path("audit/export/", audit.export, name="audit_export"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<slug:deed>/", jobs.act, name="job_act"),
    path("keys/", keys.keys, name="keys"),
    path("keys/add/", keys.add, name="key_add"),
    path("keys/test/", keys.test_all, name="keys_test"),
    path("keys/<id:key_id>/test/", keys.test, name="key_test"),
    path("keys/<id:key_id>/pause/", keys.pause, name="key_pause"),
    path("keys/<id:key_id>/resume/", keys.resume, name="key_resume"),
    path("keys/<id:key_id>/limits/", keys.limits, name="key_limits"),
    path("keys/<id:key_id>/rotate/", keys.rotate, name="key_rotate"),
    path("keys/<id:key_id>/remove/", keys.remove, name="key_remove"),
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/sync/", differences.sync, name="sync"),
    path("catalogue/differences/", differences.differences, name="differences"),
    path("catalogue/differences/accept/", differences.accept_all, name="differences_accept"),
    path("catalogue/differences/<id:proposal_id>/accept/", differences.accept, name="difference_accept"),
    path("catalogue/differences/<id:proposal_id>/leave/", differences.leave, name="difference_leave"),
    path("catalogue/<id:model_id>/", catalogue.model, name="catalogue_model"),
    path("catalogue/<id:model_id>/publish/", catalogue.publish, name="catalogue_publish"),
    path("catalogue/<id:model_id>/move/", catalogue.move, name="catalogue_move"),
    path("catalogue/<id:model_id>/share/", catalogue.share, name="catalogue_share"),
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
