"""Domaine « Annuaire facturation »: public structures, and addresses of the electronic invoice (§8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.requete import Requete
from sandbox import clock
from sandbox.web.pagination import paginate
from sandbox.web.partials import render_partial
from sandbox.web.telechargements import TYPES
from sandbox.web.tri import read_sort
from structures import queries_annuaire as queries
from structures import rules
from structures.acces import place_requise
from structures.annuaire import Forme, adresse_choisie, lignes, lignes_entite
from structures.forms.annuaire import FacturationForm, PubliquesForm
from structures.models import Service, Structure
from structures.services import annuaire_export

COLONNES = {
    "designation": "raison_sociale",
    "identifiant": "identifiant",
    "type": "type_identifiant",
    "statut": "etat",
}
"""Sorts of ``rechercherStructure``: DesignationStructure, IdentifiantStructure, TypeIdentifiantStructure, Statut."""
SERVICES_PAR_PAGE = 100
LIGNES_PAR_PAGE = 50
CODES_NOMMES = 3


def _fil(*suite: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    domaine = reverse("structures:annuaire") if suite else None
    return [("Accueil", reverse("accounts:accueil")), ("Annuaire facturation", domaine), *suite]


@require_safe
@place_requise
def accueil(request: Requete) -> HttpResponse:
    """The domaine and its two applications."""
    return render(request, "structures/annuaire.html", {"fil": _fil()})


def _resultats(request: Requete, form: PubliquesForm | FacturationForm) -> dict[str, Any]:
    """Page of what the form finds; ``trop``: too much to be shown; ``demande``: something was asked."""
    tri = read_sort(request, COLONNES, "designation")
    trouvees = queries.chercher(form.recherche()) if form.is_valid() else queries.Trouvees([], False)
    structures: QuerySet[Structure] = trouvees.structures.order_by(*tri.ordre)
    return {
        "form": form,
        "tri": tri,
        "trop": trouvees.trop,
        "plafond": queries.PLAFOND,
        "page": paginate(request, structures.none() if trouvees.trop else structures),
        "demande": bool(form.data.get("q", "").strip() or form.actifs),
    }


@require_safe
@place_requise
def publiques(request: Requete) -> HttpResponse:
    """« Annuaire des structures publiques »: what each one demands of an invoice."""
    contexte = _resultats(request, PubliquesForm(request.GET)) | {
        "fil": _fil(("Annuaire des structures publiques", None))
    }
    return render_partial(request, "structures/annuaire_publiques.html", "resultats", contexte)


@dataclass(frozen=True, slots=True)
class LigneService:
    """A service of the card, and what an invoice addressed to it must hold."""

    service: Service
    exigences: rules.Exigences


def _services_exigeants(structure: Structure) -> list[str]:
    """Codes of services that demand an engagement where the structure does not; one more than is named."""
    if rules.exigences(structure.parametres).engagement:
        return []
    exigeants = queries.services_actifs(structure).filter(engagement_obligatoire=True)
    return list(exigeants.values_list("code", flat=True)[: CODES_NOMMES + 1])


@require_safe
@place_requise
def fiche(request: Requete, pk: int) -> HttpResponse:
    """Card of a structure: its parameters, the rule that follows from them, its active services."""
    structure = get_object_or_404(Structure, pk=pk)
    page = paginate(request, queries.services_actifs(structure), SERVICES_PAR_PAGE)
    exigeants = _services_exigeants(structure)
    contexte = {
        "fil": _fil(
            ("Annuaire des structures publiques", reverse("structures:annuaire_publiques")),
            (structure.raison_sociale, None),
        ),
        "structure": structure,
        "exigences": rules.exigences(structure.parametres),
        "exigeants": exigeants[:CODES_NOMMES],
        "autres_exigeants": len(exigeants) > CODES_NOMMES,
        "page": page,
        "services": [
            LigneService(s, rules.exigences(structure.parametres, service_exige_engagement=s.engagement_obligatoire))
            for s in page
        ],
    }
    return render(request, "structures/annuaire_fiche.html", contexte)


def _fichier(contenu: Iterator[bytes], genre: str) -> HttpResponseBase:
    reponse = StreamingHttpResponse(contenu, content_type=TYPES[genre])
    nom = f"annuaire-structures-publiques.{genre}"
    reponse.headers["Content-Disposition"] = content_disposition_header(True, nom) or "attachment"
    reponse.headers["X-Content-Type-Options"] = "nosniff"
    reponse.headers["Cache-Control"] = "private, no-store"
    return reponse


@require_safe
@place_requise
def telecharger_csv(request: Requete) -> Any:
    return _fichier(annuaire_export.csv_publiques(request.cohort), "csv")


@require_safe
@place_requise
def telecharger_xml(request: Requete) -> Any:
    return _fichier(annuaire_export.xml_publiques(request.cohort), "xml")


@dataclass(frozen=True, slots=True)
class LigneEntite:
    """An establishment found, and whether an invoice can reach it."""

    structure: Structure
    joignable: bool


def _joignables(structures: list[Structure]) -> list[LigneEntite]:
    """Lines of services are not read here: they are never active when that of the SIRET is not."""
    jour = clock.today()
    etablissements = queries.etablissements_annuaire(structures, avec_services=False)
    return [
        LigneEntite(structure, any(ligne.est_active(jour) for ligne in lignes(etablissement, jour)))
        for structure, etablissement in zip(structures, etablissements, strict=True)
    ]


@require_safe
@place_requise
def facturation(request: Requete) -> HttpResponse:
    """« Annuaire de la facturation électronique »: who can be reached, and through which platform."""
    contexte = _resultats(request, FacturationForm(request.GET))
    contexte |= {
        "entites": _joignables(list(contexte["page"])),
        "fil": _fil(("Annuaire de la facturation électronique", None)),
    }
    return render_partial(request, "structures/annuaire_facturation.html", "resultats", contexte)


@require_safe
@place_requise
def entite(request: Requete, pk: int) -> HttpResponse:
    """A legal unit: establishments, lines of addressing, the address that an issuer would take for this SIRET."""
    structure = get_object_or_404(queries.annuaire_facturation(), pk=pk)
    jour = clock.today()
    etablissements = queries.etablissements(structure)
    toutes = lignes_entite(queries.etablissements_annuaire(etablissements), jour)
    contexte = {
        "fil": _fil(
            ("Annuaire de la facturation électronique", reverse("structures:annuaire_facturation")),
            (structure.raison_sociale, None),
        ),
        "structure": structure,
        "etablissements": etablissements,
        "page": paginate(request, [(ligne, ligne.est_active(jour)) for ligne in toutes], LIGNES_PAR_PAGE),
        "choisie": adresse_choisie(toutes, structure.identifiant, jour),
        "formes": [forme.value for forme in Forme],
    }
    return render(request, "structures/annuaire_entite.html", contexte)
