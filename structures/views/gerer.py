"""« Gérer une structure »: five types of request (comptes-structures.md §4.4)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods

from accounts.requete import Requete
from sandbox.web.demandes import Application, Confirmation, DemandeRefusee, TypeDemande
from structures.acces import acte_requis, droits_de
from structures.forms.gerer import (
    LIBELLES,
    ActiverForm,
    ConsulterForm,
    DesactiverForm,
    InseeForm,
    ModifierForm,
    StructureForm,
)
from structures.models import Structure
from structures.permissions import Acte, structures_permises
from structures.services import fiches
from structures.services.fiches import StructureRefusee
from structures.views.cadre import fil


def _permis(acte: Acte) -> Callable[[HttpRequest], bool]:
    """The account may do this on one structure at least."""
    return lambda request: bool(structures_permises(droits_de(request), acte))


def _choisie(form: StructureForm) -> Structure:
    if form.structure is None:
        raise DemandeRefusee("Choisissez une structure.", "identifiant")
    return form.structure


def _liens(structure: Structure) -> tuple[tuple[str, str], ...]:
    return (("Ouvrir la fiche structure", reverse("structures:fiche", args=[structure.pk])),)


def _identite(structure: Structure) -> tuple[tuple[str, str], ...]:
    return (("Structure", structure.raison_sociale), ("Identifiant", structure.identifiant))


def _consulter(request: HttpRequest, form: ConsulterForm) -> HttpResponse:
    return redirect("structures:fiche", pk=_choisie(form).pk)


def _oui_non(valeur: object) -> str:
    return ("oui" if valeur else "non") if isinstance(valeur, bool) else str(valeur or "–")


def _modifier(request: Requete, form: ModifierForm) -> Confirmation:
    structure = _choisie(form)
    try:
        changes = fiches.modifier(structure, par=request.compte, **form.valeurs())
    except StructureRefusee as refus:
        raise DemandeRefusee(str(refus), refus.champ) from refus
    if not changes:
        phrase = "Vous n'avez modifié aucun champ."
        return Confirmation("Rien n'a changé", phrase, _identite(structure), _liens(structure))
    lignes = tuple(
        (LIBELLES.get(nom, capfirst(Structure.libelle_de(nom))), _oui_non(valeur)) for nom, valeur in changes.items()
    )
    regle = (("Règle appliquée à vos fournisseurs", structure.exigence_phrase),) if structure.est_publique else ()
    return Confirmation("La structure est modifiée", structure.raison_sociale, (*lignes, *regle), _liens(structure))


def _insee(request: Requete, form: InseeForm) -> Confirmation:
    structure = _choisie(form)
    try:
        changes = fiches.mettre_a_jour_insee(structure, par=request.compte)
    except StructureRefusee as refus:
        raise DemandeRefusee(str(refus), refus.champ) from refus
    if not changes:
        phrase = "La base INSEE (simulée) dit la même chose."
        return Confirmation("La structure est à jour", phrase, _identite(structure), _liens(structure))
    lignes = tuple((capfirst(d.libelle), d.apres) for d in changes)
    return Confirmation(
        "La structure est mise à jour depuis la base INSEE", structure.raison_sociale, lignes, _liens(structure)
    )


def _activer(request: Requete, form: ActiverForm) -> Confirmation:
    structure = _choisie(form)
    try:
        fiches.activer(structure, par=request.compte)
    except StructureRefusee as refus:
        raise DemandeRefusee(str(refus), refus.champ) from refus
    return Confirmation(
        "La structure est active",
        "Elle peut de nouveau envoyer et recevoir des factures.",
        _identite(structure),
        _liens(structure),
    )


def _desactiver(request: Requete, form: DesactiverForm) -> Confirmation:
    structure = _choisie(form)
    fiches.desactiver(structure, par=request.compte)
    return Confirmation(
        "La structure est désactivée",
        "Elle ne peut plus ni envoyer ni recevoir de facture. « Activer une structure » la rouvre.",
        _identite(structure),
        _liens(structure),
    )


APPLICATION = Application(
    "Gérer une structure",
    "Choisissez un type de demande, puis la structure. Les champs grisés ne se modifient pas ici.",
    (
        TypeDemande(
            "CONSULTER",
            "Consulter / rechercher une structure",
            ConsulterForm,
            _consulter,
            phrase="Ouvre la fiche de l'une des structures auxquelles vous êtes rattaché.",
        ),
        TypeDemande(
            "MODIFIER",
            "Modifier une structure",
            ModifierForm,
            _modifier,
            gabarit="structures/_gerer_modifier.html",
            permis=_permis(Acte.MODIFIER_STRUCTURE),
        ),
        TypeDemande(
            "ACTIVER",
            "Activer une structure",
            ActiverForm,
            _activer,
            phrase="Une structure active peut envoyer et recevoir des factures.",
            permis=_permis(Acte.ACTIVER_STRUCTURE),
        ),
        TypeDemande(
            "INSEE",
            "Mettre à jour depuis la base INSEE",
            InseeForm,
            _insee,
            phrase="Raison sociale, adresse, n° de TVA et catégorie juridique sont relus dans la base INSEE (simulée).",
            gabarit="structures/_gerer_insee.html",
            permis=_permis(Acte.MODIFIER_STRUCTURE),
        ),
        TypeDemande(
            "DESACTIVER",
            "Désactiver une structure",
            DesactiverForm,
            _desactiver,
            gabarit="structures/_gerer_desactiver.html",
            permis=_permis(Acte.ACTIVER_STRUCTURE),
        ),
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@acte_requis(Acte.CONSULTER_FICHE)
def gerer(request: Requete) -> HttpResponse:
    return APPLICATION.repondre(
        request, fil=fil(("Gérer une structure", None)), url_annuler=reverse("structures:accueil")
    )
