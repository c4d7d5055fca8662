"""Services of a structure, and « Gérer un service » (comptes-structures.md §4.5)."""

from typing import cast

from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requete import Requete
from sandbox.web.demandes import Application, Confirmation, DemandeRefusee, TypeDemande
from sandbox.web.pagination import paginate
from sandbox.web.partials import render_partial
from sandbox.web.tri import read_sort
from structures.acces import acte_requis, droits_de, structure_requise
from structures.enums import EtatService
from structures.forms.services import (
    ActiverServiceForm,
    CreerServiceForm,
    DesactiverServiceForm,
    ModifierServiceForm,
    ServiceForm,
)
from structures.models import Service, Structure
from structures.permissions import Acte, permet
from structures.rules import SERVICE_FACTURES_PUBLIQUES
from structures.services import subdivisions
from structures.services.subdivisions import ServiceRefuse
from structures.views.cadre import fil, rubriques

TRIS = {"code": "code", "libelle": "libelle", "etat": "etat", "debut": "debut", "fin": "fin"}
ETATS = (EtatService.ACTIF, EtatService.INACTIF)


@require_safe
@structure_requise(Acte.CONSULTER_FICHE)
def services(request: Requete, structure: Structure) -> HttpResponse:
    """``?q=`` looks in codes and labels, ``?etat=`` keeps one state."""
    texte = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    etat = request.GET.get("etat", "")
    trouves = Service.objects.filter(structure=structure).exclude(etat=EtatService.SUPPRIME)
    if texte:
        trouves = trouves.filter(
            Q(code__icontains=texte) | Q(libelle__icontains=texte) | Q(libelle__icontains=texte.upper())
        )
    if etat in ETATS:
        trouves = trouves.filter(etat=etat)
    tri = read_sort(request, TRIS, "code")
    contexte = rubriques(request, structure, "services") | {
        "page": paginate(request, trouves.order_by(*tri.ordre)),
        "tri": tri,
        "q": texte,
        "etat": etat if etat in ETATS else "",
        "etats": [(e.value, e.label) for e in ETATS],
        "filtree": bool(texte or etat in ETATS),
        "reserve": SERVICE_FACTURES_PUBLIQUES,
        "peut_gerer": permet(droits_de(request), Acte.GERER_SERVICES, structure.pk) and structure.est_active,
    }
    return render_partial(request, "structures/services.html", "services", contexte)


def _choisi(form: ServiceForm) -> Service:
    """A valid form has one: its field is compulsory."""
    return cast("Service", form.service)


def _confirmation(titre: str, phrase: str, service: Service) -> Confirmation:
    structure = service.structure
    lignes = (("Structure", structure.raison_sociale), ("Code", service.code), ("Libellé", service.libelle))
    return Confirmation(
        titre, phrase, lignes, (("Voir les services", reverse("structures:services", args=[structure.pk])),)
    )


def _creer(request: Requete, form: CreerServiceForm) -> Confirmation:
    structure = cast("Structure", form.structure)  # compulsory field of a valid form
    try:
        service = subdivisions.creer(structure, par=request.compte, **form.valeurs())
    except ServiceRefuse as refus:
        raise DemandeRefusee(str(refus), refus.champ) from refus
    return _confirmation("Le service est créé", "Il est actif et peut être choisi.", service)


def _modifier(request: Requete, form: ModifierServiceForm) -> Confirmation:
    service = _choisi(form)
    try:
        change = subdivisions.modifier(service, par=request.compte, **form.valeurs())
    except ServiceRefuse as refus:
        raise DemandeRefusee(str(refus), refus.champ) from refus
    titre = "Le service est modifié" if change else "Rien n'a changé"
    return _confirmation(titre, "" if change else "Vous n'avez modifié aucun champ.", service)


def _activer(request: Requete, form: ActiverServiceForm) -> Confirmation:
    service = _choisi(form)
    subdivisions.activer(service, par=request.compte)
    return _confirmation("Le service est actif", "Il peut de nouveau être choisi.", service)


def _desactiver(request: Requete, form: DesactiverServiceForm) -> Confirmation:
    service = _choisi(form)
    subdivisions.desactiver(service, par=request.compte)
    return _confirmation(
        "Le service est désactivé",
        "Il n'est plus proposé, et une facture qui le nomme encore sera refusée. « Activer » le rouvre.",
        service,
    )


APPLICATION = Application(
    "Gérer un service",
    "Un service est une subdivision de votre structure : il oriente les factures et limite les droits de chacun.",
    (
        TypeDemande("CREER", "Créer", CreerServiceForm, _creer, phrase="Le nouveau service est actif aussitôt."),
        TypeDemande("MODIFIER", "Modifier", ModifierServiceForm, _modifier),
        TypeDemande("ACTIVER", "Activer", ActiverServiceForm, _activer),
        TypeDemande(
            "DESACTIVER",
            "Désactiver",
            DesactiverServiceForm,
            _desactiver,
            phrase="Un service inactif ne peut plus être choisi. Les factures déjà envoyées ne changent pas.",
        ),
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@acte_requis(Acte.GERER_SERVICES)
def gerer_service(request: Requete) -> HttpResponse:
    return APPLICATION.repondre(request, fil=fil(("Gérer un service", None)), url_annuler=reverse("structures:accueil"))
