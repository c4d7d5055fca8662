"""The grid of rights: a box a profile, its level, on the whole structure and service by service (§5.2)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from accounts.enums import Niveau
from accounts.profils import Profil, offerts
from structures.models import RattachementService, Service, Structure
from structures.services.habilitations import Choix
from structures.services.rattachements import MOTIF_MAXIMUM

NIVEAUX = [(Niveau.MODIFICATION.value, "Modification"), (Niveau.CONSULTATION.value, "Consultation")]
ENSEMBLE = "tout"
AIDES = {
    Profil.ORGANISATION: "En modification, permet d'accepter d'autres rattachements et de changer la structure : "
    "à réserver à qui gère.",
    Profil.RACCORDEMENT: "Réservé d'ordinaire au gestionnaire principal.",
}


@dataclass(frozen=True, slots=True)
class LigneGrille:
    case: BoundField
    niveau: BoundField
    aide: str


@dataclass(frozen=True, slots=True)
class Bloc:
    """Rights on one perimeter: the structure, or a service."""

    titre: str
    service: Service | None
    lignes: list[LigneGrille]


class GrilleForm(forms.Form):
    """Rights of one person. ``services``: those with a block of their own; ``restants``: those that may get one.

    Without scripts, « Ajouter ce service » sends the form back: it is drawn again with one more block, nothing lost.
    """

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        structure: Structure,
        services: Iterable[Service],
        actifs: Iterable[Service] = (),
        choix: Iterable[Choix] = (),
        ensemble: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.structure, self.ensemble = structure, ensemble
        tous = {s.pk: s for s in actifs}
        self.services = {s.pk: s for s in services}
        for pk in _demandes(data):
            if pk in tous:
                self.services.setdefault(pk, tous[pk])
        self.restants = [s for pk, s in tous.items() if pk not in self.services]
        tenus = {(un.profil, un.service_id): un.niveau for un in choix}
        for cle, service in self._perimetres():
            self._ajouter(cle, service, tenus)

    def _perimetres(self) -> Iterator[tuple[str, Service | None]]:
        if self.ensemble:
            yield ENSEMBLE, None
        for pk, service in self.services.items():
            yield str(pk), service

    def _ajouter(self, cle: str, service: Service | None, tenus: dict[tuple[str, int | None], str]) -> None:
        ou = f"le service {service.code}" if service else "toute la structure"
        for ligne in offerts(publique=self.structure.est_publique):
            niveau = tenus.get((ligne.profil, service.pk if service else None))
            aide = {"aria-describedby": f"aide-c_{cle}_{ligne.profil}"} if ligne.profil in AIDES else {}
            self.fields[f"c_{cle}_{ligne.profil}"] = forms.BooleanField(
                label=ligne.libelle,
                required=False,
                initial=niveau is not None,
                widget=forms.CheckboxInput(aide),
            )
            self.fields[f"n_{cle}_{ligne.profil}"] = forms.ChoiceField(
                label=f"Niveau de « {ligne.libelle} » sur {ou}",
                choices=NIVEAUX,
                required=False,
                initial=niveau or Niveau.MODIFICATION.value,
                error_messages={"invalid_choice": "Choisissez « Modification » ou « Consultation »."},
            )

    @property
    def blocs(self) -> list[Bloc]:
        profils = offerts(publique=self.structure.est_publique)
        return [
            Bloc(
                f"Service {service.code} – {service.libelle}" if service else "Toute la structure",
                service,
                [
                    LigneGrille(self[f"c_{cle}_{p.profil}"], self[f"n_{cle}_{p.profil}"], AIDES.get(p.profil, ""))
                    for p in profils
                ],
            )
            for cle, service in self._perimetres()
        ]

    def choix(self) -> list[Choix]:
        """Boxes ticked, once the form is valid."""
        faits = []
        for cle, service in self._perimetres():
            for ligne in offerts(publique=self.structure.est_publique):
                if self.cleaned_data[f"c_{cle}_{ligne.profil}"]:
                    niveau = self.cleaned_data[f"n_{cle}_{ligne.profil}"] or Niveau.MODIFICATION.value
                    faits.append(Choix(ligne.profil.value, niveau, service.pk if service else None))
        return faits


def _demandes(data: QueryDict | None) -> list[int]:
    """Services whose block is on the page, and the one being added."""
    if data is None:
        return []
    bruts = [*data.getlist("perimetre"), data.get("ajout", "")]
    return [int(b) for b in bruts if b.isascii() and b.isdigit() and len(b) < 10]


def champ_motif(aide: str) -> forms.CharField:
    return forms.CharField(
        label="Motif du refus",
        required=False,
        max_length=MOTIF_MAXIMUM,
        help_text=aide,
        widget=forms.Textarea({"rows": 2}),
        error_messages={"max_length": f"Le motif dépasse {MOTIF_MAXIMUM} caractères (%(show_value)d) : abrégez-le."},
    )


class ApprobationForm(GrilleForm):
    """Answer to one request: services accepted, rights, or the reason of a refusal."""

    def __init__(self, *args: Any, attente: Sequence[RattachementService], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if attente:
            self.fields["accordes"] = forms.MultipleChoiceField(
                label="Services accordés",
                required=False,
                choices=[
                    (str(d.service_id), f"{d.service}, {d.periode}" if d.periode else str(d.service)) for d in attente
                ],
                initial=[str(d.service_id) for d in attente],
                widget=forms.CheckboxSelectMultiple,
                help_text="Un service décoché est refusé ; ses habilitations ne sont pas données.",
                error_messages={"invalid_choice": "Ce service n'a pas été demandé, ou ne l'est plus."},
            )
        self.fields["motif"] = champ_motif(
            "Obligatoire pour refuser : le demandeur le lira."
            if self.ensemble
            else "Obligatoire pour refuser un service : le demandeur le lira."
        )

    def services_accordes(self) -> list[int]:
        return [int(pk) for pk in self.cleaned_data.get("accordes", [])]


class RattacherForm(GrilleForm):
    """Attach somebody without request."""

    login_email = forms.EmailField(
        label="Adresse électronique de connexion",
        max_length=120,
        help_text="Celle du compte de la personne, par exemple prenom.nom@session.example.",
        widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": "Saisissez l'adresse de connexion de la personne à rattacher.",
            "invalid": "Cette adresse est incomplète ou mal écrite.",
        },
    )
    prenom = forms.CharField(
        label="Prénom",
        required=False,
        max_length=60,
        help_text="Seulement si cette personne n'a pas de compte : il sera créé, et un lien d'activation envoyé.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    nom = forms.CharField(label="Nom", required=False, max_length=60, widget=forms.TextInput({"autocomplete": "off"}))
