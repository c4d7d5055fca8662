"""Forms of the page of an access."""

from django import forms

from edi.rules import CLE_LONGUEUR


class CleForm(forms.Form):
    """A public key, pasted."""

    cle = forms.CharField(
        label="Clé publique",
        max_length=CLE_LONGUEUR,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
        help_text="La ligne de votre fichier .pub, par exemple « ssh-ed25519 AAAA… poste ». Jamais la clé privée.",
    )
