"""« Factures à valider »: work list, answer of a validator, explanation of the circuit (factures.md §5)."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requete import Requete
from invoices import lifecycle, queries_validation
from invoices import queries_espaces as espaces
from invoices.enums import VISIBLES, Action, Cadre, Espace, Qualite, Statut
from invoices.forms.validation import ReponseForm, action_de
from invoices.models import Facture
from invoices.services import consequences, echeances, validation
from invoices.services.echeances import Reste
from invoices.services.transitions import Auteur, Depassee, TransitionRefusee, depassee
from invoices.views import choix_valideur
from invoices.views.circuit import etapes_de_validation
from invoices.views.commun import adresse, cadre, cadre_domaine, conflit, espace_requis, facture_visible
from sandbox import clock
from sandbox.cohorts.enums import Regime
from sandbox.web.pagination import PAR_PAGE, paginate
from sandbox.web.partials import render_partial
from sandbox.web.tri import read_sort
from structures.acces import droits_de, portail_requis

COLONNES = {
    "numero": "numero",
    "fournisseur": "fournisseur__raison_sociale",
    "destinataire": "destinataire__raison_sociale",
    "cadre": "cadre",
    "ttc": "montant_ttc",
    "montant": "montant_a_payer",
    "echeance": "urgence",
    "rang": "statut",
}
PARTIES = ("fournisseur", "destinataire", "valideur", "valideur_2", "service", "cree_par", "service_valideur")


@dataclass(frozen=True, slots=True)
class Attente:
    """Row of a work list: the invoice, the delay under way if there is one, whether this account may act on it."""

    facture: Facture
    reste: Reste | None
    a_corriger: bool
    actionnable: bool = False

    @property
    def rang(self) -> int:
        return 2 if self.a_corriger else echeances.RANGS[Statut(self.facture.statut)]


def reste_de(facture: Any, request: Requete) -> Reste | None:
    """Delay of an invoice read with ``avec_echeance``."""
    return echeances.reste(facture.limite, clock.now(), request.cohort.zone) if facture.limite else None


@require_safe
@espace_requis(Espace.A_VALIDER)
def synthese(request: Requete) -> HttpResponse:
    """What waits for my answer, the nearest deadline first."""
    droits = droits_de(request)
    tri = read_sort(request, COLONNES, "echeance")
    liste = queries_validation.avec_echeance(queries_validation.a_traiter(droits).for_list())
    page = paginate(request, liste.order_by(*tri.ordre))
    lues = list(page.object_list)
    miennes = queries_validation.a_traiter(droits, modification=True).filter(pk__in=[f.pk for f in lues])
    permises = set(miennes.values_list("pk", flat=True))
    erreur = Statut.ERREUR_COTRAITANT_SUR_VALIDEUR
    contexte = cadre("Synthèse", onglet="synthese", espace=Espace.A_VALIDER) | {
        "page": page,
        "tri": tri,
        "attentes": [Attente(f, reste_de(f, request), f.statut == erreur, f.pk in permises) for f in lues],
        "jours": echeances.JOURS,
    }
    return render_partial(request, "invoices/a_valider_synthese.html", "resultats", contexte)


@require_safe
@portail_requis()
def circuit(request: Requete) -> HttpResponse:
    """Who validates what, until when, and what follows, in this session; and where my own invoices stand."""
    droits = droits_de(request)
    miennes = queries_validation.chez_un_valideur(droits)
    liste = queries_validation.avec_echeance(miennes.select_related(*PARTIES[:4]))
    lues = list(liste.prefetch_related("validations__structure").order_by("urgence", "pk")[:PAR_PAGE])
    profils = droits.profils
    peut_valider = espaces.PROFILS[Espace.A_VALIDER] in profils
    titre = "Circuit de validation"
    contexte = (cadre(titre, espace=Espace.A_VALIDER) if peut_valider else cadre_domaine(titre)) | {
        "reforme": request.cohort.regime == Regime.REFORME_2026,
        "regime": Regime(request.cohort.regime).label,
        "jours": echeances.JOURS,
        "emises": [
            {
                "facture": f,
                "etapes": etapes_de_validation(f, request.cohort.zone),
                "reste": reste_de(f, request),
                "attendue": f.statut in echeances.RANGS,
                "a_corriger": f.statut == Statut.ERREUR_FOURNISSEUR_SUR_VALIDEUR,
            }
            for f in lues
        ],
        "peut_valider": peut_valider,
        "peut_emettre": espaces.PROFILS[Espace.EMISES] in profils,
    }
    return render(request, "invoices/a_valider_circuit.html", contexte)


def _charger(request: Requete, pk: int) -> Facture:
    """The invoice, even in the seconds when it travels from its validator to its recipient and shows nowhere."""
    try:
        return facture_visible(request, pk, Espace.A_VALIDER)
    except Http404:
        droits = droits_de(request)
        mienne = espaces.portee(droits, Espace.A_VALIDER, "valideur")
        mienne |= espaces.portee(droits, Espace.A_VALIDER, "valideur_2")
        en_route = Facture.objects.filter(mienne, pk=pk, statut=Statut.EN_COURS_ACHEMINEMENT)
        facture: Facture | None = en_route.select_related(*PARTIES).first()
        if facture is None:
            raise
        facture.cohort = request.cohort
        return facture


def a_agir(request: Requete, pk: int) -> tuple[Facture, bool]:
    """The invoice, and whether it is this account's turn; 403 when it only reads."""
    facture = _charger(request, pk)
    acteurs = espaces.acteurs(facture, droits_de(request), Espace.A_VALIDER)
    if not acteurs:
        raise PermissionDenied(
            "Votre habilitation « Factures à valider » est limitée à la consultation : demandez la modification "
            "au gestionnaire principal de la structure valideur."
        )
    _partie, attendu = queries_validation.ATTENTES.get(facture.statut, ("", None))
    return facture, attendu in acteurs


def retour(facture: Facture) -> str:
    """Its page, or the work list while it shows nowhere."""
    visible = facture.statut in VISIBLES[Espace.A_VALIDER]
    return adresse(Espace.A_VALIDER, "facture", facture.pk) if visible else adresse(Espace.A_VALIDER, "synthese")


def hors_tour(facture: Facture) -> str:
    """Why there is nothing to answer now."""
    if facture.statut == Statut.A_VALIDER_2:
        return f"La facture {facture.numero} attend maintenant la réponse de {facture.valideur_2}, valideur 2."
    return f"La facture {facture.numero} n'attend plus de réponse : elle est « {facture.statut_enum.label} »."


@require_http_methods(["GET", "HEAD", "POST"])
@espace_requis(Espace.A_VALIDER, modification=True)
def repondre(request: Requete, pk: int) -> HttpResponse:
    """« Valider » or « Refuser »: a form, one question, then the answer."""
    facture, mon_tour = a_agir(request, pk)
    if request.method == "POST":
        return _recevoir(request, facture, mon_tour)
    if not mon_tour or facture.statut not in echeances.RANGS:
        if mon_tour:
            return redirect("invoices:a_valider_corriger", pk=pk)
        messages.info(request, hors_tour(facture))
        return redirect(retour(facture))
    if (resultats := choix_valideur.fragment(request, facture, "valideur_2", second=False)) is not None:
        return resultats
    attendue = espaces.validation_en_attente(facture)
    initial = {"vu": facture.statut, "demande": attendue.pk if attendue else None}
    initial["decision"] = request.GET.get("decision", "")
    return _page(request, facture, ReponseForm(initial=initial, facture=facture))


def _entier(texte: Any) -> int:
    return int(texte) if str(texte).isascii() and str(texte).isdigit() and len(str(texte)) < 10 else 0


def _recevoir(request: Requete, facture: Facture, mon_tour: bool) -> HttpResponse:
    donnees, etape = request.POST, request.POST.get("etape", "")
    action, demande = action_de(donnees), _entier(donnees.get("demande", ""))
    if action is not None and validation.deja_repondu(facture, demande, request.compte.pk, action):
        return _fait(request, facture, Statut(facture.statut))  # the second of two clicks
    if donnees.get("vu", "") not in ("", facture.statut):
        return conflit(request, str(depassee(facture)), retour(facture))
    if not mon_tour or facture.statut not in echeances.RANGS:
        return conflit(request, hors_tour(facture), retour(facture))
    if etape in ("chercher", "changer", "modifier"):
        initial = donnees.dict() | ({"valideur_2": ""} if etape == "changer" else {})
        return _page(request, facture, ReponseForm(initial=initial, facture=facture))
    form = ReponseForm(donnees, facture=facture)
    if not form.is_valid() or action is None:
        return _page(request, facture, form, status=422)
    if etape != "confirmer":
        return _question(request, facture, form, action)
    try:
        ligne = validation.repondre(facture, form.reponse(action), auteur=_auteur(request))
    except TransitionRefusee as refus:
        if isinstance(refus, Depassee) or not refus.champ:
            return conflit(request, str(refus), retour(facture))
        form.refuser(refus)
        return _page(request, facture, form, status=422)
    return _fait(request, facture, Statut(ligne.statut))


def _auteur(request: Requete) -> Auteur:
    return Auteur(nom=str(request.compte), compte=request.compte)


def _fait(request: Requete, facture: Facture, statut: Statut) -> HttpResponse:
    messages.success(
        request,
        f"Votre réponse est enregistrée : la facture {facture.numero} est « {statut.label} ». "
        f"{consequences.suite(facture, statut, facture.valideur_2)}",
    )
    return redirect("invoices:a_valider_synthese")


def _cible(facture: Facture, action: Action) -> Statut:
    acteur = validation.ACTEURS[echeances.RANGS[Statut(facture.statut)]]
    row = lifecycle.find(facture.situation(), action, acteur)
    return Statut(facture.statut) if row is None or row.target is None else row.target


def _question(request: Requete, facture: Facture, form: ReponseForm, action: Action) -> HttpResponse:
    """What the answer will do, before it is given."""
    reponse, cible = form.reponse(action), _cible(facture, action)
    contexte = cadre("Confirmer ma réponse", parents=_parents(facture), espace=Espace.A_VALIDER) | {
        "facture": facture,
        "form": form,
        "cible": cible,
        "qualite": Qualite(reponse.qualite).label if reponse.qualite else "",
        "motif": dict(form.fields["motif"].choices).get(reponse.motif, ""),  # type: ignore[attr-defined]
        "complement": reponse.complement,
        "mandataire": form.mandataire,
        "suite": consequences.suite(facture, cible, form.mandataire),
        "danger": action == Action.REFUSER,
        "personne": form.mandataire is not None and validation.personne_ne_validera(form.mandataire, facture),
        "champs": {nom: form.data.get(nom, "") for nom in form.fields},
    }
    return render(request, "invoices/a_valider_confirmer.html", contexte)


def _parents(facture: Facture) -> list[tuple[str, str]]:
    return [(f"Facture {facture.numero}", adresse(Espace.A_VALIDER, "facture", facture.pk))]


def faits(request: Requete, facture: Facture) -> dict[str, Any]:
    """What one reads before answering: references, lines, documents, where the validation stands."""
    lignes, pieces = list(facture.lignes.all()), list(facture.pieces.all())
    textes = [facture.commentaire, *(ligne.denomination for ligne in lignes)]
    attendue = espaces.validation_en_attente(facture)
    limite = attendue.echeance if attendue is not None else None
    return {
        "facture": facture,
        "lignes": lignes,
        "recapitulatif": list(facture.lignes_tva.all()),
        "pieces": [piece for piece in pieces if not piece.principale],
        "autoliquidation": any("autoliquidation" in texte.casefold() for texte in textes),
        "reste": echeances.reste(limite, clock.now(), request.cohort.zone) if limite else None,
        "etapes": etapes_de_validation(facture, request.cohort.zone),
    }


def _page(request: Requete, facture: Facture, form: ReponseForm, *, status: int = 200) -> HttpResponse:
    choisie = choix_valideur.choisie(_entier(form["valideur_2"].value() or ""))
    recherche = (form.data or form.initial).get("recherche", "") if choisie is None else ""
    contexte = cadre(f"Répondre à la facture {facture.numero}", parents=_parents(facture), espace=Espace.A_VALIDER)
    contexte |= faits(request, facture) | {
        "form": form,
        "choisie": choisie,
        "nom": "valideur_2",
        "champ_valideur": form["valideur_2"],
        "cotraitance": Qualite.COTRAITANT in validation.qualites(facture),
        "a9": facture.cadre == Cadre.A9,
        "second": facture.statut == Statut.A_VALIDER_2,
        "suites": _suites(facture),
    }
    contexte |= choix_valideur.chercher(recherche, choix_valideur.exclues(facture, second=False))
    return render(request, "invoices/a_valider_repondre.html", contexte, status=status)


def _suites(facture: Facture) -> dict[str, str]:
    """Sentences beside the choices of the form."""
    statuts = {nom: _cible(facture, action) for nom, action in _ACTIONS.items()}
    return {nom: consequences.suite(facture, statut) for nom, statut in statuts.items()}


_ACTIONS = {"valider": Action.VALIDER, "refuser": Action.REFUSER, "erreur": Action.MAUVAIS_VALIDEUR}
