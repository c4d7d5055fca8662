"""« Traiter »: a status on one received invoice, or on several, in two steps (factures.md §4.1, D-02, D-03, D-25)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from accounts.requete import Requete
from invoices import queries_espaces as espaces
from invoices import queries_recues as recues
from invoices.enums import Espace, Motif, Statut
from invoices.forms.traitement import TraitementForm
from invoices.models import Facture
from invoices.services import traitement
from invoices.services.transitions import Auteur, TransitionRefusee, depassee
from invoices.views.commun import adresse, cadre, espace_requis, facture_visible, factures_visibles
from sandbox.cohorts.enums import Regime
from sandbox.web.partials import render_partial
from structures.acces import droits_de

GABARIT = "invoices/traiter.html"
S = Statut
CONSEILS: dict[str, str] = {
    "": "Le contenu et les montants d'une facture reçue ne se modifient pas. Montant faux : « Rejetée », motif "
    "« Montant de la facture erroné ». Pièce manquante : « Suspendue », plutôt que « Rejetée ».",
    S.REJETEE: "Un rejet est définitif : le fournisseur refait une facture, sous un autre numéro. Pour une pièce qui "
    "manque, suspendez plutôt ; pour un service qui n'est pas le bon, transmettez-la en interne.",
    S.SUSPENDUE: "Listez dans le commentaire toutes les pièces attendues : vous ne pouvez arrêter le délai de paiement "
    "qu'une fois. Le fournisseur complète, et la facture vous revient « Complétée ».",
    S.A_RECYCLER: "Pour une facture adressée au mauvais service ou à la mauvaise entité : le fournisseur la renvoie "
    "ailleurs, sous le même numéro. Fonctionnalité en cours de suppression.",
    S.SERVICE_FAIT: "La prestation est conforme à la commande. Ce statut est facultatif.",
    S.MANDATEE: "À poser avant d'envoyer le mandat au comptable : avec Hélios, les statuts suivants arrivent ensuite "
    "d'eux-mêmes.",
    S.MISE_A_DISPOSITION_COMPTABLE: "Avec Hélios, ce statut arrive de lui-même à la réception du mandat.",
    S.COMPTABILISEE: "Statut du comptable, facultatif.",
    S.MISE_EN_PAIEMENT: "Dernier statut : la facture n'en changera plus. Avec Hélios, il arrive de lui-même.",
    S.PRISE_EN_COMPTE_DESTINATAIRE: "Fin habituelle d'un avoir. Celui d'une facture rejetée est clos par le portail.",
    S.MISE_A_DISPOSITION: "Remet la facture dans votre liste à traiter.",
}
"""What the course says of each status (factures.md §4.3)."""
CONSEQUENCES: dict[str, str] = {
    S.REJETEE: "Un rejet est définitif, et le numéro de la facture ne pourra plus servir : le fournisseur devra en "
    "émettre une autre.",
    S.MISE_EN_PAIEMENT: "C'est le dernier statut d'une facture : elle n'en changera plus.",
}
"""What cannot be undone, said before the confirmation."""


@dataclass(slots=True)
class Choisie:
    """An invoice ticked: what the page showed of it, why it cannot be treated, in whose name it would be."""

    facture: Facture
    raison: str = ""
    vu: str = ""
    ligne_vue: int = 0
    delegation: str = ""

    @property
    def temoin(self) -> str:
        return f"{self.vu}:{self.ligne_vue}"

    def depassee(self, derniere: int) -> bool:
        return self.vu != self.facture.statut or self.ligne_vue != derniere


def _choisies(request: Requete, cochees: Sequence[int]) -> list[Choisie]:
    """The ticked invoices, in the order of the page. 404 or 403 for one that this account may not even read."""
    droits = droits_de(request)
    vues = factures_visibles(request, Espace.RECUES).select_related(
        "fournisseur", "destinataire", "service", "cree_par", "valideur"
    )
    lues = {facture.pk: facture for facture in vues.filter(pk__in=cochees)}
    for pk in cochees:
        if pk not in lues:
            lues[pk] = facture_visible(request, pk, Espace.RECUES)
    permises = set(espaces.modifiables(droits, Espace.RECUES).filter(pk__in=cochees).values_list("pk", flat=True))
    pour = recues.delegations(droits, {f.destinataire_id for f in lues.values() if f.destinataire_id})
    dernieres = recues.dernieres_lignes(cochees)
    choisies = []
    for pk in cochees:
        facture = lues[pk]
        facture.cohort = request.cohort
        raison = traitement.empechement(facture)
        if not raison and pk not in permises:
            raison = "votre habilitation la laisse lire, pas traiter"
        delegation = pour.get(facture.destinataire_id or 0, "")
        choisies.append(Choisie(facture, raison, facture.statut, dernieres.get(pk, 0), delegation))
    if not permises and all(c.facture.quittee_le is None for c in choisies):
        raise PermissionDenied(
            "Votre habilitation « Factures reçues » est limitée à la consultation pour "
            f"{choisies[0].facture.destinataire} : demandez la modification à son gestionnaire principal."
        )
    return choisies


def _est_numero(texte: str) -> bool:
    """A primary key: neither « ² », which is a digit too, nor a number that no database holds."""
    return texte.isascii() and texte.isdigit() and len(texte) < 19


def _numeros(source: QueryDict) -> list[int]:
    """Primary keys ticked, once each, in the order of the page."""
    return list(dict.fromkeys(int(pk) for pk in source.getlist("factures") if _est_numero(pk)))


def _lire_temoins(choisies: Sequence[Choisie], source: QueryDict) -> list[Choisie]:
    """Take the status that the page showed; those that have moved since then are given back."""
    bougees = []
    for choisie in choisies:
        vu, _, ligne = source.get(f"vu-{choisie.facture.pk}", "").partition(":")
        if not vu or not _est_numero(ligne):
            continue
        derniere = choisie.ligne_vue
        choisie.vu, choisie.ligne_vue = vu, int(ligne)
        if choisie.depassee(derniere):
            bougees.append(choisie)
    return bougees


def _retour(source: QueryDict, choisies: Sequence[Choisie]) -> tuple[str, str]:
    """Where one comes back: the work list, or the page of the only invoice."""
    if len(choisies) == 1 and source.get("retour") != "synthese":
        return adresse(Espace.RECUES, "facture", choisies[0].facture.pk), "Revenir à la facture"
    return adresse(Espace.RECUES, "synthese"), "Revenir à la Synthèse"


def _contexte(request: Requete, choisies: list[Choisie], form: TraitementForm | None, **plus: Any) -> dict[str, Any]:
    source = request.POST if request.method == "POST" else request.GET
    traitables = [c for c in choisies if not c.raison]
    factures = [c.facture for c in traitables]
    _, partiels = traitement.communs(factures)
    choisi = form.choisi if form is not None else None
    url_retour, libelle_retour = _retour(source, choisies)
    titre = f"Traiter la facture {choisies[0].facture}" if len(choisies) == 1 else f"Traiter {len(choisies)} factures"
    return cadre(titre, espace=Espace.RECUES) | {
        "form": form,
        "traitables": traitables,
        "exclues": [c for c in choisies if c.raison],
        "seule": traitables[0] if len(traitables) == 1 else None,
        "partiels": partiels,
        "delegations": sorted({c.delegation for c in traitables if c.delegation}),
        "choisi": choisi,
        "sautees": traitement.sautees(factures, choisi.statut) if choisi else [],
        "conseil": CONSEILS.get(choisi.statut if choisi else "", ""),
        "reforme": request.cohort.regime == Regime.REFORME_2026,
        "retour": source.get("retour", ""),
        "url_retour": url_retour,
        "libelle_retour": libelle_retour,
        "url_traiter": reverse("invoices:recues_traiter"),
        **plus,
    }


def _formulaire(choisies: Sequence[Choisie], donnees: QueryDict | None, **initial: str) -> TraitementForm | None:
    """None when no invoice may be treated."""
    factures = [c.facture for c in choisies if not c.raison]
    if not factures:
        return None
    offres, _ = traitement.communs(factures)
    return TraitementForm(donnees, offres=offres, initial=initial)


def _saisie(source: QueryDict) -> dict[str, str]:
    return {nom: source.get(nom, "") for nom in TraitementForm.base_fields}


@require_http_methods(["GET", "HEAD", "POST"])
@espace_requis(Espace.RECUES, modification=True)
def traiter(request: Requete) -> HttpResponse:
    source = request.POST if request.method == "POST" else request.GET
    cochees = _numeros(source)
    if not cochees:
        messages.info(request, "Cochez d'abord les factures à traiter.")
        return redirect("invoices:recues_synthese")
    if len(cochees) > traitement.LOT_MAXIMUM:
        return _trop(request, cochees)
    choisies = _choisies(request, cochees)
    if request.method != "POST":
        contexte = _contexte(request, choisies, _formulaire(choisies, None, **_saisie(request.GET)))
        return render_partial(request, GABARIT, "precisions", contexte)
    etape = request.POST.get("etape", "")
    bougees = _lire_temoins(choisies, request.POST)
    if etape == "corriger":
        return render(
            request, GABARIT, _contexte(request, choisies, _formulaire(choisies, None, **_saisie(request.POST)))
        )
    if etape == "confirmer" and _second_clic(request, choisies):
        return _fait(request, choisies, _saisie(request.POST)["statut"])
    form = _formulaire(choisies, request.POST)
    if form is not None and form.is_valid():
        for choisie in choisies:
            if not choisie.raison and choisie not in bougees:
                form.refuser(traitement.erreurs(choisie.facture, form.traitement))
    if etape == "confirmer" and form is not None and form.is_valid():
        return _faire(request, choisies, bougees, form)
    if bougees or form is None:
        return _conflit(request, choisies, [str(depassee(c.facture)) for c in bougees])
    if not form.is_valid():
        return render(request, GABARIT, _contexte(request, choisies, form), status=422)
    return render(request, GABARIT, _contexte(request, choisies, form, **_resume(form)))


def _auteur(request: Requete, choisie: Choisie) -> Auteur:
    return traitement.auteur(request.compte, choisie.delegation)


def _second_clic(request: Requete, choisies: Sequence[Choisie]) -> bool:
    """The same demand, sent twice: the first one did it all."""
    demande = traitement.Traitement(**_saisie(request.POST))
    envoyees = [c for c in choisies if f"vu-{c.facture.pk}" in request.POST]
    return bool(envoyees) and all(
        traitement.deja_faite(c.facture, demande, auteur=_auteur(request, c), ligne_vue=c.ligne_vue) for c in envoyees
    )


def _resume(form: TraitementForm) -> dict[str, Any]:
    """What the confirmation step says again."""
    return {
        "a_confirmer": True,
        "saisie": form.traitement,
        "motif": Motif(form.traitement.motif).label if form.traitement.motif else "",
        "consequence": CONSEQUENCES.get(form.traitement.statut, ""),
    }


def _faire(request: Requete, choisies: list[Choisie], bougees: Sequence[Choisie], form: TraitementForm) -> HttpResponse:
    """Play it: one invoice leads back with a message, several to a list of what was done and refused."""
    if len(choisies) == 1:
        choisie = choisies[0]
        try:
            traitement.traiter(
                choisie.facture,
                form.traitement,
                auteur=_auteur(request, choisie),
                vu=choisie.vu,
                ligne_vue=choisie.ligne_vue,
            )
        except TransitionRefusee as refus:
            return _conflit(request, choisies, [str(refus)])
        return _fait(request, choisies, form.traitement.statut)
    bilan = traitement.traiter_lot(
        [traitement.Demande(c.facture, _auteur(request, c), c.vu, c.ligne_vue) for c in choisies if not c.raison],
        form.traitement,
    )
    ecartees = [
        (c.facture, str(depassee(c.facture)) if c in bougees else f"Non traitée : {c.raison}.")
        for c in choisies
        if c.raison
    ]
    return _fait(request, choisies, form.traitement.statut, bilan, ecartees)


def _fait(
    request: Requete,
    choisies: Sequence[Choisie],
    statut: str,
    bilan: traitement.Bilan | None = None,
    ecartees: Sequence[tuple[Facture, str]] = (),
) -> HttpResponse:
    """What became of them. Without ``bilan``: all done."""
    label = Statut(statut).label
    if len(choisies) == 1:
        texte = f"Facture {choisies[0].facture} : « {label} ». Le fournisseur voit ce statut sur sa facture."
        messages.success(request, texte)
        return redirect(_retour(request.POST, choisies)[0])
    bilan = bilan or traitement.Bilan([c.facture for c in choisies if f"vu-{c.facture.pk}" in request.POST], [])
    reprise = [("factures", facture.pk) for facture, _ in bilan.refusees]
    contexte = cadre("Factures traitées", espace=Espace.RECUES) | {
        "statut": Statut(statut),
        "traitees": bilan.traitees,
        "refusees": [*bilan.refusees, *ecartees],
        "url_retour": adresse(Espace.RECUES, "synthese"),
        "url_reprise": f"{reverse('invoices:recues_traiter')}?{urlencode(reprise)}" if reprise else "",
    }
    return render(request, "invoices/recues_bilan.html", contexte, status=200 if bilan.traitees else 409)


def _conflit(request: Requete, choisies: Sequence[Choisie], avis: list[str]) -> HttpResponse:
    """409: said who did what and when; the page shows the present statuses, what was typed stays."""
    relues = _choisies(request, [c.facture.pk for c in choisies])
    saisie = _saisie(request.POST)
    contexte = _contexte(request, relues, _formulaire(relues, None, **saisie), avis=avis, gardee=saisie)
    return render(request, GABARIT, contexte, status=409)


def _trop(request: Requete, cochees: list[int]) -> HttpResponse:
    debut = [("factures", pk) for pk in cochees[: traitement.LOT_MAXIMUM]]
    contexte = cadre("Traiter", espace=Espace.RECUES) | {
        "nombre": len(cochees),
        "lot_maximum": traitement.LOT_MAXIMUM,
        "url_debut": f"{reverse('invoices:recues_traiter')}?{urlencode(debut)}",
        "url_retour": adresse(Espace.RECUES, "synthese"),
    }
    return render(request, "invoices/recues_trop.html", contexte, status=422)
