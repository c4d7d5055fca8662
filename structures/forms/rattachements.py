"""Ask for an attachment, filter those of a structure, answer in bulk, hand rights over (§5.3, §5.4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from accounts.profils import offerts
from sandbox.web.forms import DateField
from structures.enums import Role, StatutRattachement, TypeActe
from structures.forms.habilitations import champ_motif
from structures.models import Rattachement, Service, Structure
from structures.services.rattachements import MOTIF_MAXIMUM

IDENTIFIANT_MINIMUM = 3
RECHERCHE_MAXIMUM = 99


class TexteField(forms.CharField):
    """Search text: NUL characters are dropped rather than refused."""

    def to_python(self, value: Any) -> str:
        return super().to_python(str(value or "").replace("\x00", "")) or ""


class RechercheForm(forms.Form):
    """§5.3, « Search »: by the beginning of the identifier, or by the whole name."""

    identifiant = TexteField(
        label="Identifiant",
        required=False,
        max_length=40,
        help_text="SIRET, au moins 3 caractères, avec ou sans espaces.",
        widget=forms.TextInput({"autocomplete": "off", "class": "champ-identifiant", "spellcheck": "false"}),
    )
    raison_sociale = TexteField(
        label="Raison sociale",
        required=False,
        max_length=RECHERCHE_MAXIMUM,
        help_text="Complète et exacte ; majuscules et accents sont indifférents.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def clean_identifiant(self) -> str:
        compact = "".join(self.cleaned_data["identifiant"].split())
        if compact and len(compact) < IDENTIFIANT_MINIMUM:
            raise forms.ValidationError(
                f"Vous avez saisi {len(compact)} caractère{'s' if len(compact) > 1 else ''} ; il en faut au moins "
                f"{IDENTIFIANT_MINIMUM}."
            )
        return compact

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or {}
        if not self.errors and not donnees.get("identifiant") and not donnees.get("raison_sociale"):
            self.add_error("identifiant", "Saisissez un identifiant, ou une raison sociale complète.")
        return donnees


@dataclass(frozen=True, slots=True)
class PeriodeDemandee:
    """First and last day of one service, in the request."""

    service: Service
    debut: BoundField
    fin: BoundField


class DemandeForm(forms.Form):
    """The structures chosen, the services of each, a message to those who decide."""

    def __init__(
        self,
        *args: Any,
        structures: Sequence[Structure],
        services: Mapping[int, Sequence[Service]],
        exiges: Iterable[int] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.structures, self.services = structures, services
        exiges = set(exiges)
        for structure in structures:
            if offerts_ici := services.get(structure.pk):
                self.fields[self._nom(structure)] = forms.MultipleChoiceField(
                    label="Services",
                    required=structure.pk in exiges,
                    choices=[(str(s.pk), str(s)) for s in offerts_ici],
                    widget=forms.CheckboxSelectMultiple,
                    help_text=""
                    if structure.pk in exiges
                    else "Facultatif : sans service coché, la demande porte sur toute la structure.",
                    error_messages={
                        "required": "Choisissez au moins un service.",
                        "invalid_choice": "L'un des services choisis n'existe plus ou n'est plus actif.",
                    },
                )
                for service in offerts_ici:
                    for borne, nom in (("debut", "Début"), ("fin", "Fin")):
                        self.fields[f"{borne}_{service.pk}"] = DateField(
                            label=f"{nom} – {service.code}", required=False, help_text=""
                        )
        self.fields["commentaire"] = forms.CharField(
            label="Commentaire",
            required=False,
            max_length=MOTIF_MAXIMUM,
            help_text="Lu par le gestionnaire : dites qui vous êtes et pourquoi vous demandez ce rattachement.",
            widget=forms.Textarea({"rows": 3}),
            error_messages={
                "max_length": f"Le commentaire dépasse {MOTIF_MAXIMUM} caractères (%(show_value)d) : abrégez-le."
            },
        )

    @staticmethod
    def _nom(structure: Structure) -> str:
        return f"services_{structure.pk}"

    def par_structure(self) -> list[tuple[Structure, Any]]:
        """For the template: each structure and its field of services, None when it has none."""
        return [(s, self[self._nom(s)] if self._nom(s) in self.fields else None) for s in self.structures]

    def periodes_de(self, structure: Structure) -> list[PeriodeDemandee]:
        """For the template: the two dates of each service."""
        return [
            PeriodeDemandee(s, self[f"debut_{s.pk}"], self[f"fin_{s.pk}"]) for s in self.services.get(structure.pk, ())
        ]

    def clean(self) -> dict[str, Any]:
        lu: dict[str, Any] = super().clean() or self.cleaned_data
        for structure in self.structures:
            choisis = set(lu.get(self._nom(structure), ()))
            for service in self.services.get(structure.pk, ()):
                debut, fin = lu.get(f"debut_{service.pk}"), lu.get(f"fin_{service.pk}")
                if (debut or fin) and str(service.pk) not in choisis and self._nom(structure) not in self.errors:
                    borne = "debut" if debut else "fin"
                    self.add_error(
                        f"{borne}_{service.pk}", f"Cochez aussi le service {service.code}, ou videz la date."
                    )
                elif debut and fin and fin < debut:
                    self.add_error(
                        f"fin_{service.pk}",
                        f"La fin ({fin:%d/%m/%Y}) précède le début ({debut:%d/%m/%Y}).",
                    )
        return lu

    def periodes(self) -> dict[int, tuple[date | None, date | None]]:
        """Dates typed, by service."""
        lues = {
            s.pk: (self.cleaned_data.get(f"debut_{s.pk}"), self.cleaned_data.get(f"fin_{s.pk}"))
            for services in self.services.values()
            for s in services
        }
        return {pk: bornes for pk, bornes in lues.items() if any(bornes)}

    def demandes(self) -> list[tuple[Structure, list[int]]]:
        return [(s, [int(pk) for pk in self.cleaned_data.get(self._nom(s), [])]) for s in self.structures]


class FiltreUtilisateurs(forms.Form):
    """Every criterion is optional; an unreadable one restricts nothing."""

    q = TexteField(
        label="Nom ou adresse de connexion",
        required=False,
        max_length=RECHERCHE_MAXIMUM,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label="Rôle", required=False, choices=[("", "Tous"), *Role.choices])
    statut = forms.ChoiceField(
        label="État du rattachement",
        required=False,
        choices=[("", "Actuels"), *StatutRattachement.choices, ("TOUS", "Tous, passés compris")],
    )

    def __init__(self, *args: Any, structure: Structure, services: Sequence[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        profils = [(ligne.profil.value, ligne.libelle) for ligne in offerts(publique=structure.est_publique)]
        self.fields["profil"] = forms.ChoiceField(label="Profil", required=False, choices=[("", "Tous"), *profils])
        if services:
            choix = [("", "Tous"), *((str(s.pk), s.code) for s in services)]
            self.fields["service"] = forms.ChoiceField(label="Service", required=False, choices=choix)

    def criteres(self) -> dict[str, str]:
        """Those in force."""
        if not self.is_bound:
            return {}
        self.is_valid()
        return {nom: valeur for nom, valeur in self.cleaned_data.items() if valeur}


class FiltreHistorique(forms.Form):
    type = forms.ChoiceField(label="Acte", required=False, choices=[("", "Tous"), *TypeActe.choices])

    def __init__(self, *args: Any, acteurs: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choix = [("", "Tous"), *((nom, nom) for nom in acteurs)]
        self.fields["acteur"] = forms.ChoiceField(label="Acteur", required=False, choices=choix)

    def criteres(self) -> dict[str, str]:
        self.is_valid()
        return {nom: valeur for nom, valeur in self.cleaned_data.items() if valeur}


class MasseForm(forms.Form):
    """Boxes ticked in the list of requests. The ids are read by hand: there may be hundreds of them."""

    motif = champ_motif("Obligatoire pour refuser : chaque demandeur concerné le lira.")
    toutes = forms.BooleanField(label="Toutes les demandes, pages suivantes comprises", required=False)


def _personne(lien: Rattachement) -> str:
    return f"{lien.compte.prenom} {lien.compte.nom} – {lien.compte.login_email}"


class ChoixUtilisateurForm(forms.Form):
    """One user among those of the structure."""

    def __init__(self, *args: Any, liens: Iterable[Rattachement], label: str, aide: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.liens = {str(lien.pk): lien for lien in liens}
        self.fields["vers"] = forms.ChoiceField(
            label=label,
            help_text=aide,
            choices=[("", "Choisissez…"), *((pk, _personne(lien)) for pk, lien in self.liens.items())],
            error_messages={
                "required": "Choisissez un utilisateur.",
                "invalid_choice": "Cet utilisateur ne peut pas, ou plus, être choisi : relisez la liste.",
            },
        )

    def choisi(self) -> Rattachement:
        return self.liens[self.cleaned_data["vers"]]
