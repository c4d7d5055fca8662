"""« Synthèse » of the issuer: a work list, not a history (factures.md §6.1)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from accounts.profils import Profil
from accounts.requete import Requete
from invoices import lifecycle
from invoices import queries_suivi as suivi
from invoices.enums import Acteur, Action, ModeDepot, Statut
from invoices.models import Facture
from invoices.queries_suivi import Retour
from invoices.views.commun import cadre, factures_visibles, modifiables
from sandbox.web.pagination import PAR_PAGE, paginate
from sandbox.web.partials import render_partial
from sandbox.web.tri import read_sort
from structures.acces import portail_requis

COLONNES = {
    "numero": "numero",
    "date": "date_facture",
    "destinataire": "destinataire__raison_sociale",
    "montant": "montant_a_payer",
    "statut": "statut",
    "depuis": "statut_depuis",
}
MASQUER = "masquer"
GESTES = {
    Action.COMPLETER: ("completer", "Compléter"),
    Action.RECYCLER: ("recycler", "Recycler"),
    Action.MODIFIER_VALIDEUR: ("corriger_valideur", "Modifier le valideur"),
}
"""What the issuer does of an invoice that came back: route and words, when the table of the circuit allows it."""


def adresse_ou_rien(nom: str, *args: Any) -> str:
    """Path of a screen, nothing when this installation has not got it."""
    try:
        return reverse(f"invoices:{nom}", args=args)
    except NoReverseMatch:
        return ""


@dataclass(frozen=True, slots=True)
class Ligne:
    """A row: the invoice, why it came back, what may be done of it."""

    facture: Facture
    url: str
    retour: Retour | None = None
    geste: str = ""
    url_geste: str = ""
    rejet: bool = False
    """To be treated: its box may be ticked."""
    url_supprimer: str = ""


def _ligne(facture: Facture, retour: Retour | None, *, modifiable: bool) -> Ligne:
    fiche = reverse("invoices:facture", args=[facture.pk])
    if facture.est_brouillon:
        if not modifiable:
            return Ligne(facture, fiche)
        saisie = facture.mode_depot == ModeDepot.SAISIE_PORTAIL
        reprise = reverse(f"invoices:{'brouillon' if saisie else 'depot'}", args=[facture.pk])
        a_lire = facture.statut == Statut.INTERPRETEE_OCR
        geste = "Vérifier ce qui a été lu" if a_lire else "Reprendre le brouillon"
        return Ligne(
            facture,
            reprise,
            geste=geste,
            url_geste=reprise,
            url_supprimer=reverse("invoices:supprimer", args=[facture.pk]),
        )
    offertes = {row.action for row in lifecycle.available(facture.situation(), Acteur.FOURNISSEUR)}
    if not modifiable:
        return Ligne(facture, fiche, retour)
    for action, (nom, mots) in GESTES.items():
        if action in offertes and (url := adresse_ou_rien(nom, facture.pk)):
            return Ligne(facture, fiche, retour, geste=mots, url_geste=url)
    return Ligne(facture, fiche, retour, rejet=Action.TRAITER_REJET in offertes)


@require_safe
@portail_requis(Profil.FACTURES_EMISES)
def synthese(request: Requete) -> HttpResponse:
    """What to do, then what is on its way."""
    regime = request.cohort.regime
    tri = read_sort(request, COLONNES, "-depuis")
    visibles = factures_visibles(request)
    a_traiter = visibles.filter(suivi.a_traiter(regime))
    comptes = visibles.aggregate(
        rejetees=Count("pk", filter=Q(statut=Statut.REJETEE, rejet_traite=False)),
        en_cours=Count("pk", filter=suivi.en_cours(regime)),
    )
    masquees = bool(request.GET.get(MASQUER))
    if masquees:
        a_traiter = a_traiter.exclude(statut=Statut.REJETEE)
    page = paginate(request, suivi.pour_synthese(a_traiter).order_by(*tri.ordre))
    en_cours = visibles.filter(suivi.en_cours(regime))
    miennes = set(modifiables(request))
    factures = list(page.object_list)
    for facture in factures:
        facture.cohort = request.cohort
    retours = suivi.retours(factures)
    lignes = [_ligne(f, retours.get(f.pk), modifiable=f.fournisseur_id in miennes) for f in factures]
    url_traiter = adresse_ou_rien("traiter_rejets")
    contexte = cadre("Synthèse", onglet="synthese") | {
        "page": page,
        "lignes": lignes,
        "tri": tri,
        "masquees": masquees,
        "rejetees": comptes["rejetees"],
        "url_masquer": "?" if masquees else f"?{MASQUER}=1",
        "url_traiter": url_traiter,
        "cocher": bool(url_traiter) and any(ligne.rejet for ligne in lignes),
        "en_cours": list(en_cours.for_list().order_by("-statut_depuis", "-pk")[:PAR_PAGE]),
        "en_cours_total": comptes["en_cours"],
        "url_en_cours": f"{reverse('invoices:rechercher')}?{urlencode([('statut', s) for s in suivi.EN_COURS])}",
        "peut_creer": bool(miennes),
    }
    return render_partial(request, "invoices/synthese.html", "resultats", contexte)
