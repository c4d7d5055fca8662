"""« Rechercher », in the three applications (factures.md §6.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from accounts.requete import Requete
from invoices import queries_espaces as espaces
from invoices import queries_suivi as suivi
from invoices.enums import Espace
from invoices.forms.recherche import FILTRES, requete_utile
from invoices.models import Facture
from invoices.views.commun import PREFIXES, adresse, cadre, factures_visibles, modifiables
from invoices.views.synthese import adresse_ou_rien
from sandbox.web.pagination import PARAM_LIGNES, paginate
from sandbox.web.partials import render_partial
from sandbox.web.tri import Tri, read_sort
from structures import queries as structures
from structures.acces import droits_de
from structures.models import Structure

COLONNES = {
    "type": "type_facture",
    "numero": "numero",
    "date": "date_facture",
    "depot": "date_depot",
    "destinataire": "destinataire__raison_sociale",
    "service": "code_service",
    "fournisseur": "fournisseur__raison_sociale",
    "ht": "montant_ht",
    "ttc": "montant_ttc",
    "montant": "montant_a_payer",
    "devise": "devise",
    "statut": "statut",
    "depuis": "statut_depuis",
    "marche": "numero_marche",
    "engagement": "numero_engagement",
    "mode": "mode_depot",
    "telechargee": "telechargee",
}
CHAPEAUX: dict[str, str] = {
    Espace.EMISES: "Retrouvez toute facture envoyée, quel que soit son statut.",
    Espace.RECUES: "Retrouvez toute facture que vos structures ont reçue, quel que soit son statut.",
    Espace.A_VALIDER: "Retrouvez toute facture soumise à la validation de vos structures, même quand elle est loin.",
}
VIDE: dict[str, tuple[str, str]] = {
    Espace.EMISES: (
        "Aucune facture envoyée",
        "Les factures envoyées apparaîtront ici, avec leur statut et leur ancienneté.",
    ),
    Espace.RECUES: (
        "Aucune facture reçue",
        "Les factures adressées à vos structures apparaîtront ici dès leur mise à disposition.",
    ),
    Espace.A_VALIDER: (
        "Aucune facture à valider ni validée",
        "Les factures dont l'une de vos structures est valideur apparaîtront ici.",
    ),
}


@dataclass(frozen=True, slots=True)
class Recherche:
    """What the criteria of a request find, and how they were read."""

    filtre: Any
    criteres: bool
    factures: QuerySet[Facture]
    tri: Tri
    miennes: list[Structure]


class Comptees(Sequence[Facture]):
    """Rows whose number is already known, read page by page."""

    ordered = True

    def __init__(self, triees: QuerySet[Facture], nombre: int) -> None:
        self._triees, self._nombre = triees, nombre

    def __len__(self) -> int:
        return self._nombre

    def __getitem__(self, rang: Any) -> Any:
        return suivi.page_de_liste(self._triees, rang)


def lire(request: Requete, espace: Espace) -> Recherche:
    """The criteria of the address; without any, the current invoices."""
    classe = FILTRES[espace]
    miennes = list(structures.structures_pour(droits_de(request), espaces.PROFILS[espace], modification=False))
    visibles = factures_visibles(request, espace)
    if espace == Espace.EMISES:
        visibles = visibles.envoyees()
    criteres = bool(classe.base_filters.keys() & request.GET.keys())
    regime = request.cohort.regime
    # Without criterion the blank form comes from the cache: the filters, costly to copy, are not even built.
    filtre = SimpleLazyObject(
        lambda: classe(request.GET if criteres else None, queryset=visibles, structures=miennes, regime=regime)
    )
    return Recherche(
        filtre=filtre,
        criteres=criteres,
        factures=filtre.qs if criteres else visibles.exclude(suivi.archivees(regime)),
        tri=read_sort(request, COLONNES, "-depot"),
        miennes=miennes,
    )


@require_safe
def rechercher(request: Requete, espace: Espace = Espace.EMISES) -> HttpResponse:
    """Every invoice of the application, whatever became of it; who may open it: ``urls_communes``."""
    recherche = lire(request, espace)
    chiffres = recherche.factures.aggregate(nombre=Count("pk"), total=suivi.TOTAL_A_PAYER)
    triees = recherche.factures.order_by(*recherche.tri.ordre)
    requete = requete_utile(request.GET, PARAM_LIGNES, "format").urlencode()
    url_export = adresse(espace, "exporter")
    contexte = cadre("Rechercher", onglet="rechercher", espace=espace) | {
        "chapeau": CHAPEAUX[espace],
        "filtre": recherche.filtre,
        "criteres": recherche.criteres,
        "cle_criteres": f"{espace}-" + "-".join(str(s.pk) for s in recherche.miennes),
        "page": paginate(request, Comptees(triees, chiffres["nombre"])),
        "total_a_payer": chiffres["total"],
        "tri": recherche.tri,
        "vers_facture": f"invoices:{PREFIXES[espace]}facture",
        "vers_pdf": f"invoices:{PREFIXES[espace]}pdf",
        "url_recherche": adresse(espace, "rechercher"),
        "exports": [(genre.upper(), f"{url_export}?format={genre}&{requete}") for genre in ("csv", "xlsx")],
        "url_lot": adresse_ou_rien(f"{PREFIXES[espace]}telecharger_lot"),
        "emises": espace == Espace.EMISES,
        "recues": espace == Espace.RECUES,
        "un_seul_destinataire": espace == Espace.RECUES and len(recherche.miennes) == 1,
        "vide_titre": VIDE[espace][0],
        "vide_phrase": VIDE[espace][1],
        "peut_creer": espace == Espace.EMISES and bool(modifiables(request)),
    }
    return render_partial(request, "invoices/rechercher.html", "resultats", contexte)
