"""« Valider et envoyer »: every control, one question, and its answer (factures.md §2.3, §2.15)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.requete import Requete
from invoices import queries
from invoices.enums import Cadre, ModeDepot, Statut
from invoices.forms.saisie import Formulaire, formulaire
from invoices.models import Facture
from invoices.services import deposer
from invoices.views.commun import cadre, conflit, listes
from invoices.views.contexte import avertissements
from invoices.views.edition import Edition, champs_de, dessiner
from sandbox.web.nombres import format_amount
from structures.acces import droits_de

SUITES_DES_LIGNES = frozenset({"SBX_020", "SBX_023", "SBX_025", "SBX_026"})
"""What the rules say of totals: only consequences while a line cannot be read."""


def demander_confirmation(edition: Edition, form: Formulaire) -> HttpResponse:
    """« Valider et envoyer »: every control, then one question."""
    facture = edition.facture
    assert facture is not None  # noqa: S101 -- it has just been kept
    pieces = queries.depot_de(facture).pieces_jointes
    lignes_completes = form.exiger_les_lignes()
    manquements = deposer.controler(form.depot(pieces), droits_de(edition.request), sauf=facture.pk)
    if form.totaux_incertains:
        manquements = [m for m in manquements if m.code not in SUITES_DES_LIGNES]
    if not lignes_completes:  # said at the fields of each line
        manquements = [m for m in manquements if (m.code, m.champ) != ("SBX_013", "lignes")]
    form.reporter(manquements)
    if manquements or form.entete.errors or not lignes_completes:
        return dessiner(edition, form.champs, form=form, status=422)
    if edition.request.headers.get("HX-Request"):
        response = render(edition.request, "_composants/confirmation.html", question(facture))
        response.headers["HX-Retarget"] = "#dialogue-contenu"
        response.headers["HX-Reswap"] = "innerHTML"
        response.headers["HX-Reselect"] = "#confirmation"
        response.headers["HX-Replace-Url"] = edition.url
        return response
    return redirect("invoices:envoyer", pk=facture.pk)


def question(facture: Facture) -> dict[str, Any]:
    """Context of the confirmation page."""
    avoir = "l'avoir" if facture.type_facture == "AVOIR" else "la facture"
    references = [f"service {facture.code_service}"] if facture.code_service else []
    references += [f"engagement {facture.numero_engagement}"] if facture.numero_engagement else []
    suite = f", {', '.join(references)}" if references else ""
    montant = format_amount(facture.montant_a_payer, facture.devise) if facture.montant_a_payer is not None else "–"
    etape = {
        Cadre.A9: f" Elle passe d'abord par {facture.valideur}, qui a 15 jours pour la valider.",
        Cadre.A12: f" Elle passe d'abord par {facture.valideur}, mandataire, et attend sa validation.",
    }.get(Cadre(facture.cadre), "")
    saisie = facture.mode_depot == ModeDepot.SAISIE_PORTAIL
    return cadre("Valider et envoyer", onglet="saisir" if saisie else "deposer") | {
        "titre": "Valider et envoyer",
        "question": (
            f"Vous envoyez {avoir} {facture.numero} à {facture.destinataire}{suite}. Montant à payer : {montant}."
            f"{etape} Une fois envoyée, la facture ne peut plus être modifiée."
        ),
        "perte": avertissements(queries.depot_de(facture), facture.fournisseur, facture.valideur),
        "bouton": "Confirmer et envoyer",
        "danger": False,
        "url_action": reverse("invoices:envoyer", args=[facture.pk]),
        "url_retour": reverse(f"invoices:{'brouillon' if saisie else 'depot'}", args=[facture.pk]),
        "champs": {"version": facture.version, "cle": facture.saisie.get("cle", "")},
    }


def envoyer_pour_de_bon(request: Requete, facture: Facture) -> HttpResponse:
    """The answer to the question. Sent twice, the second click lands on the invoice that the first one sent."""
    vu = request.POST.get("version", "") == str(facture.version)
    # The page that asked the question may have saved by itself since: that is no surprise to who answers it.
    vu = vu or (bool(request.POST.get("cle")) and request.POST.get("cle") == facture.saisie.get("cle"))
    saisie = facture.mode_depot == ModeDepot.SAISIE_PORTAIL
    if facture.est_brouillon and not vu:
        return conflit(
            request,
            "Le brouillon a été modifié depuis que cette confirmation est affichée : relisez-le avant de l'envoyer.",
            reverse(f"invoices:{'brouillon' if saisie else 'depot'}", args=[facture.pk]),
        )
    try:
        deposer.envoyer(facture.pk, compte=request.compte, droits=droits_de(request))
    except deposer.DepotRefuse as refus:
        edition = Edition(request, facture, ModeDepot(facture.mode_depot), listes(request))
        form = formulaire(champs_de(facture), listes=edition.listes, mode=edition.mode)
        form.depot()
        form.reporter(refus.manquements)
        return dessiner(edition, form.champs, form=form, status=422)
    except deposer.TransitionRefusee:
        facture.refresh_from_db()
        if facture.est_brouillon or facture.statut == Statut.SUPPRIMEE:
            return conflit(request, "Ce brouillon vient d'être supprimé ou modifié.", reverse("invoices:synthese"))
        messages.info(request, f"La facture {facture.numero} était déjà envoyée : une seule a été créée.")
        return redirect("invoices:facture", pk=facture.pk)
    messages.success(
        request,
        "Envoyée. Le portail l'achemine vers son destinataire ; vous la retrouverez dans Rechercher.",
    )
    return redirect("invoices:facture", pk=facture.pk)
