"""Criteria of the two directories: one GET form each, simple and advanced search together."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from structures.enums import EtatStructure, Nature, TypeIdentifiant
from structures.mots import mots
from structures.pays import FRANCE, PAYS
from structures.queries_annuaire import COMPACT, Mot, Recherche, identifiant_cherche, mots_cherches, simple

_TOUS = ("", "Tous")
_OUI_NON = [("", "Indifférent"), ("oui", "Oui"), ("non", "Non")]


def _texte(label: str, longueur: int, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=longueur, required=False, **options)


def _pays() -> list[tuple[str, str]]:
    autres = sorted(nom for code, nom in PAYS.items() if code != FRANCE)
    return [_TOUS, (PAYS[FRANCE], PAYS[FRANCE]), *((nom, nom) for nom in autres)]


class CriteresForm(forms.Form):
    """What both have in common: words that must hold a letter or a digit, and what was really asked."""

    MOTS: tuple[str, ...] = ()
    DEFAUTS: dict[str, str] = {}

    def __init__(self, data: Any) -> None:
        data = data.copy()
        for nom, valeur in self.DEFAUTS.items():
            data.setdefault(nom, valeur)
        super().__init__(data)

    def clean(self) -> dict[str, Any]:
        champs: dict[str, Any] = super().clean() or self.cleaned_data
        for nom in self.MOTS:
            texte = champs.get(nom) or ""
            if texte and not mots(texte):
                self.add_error(
                    nom,
                    ValidationError(
                        "« %(texte)s » ne contient ni lettre ni chiffre : saisissez le début d'un mot.",
                        params={"texte": texte[:40]},
                    ),
                )
        return champs

    @property
    def avances(self) -> list[Any]:
        return [self[nom] for nom in self.fields if nom != "q"]

    @property
    def actifs(self) -> int:
        """Criteria of the advanced search that differ from those of a first visit."""
        return sum(1 for nom in self.fields if nom != "q" and self.data.get(nom, "") != self.DEFAUTS.get(nom, ""))


class PubliquesForm(CriteresForm):
    """Criteria of ``rechercherStructure`` (comptes-structures.md §8.1)."""

    TOUTES = "TOUTES"
    MOTS = ("q", "raison_sociale", "nom", "prenom", "ville", "identifiant", "code_postal")
    DEFAUTS = {"nature": Nature.PUBLIQUE.value}

    q = _texte(
        "Identifiant, ou nom, ville, code postal",
        100,
        help_text="Par exemple 000 200 030 00013, ou « département orle ». Le début des mots suffit.",
    )
    type_identifiant = forms.ChoiceField(
        label="Type d'identifiant", choices=[_TOUS, *TypeIdentifiant.choices], required=False
    )
    identifiant = _texte("Identifiant", 80)
    raison_sociale = _texte("Raison sociale ou libellé", 99)
    nom = _texte("Nom", 60)
    prenom = _texte("Prénom", 60)
    code_postal = _texte("Code postal", 10)
    ville = _texte("Ville", 100)
    pays = forms.ChoiceField(label="Pays", choices=_pays, required=False)
    nature = forms.ChoiceField(
        label="Type de structure",
        choices=[*reversed(Nature.choices), (TOUTES, "Publique et privée")],
        required=False,
    )
    etat = forms.ChoiceField(
        label="Statut",
        choices=[_TOUS, *((e.value, e.label) for e in (EtatStructure.ACTIF, EtatStructure.INACTIF))],
        required=False,
    )
    moa = forms.ChoiceField(label="MOA", choices=_OUI_NON, required=False)
    moa_uniquement = forms.ChoiceField(label="MOA uniquement", choices=_OUI_NON, required=False)

    def recherche(self) -> Recherche:
        """What a valid form asks."""
        c = self.cleaned_data
        conditions = {nom: c[nom] for nom in ("type_identifiant", "pays", "etat") if c[nom]}
        if c["nature"] in Nature.values:
            conditions["nature"] = c["nature"]
        for nom, colonne in (("moa", "avec_moa"), ("moa_uniquement", "moa_uniquement")):
            if c[nom]:
                conditions[colonne] = c[nom] == "oui"
        boite = simple(c["q"])
        lettres = (("raison_sociale", "R"), ("nom", "N"), ("prenom", "P"), ("ville", "V"))
        return Recherche(
            mots=(*boite.mots, *(mot for nom, lettre in lettres for mot in mots_cherches(c[nom], lettre))),
            chiffres=boite.chiffres,
            identifiant=identifiant_cherche(c["identifiant"]),
            code_postal=c["code_postal"].replace(" ", "").upper(),
            conditions=conditions,
        )


class FacturationForm(CriteresForm):
    """SIREN, SIRET or raison sociale (comptes-structures.md §8.2)."""

    MOTS = ("q", "raison_sociale", "ville")

    q = _texte(
        "SIREN, SIRET ou raison sociale",
        100,
        help_text="9 ou 14 chiffres, avec ou sans espaces, ou le début des mots du nom.",
    )
    siren = _texte("SIREN", 20)
    siret = _texte("SIRET", 30)
    raison_sociale = _texte("Raison sociale", 99)
    ville = _texte("Ville", 100)
    nature = forms.ChoiceField(
        label="Type d'entité",
        choices=[_TOUS, (Nature.PUBLIQUE.value, "Publique"), (Nature.PRIVEE.value, "Privée assujettie")],
        required=False,
    )

    def _chiffres(self, nom: str, longueur: int) -> str:
        compact: str = self.cleaned_data[nom].translate(COMPACT)
        if compact and not (compact.isascii() and compact.isdigit() and len(compact) <= longueur):
            raise ValidationError(
                "« %(texte)s » n'est pas le début d'un %(nom)s : %(longueur)d chiffres au plus, sans lettre.",
                params={"texte": self.cleaned_data[nom][:40], "nom": nom.upper(), "longueur": longueur},
            )
        return compact

    def clean_siren(self) -> str:
        return self._chiffres("siren", 9)

    def clean_siret(self) -> str:
        return self._chiffres("siret", 14)

    def recherche(self) -> Recherche:
        """What a valid form asks: establishments that have a SIRET, public or liable to VAT."""
        c = self.cleaned_data
        conditions: dict[str, Any] = {"type_identifiant": TypeIdentifiant.SIRET}
        if c["nature"]:
            conditions["nature"] = c["nature"]
        boite = simple(c["q"])
        identifiants = [i for i in (boite.chiffres, c["siret"], c["siren"]) if i]
        for autre in identifiants[1:]:
            conditions |= {"identifiant__startswith": autre}
        mots_: list[Mot] = [
            *boite.mots,
            *mots_cherches(c["raison_sociale"], "R"),
            *mots_cherches(c["ville"], "V"),
        ]
        return Recherche(
            mots=tuple(mots_),
            identifiant=identifiants[0] if identifiants else "",
            conditions=conditions,
            assujetties=True,
        )
