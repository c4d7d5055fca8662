"""What the trainee may try in « Aide DGP »: nothing of it is stored (factures.md §8.2)."""

from decimal import Decimal
from typing import Any

from django import forms

from sandbox.web.forms import DateField, MontantField


class AideForm(forms.Form):
    """Read from the address of the page."""

    service_fait = DateField(
        label="Date de service fait",
        required=False,
        help_text="Si elle est postérieure à l'arrivée de la facture, le délai part d'elle.",
    )
    taux = MontantField(
        label="Taux annuel (%)",
        required=False,
        max_digits=5,
        devise="%",
        help_text="Taux de la BCE + 8 points, du semestre où les intérêts commencent.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"use_required_attribute": False} | kwargs))

    def clean_taux(self) -> Decimal | None:
        taux: Decimal | None = self.cleaned_data["taux"]
        if taux is not None and not 0 <= taux <= 100:
            raise forms.ValidationError(f"Un taux se situe entre 0 et 100 % : {taux:f} saisi.")
        return taux
