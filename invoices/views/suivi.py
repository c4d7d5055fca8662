"""« Synthèse », « Rechercher », « Tableau de bord » (factures.md §6)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Count, F, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from accounts.profils import Profil
from invoices.enums import Statut
from invoices.forms.recherche import FactureFilter
from invoices.models import Facture
from invoices.views.commun import cadre, factures_visibles, modifiables
from sandbox import clock
from sandbox.web.dates import short_date
from sandbox.web.forms import DateField
from sandbox.web.pagination import PAR_PAGE, paginate
from sandbox.web.partials import render_partial
from sandbox.web.tri import read_sort
from structures import queries as structures
from structures.acces import droits_de, portail_requis

S = Statut
A_REPRENDRE = (S.INTERPRETEE_OCR, S.BROUILLON, S.ERREUR_FOURNISSEUR_SUR_VALIDEUR, S.A_RECYCLER, S.SUSPENDUE)
REFUSEES = (S.REJETEE, S.REFUSEE_1, S.REFUSEE_2)
EN_COURS = (
    *(S.DEPOSEE, S.EN_COURS_ACHEMINEMENT, S.MISE_A_DISPOSITION, S.A_VALIDER_1, S.A_VALIDER_2, S.VALIDEE_1, S.VALIDEE_2),
    *(S.ERREUR_COTRAITANT_SUR_VALIDEUR, S.ABSENCE_VALIDATION_1_HORS_DELAI, S.ABSENCE_VALIDATION_2_HORS_DELAI),
)
PERIODE = 90
COLONNES = {
    "numero": "numero",
    "date": "date_facture",
    "depot": "date_depot",
    "destinataire": "destinataire__raison_sociale",
    "ttc": "montant_ttc",
    "montant": "montant_a_payer",
    "statut": "statut",
    "depuis": "statut_depuis",
}


def a_traiter(request: HttpRequest) -> QuerySet[Facture]:
    """What waits for the issuer."""
    return factures_visibles(request).filter(Q(statut__in=A_REPRENDRE) | Q(statut__in=REFUSEES, rejet_traite=False))


@require_safe
@portail_requis(Profil.FACTURES_EMISES)
def synthese(request: HttpRequest) -> HttpResponse:
    """Work list, not a history: what to do, then what is on its way."""
    tri = read_sort(request, COLONNES, "-depuis")
    page = paginate(request, a_traiter(request).for_list().order_by(*tri.ordre))
    en_cours = factures_visibles(request).filter(statut__in=EN_COURS)
    total = en_cours.count()
    contexte = cadre("Synthèse", onglet="synthese") | {
        "page": page,
        "tri": tri,
        "en_cours": list(en_cours.for_list().order_by("-statut_depuis", "-pk")[:PAR_PAGE]) if total else [],
        "en_cours_total": total,
        "url_en_cours": f"{reverse('invoices:rechercher')}?{urlencode([('statut', s.value) for s in EN_COURS])}",
        "peut_creer": bool(modifiables(request)),
    }
    return render_partial(request, "invoices/synthese.html", "resultats", contexte)


@require_safe
@portail_requis(Profil.FACTURES_EMISES)
def rechercher(request: HttpRequest) -> HttpResponse:
    """Every invoice sent, whatever became of it."""
    tri = read_sort(request, COLONNES, "-depot")
    miennes = list(structures.structures_pour(droits_de(request), Profil.FACTURES_EMISES, modification=False))
    envoyees = factures_visibles(request).envoyees().for_list()
    criteres = bool(FactureFilter.base_filters.keys() & request.GET.keys())
    # Without criterion the blank form comes from the cache: the filters, costly to copy, are not even built.
    filtre = SimpleLazyObject(
        lambda: FactureFilter(request.GET if criteres else None, queryset=envoyees, structures=miennes)
    )
    factures = filtre.qs if criteres else envoyees
    contexte = cadre("Rechercher", onglet="rechercher") | {
        "filtre": filtre,
        "criteres": criteres,
        "cle_criteres": "-".join(str(s.pk) for s in miennes),
        "page": paginate(request, factures.order_by(*tri.ordre)),
        "total_a_payer": factures.aggregate(total=Sum("montant_a_payer", filter=Q(devise="EUR")))["total"],
        "tri": tri,
        "peut_creer": bool(modifiables(request)),
    }
    return render_partial(request, "invoices/rechercher.html", "resultats", contexte)


class PeriodeForm(forms.Form):
    du = DateField(label="Déposées du", required=False, help_text="")
    au = DateField(label="au", required=False, help_text="")


@dataclass(frozen=True, slots=True)
class Barre:
    """A row of the chart; geometry in the units of its SVG."""

    label: str
    nombre: int
    montant: Decimal
    url: str
    famille: str = ""
    y: int = 0
    largeur: int = 0


LARGEUR, PAS = 460, 36


def _barres(lignes: list[dict[str, Any]], nom: str, parametres: dict[str, str]) -> list[Barre]:
    maximum = max((ligne["nombre"] for ligne in lignes), default=1)
    barres = []
    for rang, ligne in enumerate(lignes):
        cherche = parametres | {nom: ligne["cle"]}
        barres.append(
            Barre(
                label=ligne["label"],
                nombre=ligne["nombre"],
                montant=ligne["montant"] or Decimal(0),
                url=f"{reverse('invoices:rechercher')}?{urlencode(cherche)}",
                famille=ligne.get("famille", ""),
                y=rang * PAS,
                largeur=max(4, ligne["nombre"] * LARGEUR // maximum),
            )
        )
    return barres


def _avant(au: date) -> date:
    """Beginning of the period that ends there; the calendar has a first day."""
    return au - min(timedelta(days=PERIODE), au - date.min)


@require_safe
@portail_requis(Profil.FACTURES_EMISES)
def tableau_de_bord(request: HttpRequest) -> HttpResponse:
    """Counts and amounts by status and by recipient over a period; each leads to the search that it sums up."""
    form = PeriodeForm(request.GET if {"du", "au"} & set(request.GET) else None)
    au, du = clock.today(), clock.today() - timedelta(days=PERIODE)
    if form.is_bound:
        form.is_valid()
        au = form.cleaned_data.get("au") or au
        du = form.cleaned_data.get("du") or min(du, _avant(au))
    else:
        form = PeriodeForm(initial={"du": du, "au": au})
    envoyees = factures_visibles(request).envoyees().filter(date_depot__date__gte=du, date_depot__date__lte=au)
    euros = Sum("montant_a_payer", filter=Q(devise="EUR"))
    par_statut = {
        ligne["statut"]: ligne for ligne in envoyees.values("statut").annotate(nombre=Count("pk"), montant=euros)
    }
    statuts = [
        {"cle": s.value, "label": str(s.label), "famille": s.famille, **_chiffres(par_statut[s])}
        for s in Statut
        if s in par_statut
    ]
    destinataires = [
        {"cle": ligne["siret"], "label": ligne["nom"], **_chiffres(ligne)}
        for ligne in envoyees.values(nom=F("destinataire__raison_sociale"), siret=F("destinataire__identifiant"))
        .annotate(nombre=Count("pk"), montant=euros)
        .order_by("-nombre", "nom")[:10]
    ]
    parametres = {"depot_du": short_date(du), "depot_au": short_date(au)}
    contexte = cadre("Tableau de bord", onglet="tableau_de_bord") | {
        "form": form,
        "du": du,
        "au": au,
        "nombre": sum(s["nombre"] for s in statuts),
        "montant": sum((s["montant"] or Decimal(0) for s in statuts), Decimal(0)),
        "payees": par_statut.get(S.MISE_EN_PAIEMENT, {}).get("montant") or Decimal(0),
        "en_retard": _en_retard(envoyees, clock.today()),
        "barres": _barres(statuts, "statut", parametres),
        "hauteur": len(statuts) * PAS,
        "destinataires": _barres(destinataires, "destinataire", parametres),
        "peut_creer": bool(modifiables(request)),
    }
    return render(request, "invoices/tableau_de_bord.html", contexte, status=422 if form.errors else 200)


def _chiffres(ligne: dict[str, Any]) -> dict[str, Any]:
    return {"nombre": ligne["nombre"], "montant": ligne["montant"]}


def _en_retard(envoyees: QuerySet[Facture], aujourd_hui: date) -> int:
    """Unpaid, not refused nor suspended, at the recipient's for longer than its delay (aid, suspensions apart)."""
    attendues = envoyees.exclude(statut__in=[S.MISE_EN_PAIEMENT, S.SUSPENDUE, S.COMPLETEE, *REFUSEES]).filter(
        date_mise_a_disposition__isnull=False, montant_a_payer__gt=0, devise="EUR"
    )
    return sum(
        1
        for depart, jours in attendues.values_list("date_mise_a_disposition", "destinataire__delai_paiement")
        if (aujourd_hui - timezone.localtime(depart).date()).days > jours
    )
