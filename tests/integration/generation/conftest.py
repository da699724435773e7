"""The engine against a real sandbox over real HTTP, in this process."""

import pytest
from pytest_django import Settings

from studio.catalog.actions import install_catalog
from studio.catalog.models import ImageModel
from studio.catalog.queries import find_model
from studio.generation.engine.slice import run_slice
from studio.generation.models import PENDING, Batch, Generation
from studio.keys.actions import ensure_sandbox_keys
from studio.people.models import User
from tests.cast import Cast
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]


class Engine:
    """Queues as the page does, and runs slices until nothing is pending."""

    def __init__(self, cast: Cast, server: SandboxServer) -> None:
        self.cast, self.server = cast, server

    @property
    def nano_banana(self) -> ImageModel:
        return find_model("nano-banana-2", "mountsea")

    @property
    def nb2(self) -> ImageModel:
        return find_model("NB2", "modelstream")

    def queue(
        self,
        prompt: str,
        *,
        model: ImageModel | None = None,
        calls: int = 1,
        by: User | None = None,
        **values: object,
    ) -> Batch:
        from studio.catalog.queries import spec_of
        from studio.catalog.values import complete
        from studio.generation.actions import queue_batch

        model = model or self.nano_banana
        given = complete(spec_of(model), {"prompt": prompt, **values})
        return queue_batch(
            project=self.cast.project,
            by=by or self.cast.contributor,
            model=model,
            input=given,
            calls=calls,
        )

    def status_of(self, generation: Generation) -> str:
        return Generation.objects.values_list("status", flat=True).get(id=generation.id)

    def run(self, slices: int = 10) -> None:
        for _ in range(slices):
            run_slice()
            if not Generation.objects.filter(status__in=PENDING).exists():
                return

    def make(self, prompt: str, **options: object) -> Generation:
        batch = self.queue(prompt, **options)  # type: ignore[arg-type]
        self.run()
        return batch.generations.get()


@pytest.fixture
def engine(
    transactional_db: None, cast: Cast, sandbox: SandboxServer, settings: Settings, tmp_path: object
) -> Engine:
    settings.SANDBOX_URL = sandbox.url
    settings.MEDIA_ROOT = f"{tmp_path}/media"
    install_catalog()
    ensure_sandbox_keys()
    return Engine(cast, sandbox)
