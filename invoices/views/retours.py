"""What the issuer does of an invoice that came back: « Recycler », « Compléter », « Dupliquer » (factures.md §7)."""

import secrets
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.requete import Requete
from invoices import lifecycle
from invoices.enums import Acteur, Action, Espace, Motif, Statut
from invoices.forms.retours import ComplementForm, RecyclageForm
from invoices.models import Facture, HistoriqueStatut
from invoices.queries_espaces import acteurs
from invoices.rules.pieces import DOSSIER_MAXIMUM
from invoices.services import brouillons, retours
from invoices.services.deposer import DepotRefuse
from invoices.services.transitions import Auteur, TransitionRefusee
from invoices.views import edition
from invoices.views.commun import cadre, conflit, espace_requis, exiger_modification, facture_visible
from invoices.views.contexte import chercher, destinataire_et_services
from invoices.views.televersement import limiter
from structures.acces import droits_de

modification = espace_requis(Espace.EMISES, modification=True)
SANS_ENVOI = ("changer", "chercher", "choisir")
"""Buttons of the recipient's block: the page is drawn again, nothing is controlled."""


def _auteur(request: Requete) -> Auteur:
    return Auteur(nom=str(request.compte), compte=request.compte)


def _a_agir(request: Requete, pk: int) -> Facture:
    facture = facture_visible(request, pk)
    exiger_modification(request, facture)
    if not acteurs(facture, droits_de(request), Espace.EMISES):
        raise PermissionDenied(
            "Votre droit de modification est limité à d'autres services de cette structure : "
            "demandez celui de la facture à son gestionnaire principal."
        )
    return facture


def _prevue(facture: Facture, action: Action) -> object | None:
    return lifecycle.find(facture.situation(), action, Acteur.FOURNISSEUR)


def _passee(request: Requete, facture: Facture, action: Action) -> HttpResponse | None:
    """Back to the page of an invoice that does not call for this action (any more).

    Not for what is sent: the service says who moved the invoice, and the form keeps its text (409).
    """
    if request.method == "POST" or _prevue(facture, action) is not None:
        return None
    messages.info(
        request,
        f"« {action.label} » n'est pas prévu pour une facture « {Statut(facture.statut).label} » : rien à faire.",
    )
    return redirect("invoices:facture", pk=facture.pk)


def _retour_recu(facture: Facture) -> dict[str, Any]:
    """What the recipient said when he returned it, at the top of both forms."""
    derniere: HistoriqueStatut | None = facture.historique.filter(
        statut__in=[Statut.A_RECYCLER, Statut.SUSPENDUE]
    ).last()
    return {
        "facture": facture,
        "retour": derniere,
        "motif": Motif(derniere.motif).label if derniere and derniere.motif else "",
        "url_facture": reverse("invoices:facture", args=[facture.pk]),
    }


def _cadre(facture: Facture, titre: str) -> dict[str, Any]:
    return cadre(titre, parents=[(str(facture), reverse("invoices:facture", args=[facture.pk]))])


def _dessiner_recyclage(
    request: Requete, facture: Facture, champs: dict[str, str], *, form: RecyclageForm | None = None, **extra: Any
) -> HttpResponse:
    destinataire = edition.resoudre_destinataire(champs)
    bloc = destinataire_et_services(destinataire, champs.get("code_service", ""))
    form = form or RecyclageForm(champs)
    form.marquer(destinataire, bloc["service"])
    recherche = champs.get("recherche", "").strip()
    resultats, suite = chercher(recherche) if recherche and destinataire is None else ([], False)
    contexte = _cadre(facture, "Recycler") | _retour_recu(facture) | bloc
    contexte |= {
        "entete": form,
        "recherche": recherche,
        "resultats": resultats,
        "resultats_suite": suite,
        "etat_choisi": champs.get("destinataire_etat") == "oui",
        "lus": {},
        "vu": champs.get("vu") or facture.statut,
        "conflit": extra.get("conflit", ""),
    }
    return render(request, "invoices/recycler.html", contexte, status=extra.get("status", 200))


def _champs_du_recyclage(request: Requete, facture: Facture) -> tuple[dict[str, str], str]:
    """Text of the four fields, and the button: as sent, else as the invoice says."""
    if request.method != "POST":
        initiaux = {nom: str(getattr(facture, nom)) for nom in ("code_service", "numero_engagement", "commentaire")}
        return initiaux | {"destinataire": str(facture.destinataire_id or ""), "vu": facture.statut}, ""
    champs = edition.texte_du_formulaire(request.POST.dict())
    action = request.POST.get("action", "")
    if action == "changer":
        champs |= {"destinataire": "", "destinataire_etat": "non", "code_service": "", "recherche": ""}
    elif action.startswith("service:"):
        champs["code_service"] = action.removeprefix("service:")
    return champs, action


@require_http_methods(["GET", "HEAD", "POST"])
@modification
def recycler(request: Requete, pk: int) -> HttpResponse:
    """Form, then one question, then T29: same number, four fields (A13)."""
    facture = _a_agir(request, pk)
    if (ailleurs := _passee(request, facture, Action.RECYCLER)) is not None:
        return ailleurs
    champs, action = _champs_du_recyclage(request, facture)
    if request.method != "POST" or action in SANS_ENVOI or action.startswith("service:"):
        return _dessiner_recyclage(request, facture, champs)
    destinataire = edition.resoudre_destinataire(champs)
    reroutage = retours.Reroutage(
        destinataire_id=destinataire.pk if destinataire else None,
        code_service=champs.get("code_service", "").strip(),
        numero_engagement=champs.get("numero_engagement", "").strip(),
        commentaire=champs.get("commentaire", ""),
        vu=champs.get("vu", "")[:40] or facture.statut,
    )
    droits = droits_de(request)
    depassee = _prevue(facture, Action.RECYCLER) is None or reroutage.vu != facture.statut
    try:
        if action == "confirmer" or depassee:
            retours.recycler(pk, reroutage, auteur=_auteur(request), droits=droits)
        elif manquements := retours.controler_recyclage(facture, reroutage, droits=droits):
            raise DepotRefuse(manquements)
        else:
            return render(request, "_composants/confirmation.html", _question(facture, reroutage, destinataire))
    except DepotRefuse as refus:
        form = RecyclageForm(champs)
        form.reporter(refus.manquements)
        return _dessiner_recyclage(request, facture, champs, form=form, status=422)
    except TransitionRefusee as refus:
        return _dessiner_recyclage(request, facture, champs, conflit=str(refus), status=409)
    messages.success(
        request,
        f"Facture {facture.numero} recyclée, sous le même numéro. Le portail l'achemine vers {destinataire} ; "
        "un nouveau délai de paiement partira de sa mise à disposition.",
    )
    return redirect("invoices:facture", pk=pk)


def _question(facture: Facture, reroutage: retours.Reroutage, destinataire: Any) -> dict[str, Any]:
    lignes = [f"Destinataire : {destinataire}"]
    lignes.append(f"Code service : {reroutage.code_service or 'aucun'}")
    lignes.append(f"Numéro d'engagement : {reroutage.numero_engagement or 'aucun'}")
    return _cadre(facture, "Recycler") | {
        "titre": "Recycler la facture",
        "question": f"La facture {facture.numero} repart sous le même numéro, sans autre changement, vers :",
        "perte": lignes,
        "bouton": "Recycler et envoyer",
        "danger": False,
        "url_action": reverse("invoices:recycler", args=[facture.pk]),
        "url_retour": reverse("invoices:recycler", args=[facture.pk]),
        "champs": {
            "action": "confirmer",
            "vu": reroutage.vu,
            "destinataire": str(reroutage.destinataire_id or ""),
            "code_service": reroutage.code_service,
            "numero_engagement": reroutage.numero_engagement,
            "commentaire": reroutage.commentaire,
        },
    }


def _dessiner_complement(
    request: Requete, facture: Facture, form: ComplementForm, *, conflit: str = "", status: int = 200
) -> HttpResponse:
    suspensions = facture.historique.filter(statut=Statut.SUSPENDUE).exclude(statut_avant=Statut.SUSPENDUE).count()
    contexte = _cadre(facture, "Compléter") | _retour_recu(facture)
    contexte |= {
        "form": form,
        "pieces": facture.pieces.all(),
        "vu": request.POST.get("vu", "")[:40] or facture.statut,
        "deuxieme": suspensions > 1,
        "conflit": conflit,
        "fichiers_a_rechoisir": bool(request.FILES),
    }
    return render(request, "invoices/completer.html", contexte, status=status)


@limiter(DOSSIER_MAXIMUM)
@require_http_methods(["GET", "HEAD", "POST"])
@modification
def completer(request: Requete, pk: int) -> HttpResponse:
    """T28: new files, a changed commentaire, or both; what was sent stays (A12)."""
    facture = _a_agir(request, pk)
    if (ailleurs := _passee(request, facture, Action.COMPLETER)) is not None:
        return ailleurs
    if request.method != "POST":
        return _dessiner_complement(request, facture, ComplementForm(initial={"commentaire": facture.commentaire}))
    form = ComplementForm(request.POST, request.FILES)
    if not form.is_valid():
        return _dessiner_complement(request, facture, form, status=422)
    lu = form.cleaned_data
    complement = retours.Complement(
        pieces=[
            brouillons.Piece(
                nom=fichier.name or "",
                contenu=fichier.read(),
                type=lu["piece_type"],
                designation=lu["piece_designation"],
            )
            for fichier in lu["pieces_jointes"] or []
        ],
        commentaire=lu["commentaire"].replace("\r\n", "\n"),
        vu=request.POST.get("vu", "")[:40],
    )
    try:
        retours.completer(pk, complement, auteur=_auteur(request))
    except DepotRefuse as refus:
        form.reporter(refus.manquements)
        return _dessiner_complement(request, facture, form, status=422)
    except TransitionRefusee as refus:
        return _dessiner_complement(request, facture, form, conflit=str(refus), status=409)
    messages.success(
        request,
        f"Facture {facture.numero} complétée : {facture.destinataire} la retrouve dans ses factures à traiter. "
        "Elle reste « Complétée » jusqu'à ce qu'il s'en saisisse.",
    )
    return redirect("invoices:facture", pk=pk)


DOUBLE_FACTURATION = (
    "Cette facture est rejetée pour double facturation : l'autre exemplaire suit son cours, il n'y a rien à renvoyer. "
    "Traitez le rejet, et annulez-la dans vos livres."
)


@require_http_methods(["GET", "HEAD", "POST"])
@modification
def dupliquer(request: Requete, pk: int) -> HttpResponse:
    """A new draft from a rejected or refused invoice: no number, no date, no file (factures.md §7)."""
    facture = _a_agir(request, pk)
    retour = reverse("invoices:facture", args=[pk])
    if not retours.remplacable(facture):
        rejetee = facture.statut == Statut.REJETEE
        message = (
            DOUBLE_FACTURATION if rejetee else "Seule une facture rejetée ou refusée se remplace par une nouvelle."
        )
        return conflit(request, message, retour)
    if request.method == "POST":
        cle = request.POST.get("cle", "").replace("\x00", "")[:40]
        neuve = retours.dupliquer(
            facture, cohort=request.cohort, compte=request.compte, cle=cle or secrets.token_urlsafe(12)
        )
        messages.success(
            request,
            f"Brouillon créé d'après {facture.numero}. Donnez-lui un nouveau numéro et sa date, corrigez-le, "
            "joignez ses pièces, puis envoyez-le.",
        )
        return redirect("invoices:brouillon", pk=neuve.pk)
    return render(
        request,
        "_composants/confirmation.html",
        _cadre(facture, "Dupliquer")
        | {
            "titre": "Dupliquer la facture",
            "question": f"Un brouillon reprend la facture {facture.numero}, destinataire, références et lignes, sans :",
            "perte": [
                "son numéro : celui d'une facture rejetée ou refusée ne peut plus servir ;",
                "sa date de facture ;",
                "ses pièces jointes.",
            ],
            "bouton": "Créer le brouillon",
            "danger": False,
            "url_action": reverse("invoices:dupliquer", args=[pk]),
            "url_retour": retour,
            "champs": {"cle": secrets.token_urlsafe(12)},
        },
    )
