"""Forms of « Gérer un service » (comptes-structures.md §4.5): structure, then service, then its fields."""

from typing import Any

from django import forms

from accounts.forms.comptes import TelephoneField
from accounts.profils import Profil
from sandbox.web.demandes import FormulaireDemande
from sandbox.web.forms import DateField
from structures import queries
from structures.acces import droits_de
from structures.enums import EtatService
from structures.models import Service, Structure, StructureQuerySet
from structures.permissions import Acte
from structures.rules import SERVICE_FACTURES_PUBLIQUES

AIDE_CODE = (
    "1 à 100 lettres, chiffres ou signes - _ / @, sans espace ni accent. Vos clients ou vous le saisirez sur les "
    "factures ; il ne se modifie plus ensuite."
)


def champs_du_service(structure: Structure, service: Service | None = None) -> dict[str, forms.Field]:
    """Fields of a service, filled in from the one given; the settings exist on the public side only."""
    lu: dict[str, Any] = {}
    if service is not None:
        lu = {champ.name: getattr(service, champ.name) for champ in Service._meta.concrete_fields}
    champs: dict[str, forms.Field] = {
        "code": forms.CharField(
            label="Code",
            max_length=100,
            help_text="" if service else AIDE_CODE,
            initial=lu.get("code"),
            disabled=service is not None,
            widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        ),
        "libelle": forms.CharField(label="Libellé", max_length=100, initial=lu.get("libelle")),
        "description": forms.CharField(
            label="Description", max_length=255, required=False, initial=lu.get("description")
        ),
        "adresse": forms.CharField(label="Adresse", max_length=200, required=False, initial=lu.get("adresse")),
        "telephone": TelephoneField(initial=lu.get("telephone")),
        "debut": DateField(label="Début de validité", required=False, initial=lu.get("debut")),
        "fin": DateField(label="Fin de validité", required=False, initial=lu.get("fin")),
    }
    if structure.est_publique:
        champs["engagement_obligatoire"] = forms.BooleanField(
            label="N° d'engagement obligatoire pour ce service",
            required=False,
            initial=lu.get("engagement_obligatoire", False),
            help_text="L'engagement s'ajoute à ce que la structure exige déjà, quand ce service est choisi.",
        )
        champs["mise_en_paiement"] = forms.BooleanField(
            label="Le statut « Mise en paiement » est remonté",
            required=False,
            initial=lu.get("mise_en_paiement", True),
        )
    return champs


class _StructureForm(FormulaireDemande):
    """The structure first: those whose services the account manages."""

    def composer(self) -> None:
        self._offertes = {str(s.pk): s for s in self.offertes()}
        choix = [(pk, f"{s.raison_sociale} – {s.identifiant}") for pk, s in self._offertes.items()]
        seule = len(choix) == 1
        self.fields["structure"] = forms.ChoiceField(
            label="Structure",
            choices=choix if seule else [("", "Choisissez…"), *choix],
            initial=choix[0][0] if seule else None,
            error_messages={"required": "Choisissez une structure."},
        )
        self.structure: Structure | None = self._offertes.get(self.choix("structure"))
        if self.structure is not None:
            self.structure.cohort = self.request.cohort
            self.dependants(self.structure)

    def offertes(self) -> StructureQuerySet:
        return queries.autorisees(droits_de(self.request), Acte.GERER_SERVICES).actives()

    def dependants(self, structure: Structure) -> None:
        """Add the fields of this structure."""


class CreerServiceForm(_StructureForm):
    """A right restricted to some services makes no other one."""

    relance = ("structure",)

    def offertes(self) -> StructureQuerySet:
        entieres = droits_de(self.request).structures(Profil.ORGANISATION, modification=True, entieres=True)
        return super().offertes().filter(pk__in=entieres)

    def dependants(self, structure: Structure) -> None:
        self.fields |= champs_du_service(structure)

    def valeurs(self) -> dict[str, Any]:
        return {nom: valeur for nom, valeur in self.cleaned_data.items() if nom != "structure"}


class ServiceForm(_StructureForm):
    """Structure, then one of its services in a given state."""

    relance: tuple[str, ...] = ("structure",)
    etats: tuple[str, ...] = (EtatService.ACTIF,)
    vide = "Aucun service ne convient à cette demande."

    def dependants(self, structure: Structure) -> None:
        trouves = Service.objects.filter(structure=structure, etat__in=self.etats).exclude(
            code=SERVICE_FACTURES_PUBLIQUES
        )
        limites = droits_de(self.request).services(Profil.ORGANISATION, structure.pk, modification=True)
        if limites is not None:
            trouves = trouves.filter(pk__in=limites)
        self._services = {str(s.pk): s for s in trouves}
        self.fields["service"] = forms.ChoiceField(
            label="Service",
            choices=[("", "Choisissez…"), *((pk, str(s)) for pk, s in self._services.items())],
            help_text="" if self._services else self.vide,
            error_messages={"required": "Choisissez un service."},
        )
        self._choisi(structure)

    def _choisi(self, structure: Structure) -> None:
        """Add the fields of the chosen service."""

    @property
    def service(self) -> Service | None:
        trouve: Service | None = getattr(self, "_services", {}).get(self.choix("service"))
        if trouve is not None and self.structure is not None:
            trouve.structure = self.structure
        return trouve


class ActiverServiceForm(ServiceForm):
    etats = (EtatService.INACTIF,)
    vide = "Tous les services de cette structure sont actifs."


class DesactiverServiceForm(ServiceForm):
    vide = "Cette structure n'a pas de service actif."


class ModifierServiceForm(ServiceForm):
    relance = ("structure", "service")
    etats = (EtatService.ACTIF, EtatService.INACTIF)
    vide = "Cette structure n'a pas encore de service : créez-en un."

    def _choisi(self, structure: Structure) -> None:
        if self.service is not None:
            self.fields |= champs_du_service(structure, self.service)

    def valeurs(self) -> dict[str, Any]:
        exclus = {"structure", "service", "code"}
        return {nom: valeur for nom, valeur in self.cleaned_data.items() if nom not in exclus}
