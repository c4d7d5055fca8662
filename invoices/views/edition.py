"""One invoice form, two doors: « Saisir facture » and the second step of « Déposer facture »."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.requete import Requete
from invoices import queries
from invoices.enums import Cadre, ModeDepot, Statut
from invoices.forms.lignes import tasser
from invoices.forms.saisie import Formulaire, Listes, formulaire, premieres_valeurs, texte_des_colonnes
from invoices.models import Facture
from invoices.rules import Manquement
from invoices.services import brouillons, deposer
from invoices.services.deposer import DejaEnvoyee
from invoices.views.commun import cadre, conflit, exiger_modification, facture_visible, listes
from invoices.views.contexte import contexte_du_formulaire
from sandbox import clock
from sandbox.web.dates import hour
from sandbox.web.nombres import format_amount
from structures.acces import droits_de
from structures.models import Structure

_TECHNIQUES = frozenset({"csrfmiddlewaretoken", "action", "version", "cle", "mode"})
_LONGUEUR_MAXIMUM = 10_000
SUITES_DES_LIGNES = frozenset({"SBX_020", "SBX_023", "SBX_025", "SBX_026"})
"""What the rules say of totals: only consequences while a line cannot be read."""
_LIGNE = re.compile(r"(dupliquer|supprimer)-ligne-(\d{1,4})")


@dataclass(slots=True)
class Edition:
    """A request on the form of one draft, or of a new one."""

    request: Requete
    facture: Facture | None
    mode: ModeDepot
    listes: Listes
    cle: str = ""
    version: int = 0
    conflit: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def prefixe(self) -> str:
        """Of the rows of this form."""
        return "lignes" if self.mode == ModeDepot.SAISIE_PORTAIL else "tva"

    @property
    def url(self) -> str:
        if self.facture is None:
            return reverse("invoices:saisir")
        return reverse(f"invoices:{'brouillon' if self.prefixe == 'lignes' else 'depot'}", args=[self.facture.pk])


def texte_du_formulaire(donnees: Mapping[str, Any]) -> dict[str, str]:
    """The form as typed: no file, no technical field, nothing a database cannot hold."""
    return {
        nom: str(valeur).replace("\x00", "").replace("\r\n", "\n")[:_LONGUEUR_MAXIMUM]
        for nom, valeur in donnees.items()
        if nom not in _TECHNIQUES and len(nom) < 60 and "\x00" not in nom
    }


def resoudre_destinataire(champs: dict[str, str]) -> Structure | None:
    """Recipient of this text; « État » names the State's only structure. An unknown one is taken off the text."""
    brut = champs.get("destinataire", "")
    structure = None
    if brut.isdecimal() and len(brut) < 19:
        structure = Structure.objects.publiques().filter(pk=int(brut)).first()
    if champs.get("destinataire_etat") == "oui" and (structure is None or not structure.etat_public):
        structure = Structure.objects.publiques().actives().filter(etat_public=True).order_by("pk").first()
    champs["destinataire"] = str(structure.pk) if structure else ""
    champs["destinataire_etat"] = "oui" if structure and structure.etat_public else "non"
    return structure


def dessiner(
    edition: Edition, champs: dict[str, str], *, form: Formulaire | None = None, status: int = 200, blancs: int = 0
) -> HttpResponse:
    """The page, whatever happened: always from the text as typed."""
    destinataire = resoudre_destinataire(champs) if form is None else resoudre_destinataire(form.champs)
    if form is None:
        form = formulaire(champs, listes=edition.listes, mode=edition.mode, blancs=blancs)
        form.lisible()
    facture = edition.facture
    contexte = cadre(
        "Saisir facture" if edition.prefixe == "lignes" else "Déposer facture",
        onglet="saisir" if edition.prefixe == "lignes" else "deposer",
    )
    contexte |= contexte_du_formulaire(form, destinataire, facture, edition.listes)
    contexte |= {
        "cle": edition.cle or secrets.token_urlsafe(12),
        "version": edition.version or (facture.version if facture else 0),
        "conflit": edition.conflit,
        "url_formulaire": edition.url,
        **edition.extra,
    }
    gabarit = "invoices/saisir.html" if edition.prefixe == "lignes" else "invoices/deposer_verifier.html"
    request = edition.request
    if request.headers.get("HX-Request"):
        response = render(request, f"{gabarit}#formulaire", contexte, status=status)
        if facture is not None:
            response.headers["HX-Replace-Url"] = edition.url
        return response
    return render(request, gabarit, contexte, status=status)


def champs_de(facture: Facture) -> dict[str, str]:
    """Text of the form for a draft: as it was typed, else as its columns say."""
    champs = facture.saisie.get("champs")
    if isinstance(champs, dict):
        return {str(nom): str(valeur) for nom, valeur in champs.items()}
    return texte_des_colonnes(queries.depot_de(facture))


def afficher(edition: Edition) -> HttpResponse:
    if edition.facture is None:
        return dessiner(edition, premieres_valeurs(edition.listes), blancs=1)
    champs = champs_de(edition.facture)
    vide = edition.prefixe == "lignes" and not int(champs.get("lignes-TOTAL_FORMS") or 0)
    return dessiner(edition, champs, blancs=1 if vide else 0)


def recevoir(edition: Edition) -> HttpResponse:
    """Any button of the form."""
    request = edition.request
    champs = texte_du_formulaire(request.POST.dict())
    edition.cle = request.POST.get("cle", "")[:40].replace("\x00", "")
    version = request.POST.get("version", "0")
    edition.version = int(version) if version.isdecimal() and len(version) < 9 else 0
    action = request.POST.get("action", "enregistrer")
    if edition.facture is None and (deja := brouillons.du_formulaire(edition.cle)) is not None:
        edition.facture = facture_visible(request, deja.pk)
        exiger_modification(request, edition.facture)
    if redessine(action):
        if request.FILES:
            reponse = _sauver(edition, champs)
            if isinstance(reponse, HttpResponse):
                return reponse
        return _redessiner(edition, champs, action)
    sauve = _sauver(edition, champs)
    if isinstance(sauve, HttpResponse):
        return sauve
    if request.headers.get("X-Bas-Autosave"):
        return HttpResponse(
            f"Brouillon enregistré à {_heure(request)}",
            content_type="text/plain; charset=utf-8",
            headers={"X-Bas-Adresse": edition.url},
        )
    if action == "envoyer":
        return _demander_confirmation(edition, sauve)
    if action.startswith("retirer-piece-") and edition.facture is not None:
        numero = action.removeprefix("retirer-piece-")
        if numero.isdecimal() and len(numero) < 19 and brouillons.retirer(edition.facture.pk, int(numero)):
            messages.success(request, "Pièce jointe retirée.")
        return redirect(f"{edition.url}#bloc-pieces")
    if not sauve.lisible():
        messages.warning(
            request, "Brouillon enregistré. Certaines valeurs ne sont pas lisibles : corrigez-les avant l'envoi."
        )
    else:
        messages.success(
            request,
            f"Brouillon enregistré à {_heure(request)}. Rien n'est envoyé : vous le retrouverez dans Synthèse.",
        )
    return redirect(f"{edition.url}#bloc-pieces" if action == "joindre" else edition.url)


def _heure(request: Requete) -> str:
    return hour(clock.real_now().astimezone(request.cohort.zone))


def redessine(action: str) -> bool:
    """Buttons that only change the page: nothing is kept yet."""
    return action in ("recalculer", "ajouter-ligne", "chercher", "choisir", "changer") or (
        action.startswith("service:") or _LIGNE.fullmatch(action) is not None
    )


def _redessiner(edition: Edition, champs: dict[str, str], action: str) -> HttpResponse:
    blancs = 0
    if action == "ajouter-ligne":
        blancs = 1
    elif trouve := _LIGNE.fullmatch(action):
        rang = {"doubler" if trouve[1] == "dupliquer" else "sauf": int(trouve[2])}
        champs = tasser(champs, edition.prefixe, **rang)
        blancs = 0 if int(champs[f"{edition.prefixe}-TOTAL_FORMS"]) else 1
    elif action == "changer":
        champs |= {"destinataire": "", "destinataire_etat": "non", "code_service": "", "recherche": ""}
    elif action.startswith("service:"):
        champs["code_service"] = action.removeprefix("service:")
    elif action == "recalculer" and edition.prefixe == "lignes" and not champs.get("montant_a_payer", "").strip():
        depot = formulaire(champs, listes=edition.listes, mode=edition.mode).depot()
        if depot.lignes and depot.montant_ttc is not None:
            du = 0 if depot.cadre == Cadre.A2 else depot.montant_ttc
            champs["montant_a_payer"] = f"{du:.2f}".replace(".", ",")
    return dessiner(edition, champs, blancs=blancs)


def _sauver(edition: Edition, champs: dict[str, str]) -> Formulaire | HttpResponse:
    """Keep the draft and its new files; an answer instead when it cannot be."""
    request = edition.request
    destinataire = resoudre_destinataire(champs)
    form = formulaire(champs, listes=edition.listes, mode=edition.mode, files=request.FILES or None)
    depot = form.depot()
    if "fournisseur" in form.entete.errors or depot.fournisseur_id is None:
        return dessiner(edition, champs, form=form, status=422)
    form.entete.marquer(destinataire, None)
    try:
        facture = brouillons.enregistrer(
            brouillons.Demande(depot=depot, champs=form.champs, cle=edition.cle, version=edition.version),
            cohort=request.cohort,
            compte=request.compte,
            place=request.compte.place,
            facture_id=edition.facture.pk if edition.facture else None,
        )
    except brouillons.ConflitDeVersion as choc:
        edition.facture, edition.version, edition.conflit = choc.facture, choc.facture.version, str(choc)
        return dessiner(edition, champs, status=409)
    except DejaEnvoyee as deja:
        pk = edition.facture.pk if edition.facture else None
        return conflit(
            request, str(deja), reverse("invoices:facture", args=[pk]) if pk else reverse("invoices:synthese")
        )
    edition.facture, edition.version = facture, facture.version
    refus = _joindre(edition, form)
    if refus:
        form.reporter(refus)
    if form.pieces.errors:
        return dessiner(edition, champs, form=form, status=422)
    return form


def _joindre(edition: Edition, form: Formulaire) -> list[Manquement]:
    fichiers = edition.request.FILES.getlist("pieces_jointes")
    if not fichiers or edition.facture is None or not form.pieces.is_valid():
        return []
    lu = form.entete.cleaned_data
    return brouillons.joindre(
        edition.facture.pk,
        [
            brouillons.Piece(
                nom=fichier.name or "",
                contenu=fichier.read(),
                type=lu.get("piece_type") or "",
                designation=lu.get("piece_designation") or "",
            )
            for fichier in fichiers
        ],
    )


def _demander_confirmation(edition: Edition, form: Formulaire) -> HttpResponse:
    """« Valider et envoyer »: every control, then one question."""
    facture = edition.facture
    assert facture is not None  # noqa: S101 -- it has just been kept
    pieces = queries.depot_de(facture).pieces_jointes
    lignes_completes = form.exiger_les_lignes()
    manquements = deposer.controler(form.depot(pieces), droits_de(edition.request), sauf=facture.pk)
    if form.totaux_incertains:
        manquements = [m for m in manquements if m.code not in SUITES_DES_LIGNES]
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
    saisie = facture.mode_depot == ModeDepot.SAISIE_PORTAIL
    return cadre("Valider et envoyer", onglet="saisir" if saisie else "deposer") | {
        "titre": "Valider et envoyer",
        "question": (
            f"Vous envoyez {avoir} {facture.numero} à {facture.destinataire}{suite}. Montant à payer : {montant}. "
            "Une fois envoyée, la facture ne peut plus être modifiée."
        ),
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
