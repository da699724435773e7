"""The form of a webhook."""

from django import forms


class WebhookForm(forms.Form):
    """Where events are posted. Whether the address may be spoken to is the room's own rule."""

    url = forms.CharField(
        label="Address",
        max_length=500,
        widget=forms.URLInput({"placeholder": "https://", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Give the address to which events are posted."},
    )
