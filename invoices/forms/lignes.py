"""Lignes de poste and récapitulatif TVA (factures.md §2.3, blocks 5 and 6)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from invoices import calculs
from invoices.depot import ZERO, Ligne, LigneTva
from invoices.enums import TAUX_REFERENTIEL
from invoices.forms.champs import NombreField
from invoices.rules.montants import MAXIMUM
from invoices.services.brouillons import LIGNES_MAXIMUM

AUTRE = "autre"
NEUF = {"unite": "unité", "taux": "20"}
"""What a new row already holds."""
CODES: dict[str, str] = {f"{taux.normalize():f}": code for code, taux in TAUX_REFERENTIEL.items()}
"""Choice of the list → referential code (api.md A-11)."""
TAUX: list[tuple[str, str]] = [
    ("", "–"),
    *((choix, f"{choix} %".replace(".", ",")) for choix in CODES),
    (AUTRE, "Autre taux…"),
]


def lire_taux(choix: str, manuel: Decimal | None) -> Decimal | None:
    """Rate of a row: from the referential, or typed (factures.md §2.10)."""
    return manuel if choix == AUTRE else Decimal(choix) if choix else ZERO


class _Rang(forms.Form):
    """A row of the form: nothing is mandatory while it is a draft."""

    SAISIS: tuple[str, ...] = ()
    """Fields that make the row exist once one of them is filled."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["empty_permitted"] = False
        kwargs["use_required_attribute"] = False
        super().__init__(*args, **kwargs)
        for champ in self.fields.values():
            champ.required = False
            champ.error_messages["invalid_choice"] = f"La valeur du champ « {champ.label} » n'est pas reconnue."

    @property
    def est_vide(self) -> bool:
        if not self.is_bound:
            return True
        return not any(str(self.data.get(self.add_prefix(nom)) or "").strip() for nom in self.SAISIS)

    def exiger(self, *noms: str) -> None:
        """Say which of these fields are missing (SBX_013)."""
        for nom in noms:
            if self.cleaned_data.get(nom) in (None, "") and nom not in self.errors:
                self.add_error(nom, f"Le champ « {self.fields[nom].label} » est obligatoire.")

    def code_taux_lu(self) -> str:
        """Referential code; none for a rate typed by hand."""
        return CODES.get(self.cleaned_data.get("taux") or "", "")

    def taux_lu(self) -> Decimal | None:
        return lire_taux(self.cleaned_data.get("taux") or "", self.cleaned_data.get("taux_manuel"))


class LigneForm(_Rang):
    SAISIS = ("reference", "denomination", "quantite", "prix_unitaire", "remise")

    denomination = forms.CharField(label="Dénomination", max_length=1024)
    reference = forms.CharField(label="Référence", max_length=50)
    quantite = NombreField(label="Quantité", devise="", max_digits=15, decimal_places=4)
    unite = forms.CharField(label="Unité", max_length=50, initial="unité")
    prix_unitaire = NombreField(label="Montant unitaire HT", devise="", max_digits=19, decimal_places=6)
    remise = NombreField(label="Remise HT", devise="", max_digits=15)
    taux = forms.ChoiceField(label="Taux de TVA", choices=TAUX, initial="20")
    taux_manuel = NombreField(label="Autre taux", devise="%", max_digits=4, decimal_places=2, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unite"].widget.attrs["list"] = "unites"
        self.fields["taux_manuel"].error_messages["max_whole_digits"] = "Un taux va de 0 à 99,99."

    def lire(self, numero: int) -> Ligne | None:
        """The line, None while its quantity or its price cannot be read."""
        lu = self.cleaned_data
        taux = self.taux_lu()
        if lu.get("quantite") is None or lu.get("prix_unitaire") is None or taux is None:
            return None
        ligne = Ligne(
            numero=numero,
            reference=lu.get("reference") or "",
            denomination=lu.get("denomination") or "",
            quantite=lu["quantite"],
            unite=lu.get("unite") or "",
            prix_unitaire=lu["prix_unitaire"],
            remise=lu.get("remise") or ZERO,
            taux=taux,
            code_taux=self.code_taux_lu(),
        )
        return ligne if abs(ligne.quantite * ligne.prix_unitaire) <= MAXIMUM else None

    def clean(self) -> dict[str, Any]:
        lu = super().clean() or self.cleaned_data
        quantite, prix = lu.get("quantite"), lu.get("prix_unitaire")
        if quantite is not None and prix is not None and abs(quantite * prix) > MAXIMUM:
            self.add_error("prix_unitaire", "Le montant de cette ligne dépasse 13 chiffres.")
        return lu

    def calcule(self) -> dict[str, Decimal] | None:
        """Read-only amounts of the line."""
        if not self.is_bound or not self.is_valid():
            return None
        ligne = self.lire(1)
        if ligne is None:
            return None
        ht = calculs.ht(ligne)
        tva = calculs.tva(ht, ligne.taux)
        return {"ht": ht, "tva": tva, "ttc": ht + tva}


class TvaForm(_Rang):
    SAISIS = ("base", "montant")

    taux = forms.ChoiceField(label="Taux de TVA", choices=TAUX, initial="20")
    taux_manuel = NombreField(label="Autre taux", devise="%", max_digits=4, decimal_places=2, min_value=0)
    base = NombreField(label="Base HT", max_digits=15)
    montant = NombreField(label="Montant de TVA", max_digits=15)

    def lire(self) -> LigneTva | None:
        lu = self.cleaned_data
        taux = self.taux_lu()
        if lu.get("base") is None or lu.get("montant") is None or taux is None:
            return None
        return LigneTva(
            taux=taux.normalize() if taux else ZERO,
            base=lu["base"],
            montant=lu["montant"],
            code_taux=self.code_taux_lu(),
        )


class _Rangs(forms.BaseFormSet):
    """Rows that come and go in the page: numbers may have holes, empty rows count for nothing."""

    def initial_form_count(self) -> int:
        return 0

    def remplis(self) -> list[Any]:
        return [rang for rang in self.forms if not rang.est_vide]

    def full_clean(self) -> None:
        """An empty row is never wrong."""
        super().full_clean()
        if self.is_bound:
            for rang, formulaire in enumerate(self.forms):
                if formulaire.est_vide and rang < len(self._errors):  # type: ignore[attr-defined]
                    formulaire.errors.clear()


LigneFormSet: Any = forms.formset_factory(
    LigneForm, formset=_Rangs, extra=0, max_num=LIGNES_MAXIMUM, absolute_max=LIGNES_MAXIMUM, validate_max=True
)
TvaFormSet: Any = forms.formset_factory(
    TvaForm, formset=_Rangs, extra=0, max_num=20, absolute_max=20, validate_max=True
)


def tasser(
    champs: Mapping[str, str], prefixe: str, *, ajouter: int = 0, sauf: int = -1, doubler: int = -1
) -> dict[str, str]:
    """The same text with the rows of ``prefixe`` renumbered without holes, minus one, plus copies or blanks."""
    garde = {cle: valeur for cle, valeur in champs.items() if not cle.startswith(f"{prefixe}-")}
    rangs: dict[int, dict[str, str]] = {}
    for cle, valeur in champs.items():
        morceaux = cle.split("-", 2)
        if len(morceaux) == 3 and morceaux[0] == prefixe and morceaux[1].isdecimal() and len(morceaux[1]) < 5:
            rangs.setdefault(int(morceaux[1]), {})[morceaux[2]] = valeur
    suite: list[dict[str, str]] = []
    for numero in sorted(rangs):
        if numero != sauf:
            suite.append(rangs[numero])
        if numero == doubler:
            suite.append(dict(rangs[numero]))
    suite += [dict(NEUF) for _ in range(ajouter)]
    suite = suite[:LIGNES_MAXIMUM]
    for numero, rang in enumerate(suite):
        garde |= {f"{prefixe}-{numero}-{nom}": valeur for nom, valeur in rang.items()}
    return garde | {f"{prefixe}-TOTAL_FORMS": str(len(suite)), f"{prefixe}-INITIAL_FORMS": "0"}
