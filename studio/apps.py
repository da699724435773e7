"""The one Django app."""

from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "studio"
    verbose_name = "Studio"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from studio import checks  # noqa: F401  registers the system checks
        from studio.audit.events import on_recorded
        from studio.gallery.covers import read_contents
        from studio.gallery.index import add_images
        from studio.gallery.tasks import make_thumbnails_soon
        from studio.generation.events import on_generation_ended, on_images_added, on_images_stored
        from studio.live.rights import tell_of_rights
        from studio.notifying.actions import tell_of_act, tell_of_end
        from studio.notifying.events import on_happening
        from studio.people.factors.told import listen
        from studio.projects.covers import register_cover_source
        from studio.webhooks.actions import tell

        register_cover_source(read_contents)
        listen()
        on_recorded(tell_of_act)
        on_recorded(tell_of_rights)
        on_generation_ended(tell_of_end)
        on_happening(tell)
        on_images_added(add_images)
        on_images_stored(make_thumbnails_soon)
