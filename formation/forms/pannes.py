"""Forms of « API » in the console: a fault to switch on, the delay of the flows."""

from typing import Any

from django import forms

from api.enums import TypePanne
from api.services.pannes import API_VISEES, DUREES, FOIS_MAXIMUM
from formation.forms.console import CleForm
from sandbox.cohorts.models import Participant

SESSION = ""
DELAI_MAXIMUM = 600
_ENTIER = "Saisissez un nombre entier."


class PanneForm(CleForm):
    """What breaks, for whom, how long. What goes with what: ``api.services.pannes``."""

    type = forms.ChoiceField(label="Panne", choices=TypePanne)
    place = forms.TypedChoiceField(label="Pour qui", coerce=int, empty_value=None, required=False)
    api = forms.ChoiceField(label="API", choices=list(API_VISEES.items()), required=False)
    minutes = forms.TypedChoiceField(
        label="Pendant", choices=list(DUREES.items()), coerce=int, initial=15, help_text="En temps réel."
    )
    fois = forms.IntegerField(
        label="Nombre d'appels touchés",
        required=False,
        min_value=1,
        max_value=FOIS_MAXIMUM,
        help_text="Vide : tous. Un flux : le prochain.",
        error_messages={
            "invalid": _ENTIER,
            "min_value": f"De 1 à {FOIS_MAXIMUM} appels ; vide pour tous.",
            "max_value": f"De 1 à {FOIS_MAXIMUM} appels ; vide pour tous.",
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "min": 1, "max": FOIS_MAXIMUM}),
    )

    def __init__(self, *args: Any, postes: list[Participant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["place"]
        place.choices = [
            (SESSION, "Toute la session"),
            *((p.numero, f"Poste {p.libelle} {p.prenom}".rstrip()) for p in postes),
        ]


class DelaiForm(CleForm):
    """Real seconds that a flow takes (api.md A-07)."""

    secondes = forms.IntegerField(
        label="Secondes réelles entre le dépôt et la fin du traitement",
        min_value=0,
        max_value=DELAI_MAXIMUM,
        help_text=f"De 0 à {DELAI_MAXIMUM} ; 5 d'ordinaire. Les flux déjà déposés gardent le leur.",
        error_messages={
            "required": "Dites combien de secondes dure le traitement d'un flux.",
            "invalid": _ENTIER,
            "min_value": f"Le délai va de 0 à {DELAI_MAXIMUM} secondes.",
            "max_value": f"Le délai va de 0 à {DELAI_MAXIMUM} secondes.",
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "min": 0, "max": DELAI_MAXIMUM}),
    )
