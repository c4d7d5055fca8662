"""Forms of « Gérer une structure » (comptes-structures.md §4.3, §4.4): the fields follow the chosen structure."""

from dataclasses import replace
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.boundfield import BoundField
from django.utils.text import capfirst

from accounts.forms.comptes import TelephoneField
from sandbox.web.demandes import FormulaireDemande
from structures import queries
from structures.acces import droits_de
from structures.enums import EtatStructure, TypeIdentifiant
from structures.forms.structures import CourrielField
from structures.models import Structure
from structures.permissions import Acte
from structures.rules import DELAIS_DE_PAIEMENT, incoherences
from structures.services import fiches
from structures.services.fiches import Difference, StructureRefusee


class StructureForm(FormulaireDemande):
    """« Identifiant »: the structures to which the account is attached, and on which it may do this."""

    relance = ("identifiant",)
    acte = Acte.CONSULTER_FICHE

    def offertes(self) -> QuerySet[Structure]:
        return queries.autorisees(droits_de(self.request), self.acte)

    def composer(self) -> None:
        offertes = {str(s.pk): s for s in self.offertes()}
        choix = [(pk, f"{s.raison_sociale} – {s.identifiant}") for pk, s in offertes.items()]
        seule = len(choix) == 1
        self.fields["identifiant"] = forms.ChoiceField(
            label="Identifiant",
            choices=choix if seule else [("", "Choisissez…"), *choix],
            initial=choix[0][0] if seule else None,
            help_text="" if choix else "Aucune structure ne convient à cette demande.",
            error_messages={"required": "Choisissez une structure."},
        )
        self.structure: Structure | None = offertes.get(self.choix("identifiant"))
        if self.structure is not None:
            self.structure.cohort = self.request.cohort
            self.dependants(self.structure)

    def dependants(self, structure: Structure) -> None:
        """Add the fields of this structure."""


class ConsulterForm(StructureForm):
    pass


class ActiverForm(StructureForm):
    acte = Acte.ACTIVER_STRUCTURE

    def offertes(self) -> QuerySet[Structure]:
        return super().offertes().exclude(etat=EtatStructure.ACTIF)


class DesactiverForm(StructureForm):
    acte = Acte.ACTIVER_STRUCTURE

    def offertes(self) -> QuerySet[Structure]:
        return super().offertes().filter(etat=EtatStructure.ACTIF)


class InseeForm(StructureForm):
    """Shows what would change before anything does."""

    acte = Acte.MODIFIER_STRUCTURE
    differences: tuple[Difference, ...] = ()
    refus = ""

    def offertes(self) -> QuerySet[Structure]:
        return super().offertes().filter(type_identifiant=TypeIdentifiant.SIRET)

    def dependants(self, structure: Structure) -> None:
        try:
            self.differences = tuple(fiches.differences(structure))
        except StructureRefusee as refus:
            self.refus = str(refus)


GROUPES = (
    (
        "Informations générales",
        (
            *("type_affiche", "identifiant_affiche", "raison_sociale", "nom", "prenom", "libelle"),
            *("numero_tva", "numero_rcs", "categorie_juridique", "email", "telephone", "fax", "numero_pacage"),
        ),
    ),
    ("Adresse postale", ("adresse", "complement_adresse", "code_postal", "ville", "pays")),
    ("Paramètres", fiches.PARAMETRES),
    ("EDI", fiches.EDI),
)
LARGES = ("raison_sociale", "adresse")
LIBELLES = {
    "type_affiche": "Type d'identifiant",
    "identifiant_affiche": "Identifiant",
    "engagement_obligatoire": "N° d'engagement obligatoire",
    "service_obligatoire": "Code service obligatoire",
    "engagement_ou_service": "Engagement ou service obligatoire",
    "mise_en_paiement_non_remontee": "Le statut « Mise en paiement » n'est pas remonté",
    "avec_moa": "Agit aussi comme MOA",
    "moa_uniquement": "MOA uniquement : ne reçoit que des factures de travaux",
    "delai_paiement": "Délai global de paiement",
    "email": "E-mail",
    "telephone": "Téléphone",
    "numero_tva": "N° de TVA intracommunautaire",
    "numero_pacage": "N° PACAGE",
}
AIDES = {
    "libelle": "Nom court, libre.",
    "numero_pacage": "9 chiffres, pour les professionnels agricoles.",
    "valideur_delegue": "Une autre structure publique traite les factures reçues : rattachez ses utilisateurs à un "
    "service, avec « Factures reçues modification ». L'historique dira « par délégation ».",
}


class ModifierForm(StructureForm):
    """Greyed fields are held by INSEE, Hélios or the identifier itself (§4.4)."""

    acte = Acte.MODIFIER_STRUCTURE

    def offertes(self) -> QuerySet[Structure]:
        return super().offertes().filter(etat=EtatStructure.ACTIF)

    def dependants(self, structure: Structure) -> None:
        self.modifiables = fiches.modifiables(structure)
        self.presents: dict[str, list[str]] = {}
        for titre, noms in GROUPES:
            for nom in noms:
                if (champ := self._champ(structure, nom)) is not None:
                    self.fields[nom] = champ
                    self.presents.setdefault(titre, []).append(nom)

    def _champ(self, structure: Structure, nom: str) -> forms.Field | None:
        """Field of the fiche, None when this structure has none."""
        particulier = structure.type_identifiant == TypeIdentifiant.PARTICULIER
        absents = {"raison_sociale"} if particulier else {"nom", "prenom"}
        absents |= {"numero_pacage"} if structure.est_publique else set(fiches.PARAMETRES)
        if nom in absents:
            return None
        if nom in ("type_affiche", "identifiant_affiche"):
            affiche = structure.get_type_identifiant_display() if nom == "type_affiche" else structure.identifiant
            return forms.CharField(label=LIBELLES[nom], initial=affiche, disabled=True, required=False)
        libelle = LIBELLES.get(nom, capfirst(Structure.libelle_de(nom)))
        commun: dict[str, Any] = {
            "label": libelle,
            "initial": getattr(structure, nom),
            "help_text": AIDES.get(nom, ""),
            "disabled": nom not in self.modifiables,
        }
        if nom == "delai_paiement":
            return forms.TypedChoiceField(choices=DELAIS_DE_PAIEMENT, coerce=int, **commun)
        if isinstance(commun["initial"], bool):
            return forms.BooleanField(required=False, **commun)
        if nom == "email":
            return CourrielField(**commun)
        if nom in ("telephone", "fax"):
            return TelephoneField(**commun)
        if nom == "numero_pacage":
            message = "Un n° PACAGE compte 9 chiffres, par exemple 099000123."
            return forms.RegexField(r"^\d{9}$", required=False, error_messages={"invalid": message}, **commun)
        requis = nom in ("raison_sociale", "nom", "prenom", "adresse", "ville") and nom in self.modifiables
        return forms.CharField(max_length=Structure.longueur_de(nom), required=requis, **commun)

    @property
    def groupes(self) -> list[tuple[str, list[BoundField], list[BoundField]]]:
        """Title, fields that take the whole width, the others."""
        return [
            (titre, [self[nom] for nom in noms if nom in LARGES], [self[nom] for nom in noms if nom not in LARGES])
            for titre, noms in getattr(self, "presents", {}).items()
        ]

    def clean(self) -> dict[str, Any]:
        lu: dict[str, Any] = super().clean() or self.cleaned_data
        if self.structure is not None and self.structure.est_publique:
            parametres = {nom: bool(lu.get(nom)) for nom in fiches.DRAPEAUX}
            attendus = replace(self.structure.parametres, **parametres)
            for champ, message in incoherences(attendus, services_actifs=fiches.services_actifs(self.structure)):
                self.add_error(champ, message)
        return lu

    def valeurs(self) -> dict[str, Any]:
        """What may change, as typed."""
        return {nom: self.cleaned_data[nom] for nom in self.modifiables if nom in self.cleaned_data}
