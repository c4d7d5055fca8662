"""« Saisir facture » (factures.md §2.3): a new draft, an existing one, its sending, its deletion."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.profils import Profil
from accounts.requete import Requete
from invoices import queries
from invoices.enums import ModeDepot
from invoices.forms.textes import appliquer_autoliquidation
from invoices.models import Facture
from invoices.rules.pieces import DOSSIER_MAXIMUM
from invoices.services import deposer
from invoices.views import edition, envoi
from invoices.views.commun import cadre, conflit, exiger_modification, facture_visible, listes
from invoices.views.contexte import chercher, chercher_valideurs, contexte_du_formulaire, indice_d_origine
from invoices.views.edition import Edition
from invoices.views.televersement import limiter
from structures.acces import droits_de, portail_requis

modification = portail_requis(Profil.FACTURES_EMISES, modification=True)


@limiter(DOSSIER_MAXIMUM)
@require_http_methods(["GET", "HEAD", "POST"])
@modification
def saisir(request: Requete) -> HttpResponse:
    """A new invoice. Nothing is written before the first « Enregistrer »."""
    choix = listes(request)
    if not choix.mandats:
        return render(
            request,
            "invoices/mandat_absent.html",
            cadre("Saisir facture", onglet="saisir") | {"structures": choix.structures},
            status=422 if request.method == "POST" else 200,
        )
    page = Edition(request, None, ModeDepot.SAISIE_PORTAIL, choix)
    return edition.recevoir(page, envoi.demander_confirmation) if request.method == "POST" else edition.afficher(page)


def editer(request: Requete, pk: int, *, saisie: bool) -> HttpResponse:
    """The form of a draft, of one door or the other."""
    facture = facture_visible(request, pk)
    exiger_modification(request, facture)
    if (facture.mode_depot == ModeDepot.SAISIE_PORTAIL) != saisie and facture.est_brouillon:
        return redirect(_adresse(facture))
    if not facture.est_brouillon:
        if request.method == "POST" and (facture.mode_depot == ModeDepot.SAISIE_PORTAIL) == saisie:
            page = Edition(request, facture, ModeDepot(facture.mode_depot), listes(request))
            return edition.depassee(
                page,
                appliquer_autoliquidation(edition.texte_du_formulaire(request.POST.dict())),
                f"Cette facture n'est plus un brouillon : elle est « {facture.statut_enum.label} ». "
                "Rien de ce que vous venez de saisir n'a été enregistré.",
            )
        return redirect("invoices:facture", pk=pk)
    page = Edition(request, facture, ModeDepot(facture.mode_depot), listes(request))
    return edition.recevoir(page, envoi.demander_confirmation) if request.method == "POST" else edition.afficher(page)


def _adresse(facture: Facture) -> str:
    nom = "brouillon" if facture.mode_depot == ModeDepot.SAISIE_PORTAIL else "depot"
    return reverse(f"invoices:{nom}", args=[facture.pk])


@limiter(DOSSIER_MAXIMUM)
@require_http_methods(["GET", "HEAD", "POST"])
@modification
def brouillon(request: Requete, pk: int) -> HttpResponse:
    return editer(request, pk, saisie=True)


@require_http_methods(["GET", "HEAD", "POST"])
@modification
def envoyer(request: Requete, pk: int) -> HttpResponse:
    """The question of « Valider et envoyer », and its answer."""
    facture = facture_visible(request, pk)
    exiger_modification(request, facture)
    if request.method == "POST":
        return envoi.envoyer_pour_de_bon(request, facture)
    if not facture.est_brouillon:
        return redirect("invoices:facture", pk=pk)
    if deposer.controler(queries.depot_de(facture), droits_de(request), sauf=pk):
        messages.warning(request, "Ce brouillon n'est pas prêt : corrigez-le, puis choisissez « Valider et envoyer ».")
        return redirect(_adresse(facture))
    return render(request, "_composants/confirmation.html", envoi.question(facture))


@require_http_methods(["GET", "HEAD", "POST"])
@modification
def supprimer(request: Requete, pk: int) -> HttpResponse:
    """Delete a draft, after one question (factures.md D-32)."""
    facture = facture_visible(request, pk)
    exiger_modification(request, facture)
    retour = reverse("invoices:facture", args=[pk])
    if not facture.est_brouillon:
        return conflit(request, "Seul un brouillon se supprime : cette facture a été envoyée.", retour)
    if request.method == "POST":
        try:
            deposer.supprimer(pk, compte=request.compte)
        except deposer.TransitionRefusee as refus:
            return conflit(request, str(refus), retour)
        messages.success(request, f"Brouillon {facture.numero or 'sans numéro'} supprimé.")
        return redirect("invoices:synthese")
    pieces = facture.pieces.count()
    perte = ["Tout ce qui a été saisi dans ce brouillon."]
    perte += [f"Ses {pieces} fichiers joints." if pieces > 1 else "Son fichier joint."] if pieces else []
    return render(
        request,
        "_composants/confirmation.html",
        cadre("Supprimer le brouillon")
        | {
            "titre": "Supprimer le brouillon",
            "question": f"Le brouillon {facture.numero or 'sans numéro'} sera supprimé. Vous perdrez :",
            "perte": perte,
            "bouton": "Supprimer le brouillon",
            "url_action": reverse("invoices:supprimer", args=[pk]),
            "url_retour": _adresse(facture),
        },
    )


@require_safe
@modification
def destinataires(request: Requete) -> HttpResponse:
    """Block 1 for HTMX: results as one types, then the recipient with its services and what it demands."""
    champs = edition.texte_du_formulaire(request.GET.dict())
    declencheur = request.headers.get("HX-Trigger-Name", "")
    action = request.GET.get("action", "")
    if declencheur == "recherche":
        resultats, suite = chercher(champs.get("recherche", ""))
        contexte = {"resultats": resultats, "resultats_suite": suite, "recherche": champs.get("recherche", "")}
        return render(request, "invoices/_resultats.html", contexte)
    if action == "changer":
        champs |= {"destinataire": "", "destinataire_etat": "non", "code_service": "", "recherche": ""}
    elif action.startswith("service:"):
        champs["code_service"] = action.removeprefix("service:")
    elif declencheur == "destinataire":
        champs |= {"destinataire_etat": "non", "code_service": ""}
    structure = edition.resoudre_destinataire(champs)
    mode = ModeDepot.SAISIE_PORTAIL if request.GET.get("mode") != "depot" else ModeDepot.DEPOT_PDF_PORTAIL
    choix = listes(request)
    form = edition.formulaire(champs, listes=choix, mode=mode)
    contexte = contexte_du_formulaire(form, structure, None, choix)
    return render(request, "invoices/_destinataire.html", contexte | {"oob": True, "vise": bool(declencheur)})


@require_safe
@modification
def valideurs(request: Requete) -> HttpResponse:
    """« Structure valideur » for HTMX: results as one types, then the chosen one, its services, its warning."""
    champs = edition.texte_du_formulaire(request.GET.dict())
    declencheur = request.headers.get("HX-Trigger-Name", "")
    if declencheur == "recherche_valideur":
        trouves, suite = chercher_valideurs(champs.get("recherche_valideur", ""))
        contexte = {"valideurs": trouves, "valideurs_suite": suite}
        contexte["recherche_valideur"] = champs.get("recherche_valideur", "")
        return render(request, "invoices/_valideurs_trouves.html", contexte)
    if request.GET.get("action", "") == "changer-valideur":
        champs |= {"valideur": "", "service_valideur": "", "recherche_valideur": ""}
    elif declencheur == "valideur":
        champs["service_valideur"] = ""
    destinataire, valideur = edition.resoudre_destinataire(champs), edition.resoudre_valideur(champs)
    choix = listes(request)
    form = edition.formulaire(champs, listes=choix, mode=ModeDepot.SAISIE_PORTAIL)
    contexte = contexte_du_formulaire(form, destinataire, None, choix, valideur)
    return render(request, "invoices/_valideur.html", contexte | {"vise": bool(declencheur)})


@require_safe
@modification
def indice(request: Requete) -> HttpResponse:
    """Hint under « Numéro de facture d'origine », as it is typed."""
    champs = edition.texte_du_formulaire(request.GET.dict())
    edition.resoudre_destinataire(champs)
    choix = listes(request)
    depot = edition.formulaire(champs, listes=choix, mode=ModeDepot.SAISIE_PORTAIL).depot()
    phrase = indice_d_origine(depot, choix.structure(depot.fournisseur_id))
    return render(request, "invoices/_indice.html", {"indice_origine": phrase})
