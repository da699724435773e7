"""A catalogue that has never heard of one of its models."""

from studio.catalog.models import ImageModel


def forget_model(slug: str, provider: str = "mountsea") -> None:
    """Take a model of the catalogue out of it, with its schemas."""
    model = ImageModel.objects.get(slug=slug, provider__slug=provider)
    ImageModel.objects.filter(pk=model.pk).update(schema=None)
    model.schemas.all().delete()
    model.delete()
