"""What the schemas of the offered models can't say: limits, help, words. Roles come from conventions.py.

Limits of the Hub's models are those of their origin, fal (`upstream_hints` in the data files).
"""

from studio.catalog.sizes import SizeRule
from studio.catalog.spec import FieldOverlay, Overlay

_LONGEST_PROMPT = 50_000
# https://platform.openai.com/docs/guides/image-generation, also where the schema doesn't say it.
_GPT_IMAGE_2_SIZES = SizeRule(
    multiple_of=16, min_edge=480, max_edge=3840, max_ratio=3, min_pixels=655_360, max_pixels=8_294_400
)
_HUB_NANO_BANANA = {
    "prompt": FieldOverlay(min_length=3, max_length=_LONGEST_PROMPT),
    "num_images": FieldOverlay(title="Images", minimum=1, maximum=4),
    "output_format": FieldOverlay(title="Format"),
    "safety_tolerance": FieldOverlay(
        help="How much is let through: 1 blocks most, 6 blocks least.",
        labels={"1": "1, strictest", "6": "6, most lenient"},
    ),
    "limit_generations": FieldOverlay(
        title="One image per round", help="Whatever the prompt says about counts. Experimental."
    ),
    "seed": FieldOverlay(help="The same seed gives similar images. Leave it empty for a random one."),
}
_WHAT_TO_EDIT = "Images to edit, restyle or blend."


def _hub_nano_banana_edit(*, most: int) -> Overlay:
    references = FieldOverlay(help=_WHAT_TO_EDIT, max_items=most)
    return Overlay(fields={**_HUB_NANO_BANANA, "image_urls": references})


_HUB_GPT_IMAGE_2 = {
    "prompt": FieldOverlay(min_length=2, max_length=32_000),
    "image_size": FieldOverlay(size_rule=_GPT_IMAGE_2_SIZES),
    "num_images": FieldOverlay(title="Images", minimum=1, maximum=4),
    "output_format": FieldOverlay(title="Format"),
}

_OVERLAYS: dict[tuple[str, str], Overlay] = {
    ("mountsea", "nano-banana-2"): Overlay(
        fields={
            **_HUB_NANO_BANANA,
            "system_prompt": FieldOverlay(
                help="An instruction that holds whatever the prompt says.", max_length=_LONGEST_PROMPT
            ),
            "thinking_level": FieldOverlay(
                title="Thinking", help="Lets the model reason first, at this level.", unset_label="Off"
            ),
        }
    ),
    ("mountsea", "nano-banana"): Overlay(fields=_HUB_NANO_BANANA),
    ("mountsea", "nano-banana-pro"): Overlay(fields=_HUB_NANO_BANANA),
    ("mountsea", "nano-banana-edit"): _hub_nano_banana_edit(most=10),
    ("mountsea", "nano-banana-2-edit"): _hub_nano_banana_edit(most=14),
    # https://ai.google.dev/gemini-api/docs/image-generation: up to 14 reference images.
    ("mountsea", "nano-banana-pro-edit"): _hub_nano_banana_edit(most=14),
    ("mountsea", "gpt-image-2"): Overlay(fields=_HUB_GPT_IMAGE_2),
    ("mountsea", "gpt-image-2-edit"): Overlay(
        fields={
            **_HUB_GPT_IMAGE_2,
            "image_urls": FieldOverlay(help=_WHAT_TO_EDIT, max_items=16),
            "mask_url": FieldOverlay(help="Only what the mask marks is changed, in the first image."),
        }
    ),
    ("modelstream", "gpt-image-2"): Overlay(
        fields={
            "n": FieldOverlay(title="Images"),
            "output_format": FieldOverlay(title="Format"),
            # Only the finished images are kept, so none in between are asked for.
            "partial_images": FieldOverlay(is_hidden=True),
        }
    ),
    ("modelstream", "I4G1"): Overlay(fields={"n": FieldOverlay(title="Images")}),
    ("modelstream", "z-image-turbo"): Overlay(
        max_calls=4,
        fields={
            "size": FieldOverlay(
                help="From 512 × 512 to 2048 × 2048 pixels in all, best from 1024 × 1024 to 1536 × 1536."
            )
        },
    ),
    ("modelstream", "NB2"): Overlay(
        # It has no count: each image is a call of its own.
        max_calls=4,
        fields={
            "prompt": FieldOverlay(max_length=_LONGEST_PROMPT),
            "images": FieldOverlay(help=_WHAT_TO_EDIT, max_items=14),
            "size": FieldOverlay(help="Shape of the output image."),
            "quality": FieldOverlay(help="Output resolution."),
            "thinking_level": FieldOverlay(title="Thinking", help="How much the model reasons."),
        },
    ),
    ("modelstream", "NBP"): Overlay(
        max_calls=4,
        fields={
            "prompt": FieldOverlay(max_length=_LONGEST_PROMPT),
            "images": FieldOverlay(help=f"{_WHAT_TO_EDIT} At most 6 of things and 5 of people."),
        },
    ),
}

_NONE = Overlay()


def overlay_for(provider_slug: str, model_slug: str) -> Overlay:
    """Return the overlay of a model; empty for a model that nobody has written one for."""
    return _OVERLAYS.get((provider_slug, model_slug), _NONE)
