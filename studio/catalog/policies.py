"""Whether a model may be called in a project: `check_x` raises the sentence."""

from studio.catalog.models import ImageModel, ModelSchema
from studio.kit.errors import Invalid
from studio.projects.models import Project


class NotOffered(Invalid):
    """The model can't be called here, or not now."""


def check_is_offered(model: ImageModel, project: Project) -> ModelSchema:
    """Return the schema by which a model is called; raise NotOffered where it can't be in this project now."""
    if not model.is_enabled or model.gone_at is not None:
        raise NotOffered(f"{model.name} is no longer offered. Choose another model.")
    if model.disabled_reason or model.schema is None:
        raise NotOffered(f"{model.name} can't be used now. {model.disabled_reason}".strip())
    if not model.is_for_everyone and not model.projects.filter(pk=project.pk).exists():
        raise NotOffered(
            f"{model.name} is not offered in {project.name}. Choose another model, or ask an admin."
        )
    return model.schema
