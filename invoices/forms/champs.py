"""Fields of the invoice form that say more than the project's own."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from invoices.depot import Fichier
from invoices.rules import pieces
from invoices.rules.montants import decimales, nombre
from sandbox.web.forms import FichiersField, MontantField


class NombreField(MontantField):
    """Number whose decimals are counted here: the error says what was found (SBX_013)."""

    def to_python(self, value: Any) -> Decimal | None:
        lu = super().to_python(value)
        permises = self.decimal_places or 0
        if lu is not None and decimales(lu) > permises:
            raise ValidationError(
                f"Le champ « {self.label} » a trop de décimales : {nombre(lu)[:40]} saisi, {permises} au plus.",
                code="decimales",
            )
        # « 10,00000 » is ten: only significant decimals count.
        return lu if lu is None or decimales(lu) == _ecrites(lu) else lu.quantize(Decimal(1).scaleb(-permises))


def _ecrites(valeur: Decimal) -> int:
    exposant = valeur.as_tuple().exponent
    return max(0, -exposant) if isinstance(exposant, int) else 0


class PiecesJointesField(FichiersField):
    """Attachments: weight and emptiness are said in the words of the rules (SBX_042, SBX_044), before any reading."""

    def clean_one(self, data: Any, initial: Any) -> Any:
        try:
            return super().clean_one(data, initial)
        except ValidationError as erreur:
            if erreur.code not in ("taille", "empty"):
                raise
            trouves = pieces.manquements(Fichier(nom=str(data.name), taille=data.size))
            raise ValidationError([m.message for m in trouves]) from None


class ListeAffactureur(forms.Select):
    """List of bank accounts: those of a factor are marked, for the page to recall the wording it asks for (D-35)."""

    affactureurs: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.affactureurs:
            option["attrs"]["data-affactureur"] = True
        return option
