"""One invoice form, two doors: « Saisir facture » and the second step of « Déposer facture »."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.requete import Requete
from invoices import calculs, queries
from invoices.enums import Cadre, ModeDepot
from invoices.forms.lignes import tasser
from invoices.forms.saisie import Formulaire, Listes, formulaire, premieres_valeurs, texte_des_colonnes
from invoices.forms.textes import appliquer_autoliquidation
from invoices.models import Facture
from invoices.rules import Manquement
from invoices.services import brouillons
from invoices.services.deposer import DejaEnvoyee
from invoices.views.commun import cadre, exiger_modification, facture_visible
from invoices.views.contexte import contexte_du_formulaire
from sandbox import clock
from sandbox.web.dates import hour
from structures.models import Service, Structure

_TECHNIQUES = frozenset({"csrfmiddlewaretoken", "action", "version", "cle", "mode"})
_LONGUEUR_MAXIMUM = 10_000
_BOUTONS = frozenset(
    {
        *("recalculer", "actualiser", "ajouter-ligne", "chercher", "choisir", "changer"),
        *("chercher-valideur", "choisir-valideur", "changer-valideur"),
    }
)
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
    depassee: bool = False
    """The draft was sent, or deleted, while this page was open: what was typed stays in the page."""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def prefixe(self) -> str:
        """Of the rows of this form."""
        return "lignes" if self.mode == ModeDepot.SAISIE_PORTAIL else "tva"

    @property
    def url(self) -> str:
        if self.facture is None or (self.depassee and self.prefixe == "lignes"):
            return reverse("invoices:saisir")
        return reverse(f"invoices:{'brouillon' if self.prefixe == 'lignes' else 'depot'}", args=[self.facture.pk])


def resoudre_valideur(champs: dict[str, str]) -> Structure | None:
    """Validator of this text, whatever its state; an unknown one, or a service that is not his, is taken off."""
    brut = champs.get("valideur", "")
    structure = Structure.objects.filter(pk=int(brut)).first() if brut.isdecimal() and len(brut) < 19 else None
    champs["valideur"] = str(structure.pk) if structure else ""
    service = champs.get("service_valideur", "")
    connu = structure is not None and service.isdecimal() and len(service) < 19
    if not connu or not Service.objects.filter(pk=int(service), structure=structure).exists():
        champs["service_valideur"] = ""
    return structure


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
    lus = champs if form is None else form.champs
    destinataire, valideur = resoudre_destinataire(lus), resoudre_valideur(lus)
    if form is None:
        form = formulaire(champs, listes=edition.listes, mode=edition.mode, blancs=blancs)
        form.lisible()
    facture = None if edition.depassee and edition.prefixe == "lignes" else edition.facture
    contexte = cadre(
        "Saisir facture" if edition.prefixe == "lignes" else "Déposer facture",
        onglet="saisir" if edition.prefixe == "lignes" else "deposer",
    )
    contexte |= contexte_du_formulaire(form, destinataire, facture, edition.listes, valideur)
    contexte |= {
        "cle": edition.cle or secrets.token_urlsafe(12),
        "version": edition.version or (facture.version if facture else 0),
        "conflit": edition.conflit,
        "envoyee": edition.facture if edition.depassee else None,
        "url_formulaire": edition.url,
        **edition.extra,
    }
    gabarit = "invoices/saisir.html" if edition.prefixe == "lignes" else "invoices/deposer_verifier.html"
    request = edition.request
    if request.headers.get("HX-Request"):
        response = render(request, f"{gabarit}#formulaire", contexte, status=status)
        if facture is not None and not edition.depassee:
            response.headers["HX-Replace-Url"] = edition.url
        return response
    return render(request, gabarit, contexte, status=status)


def champs_de(facture: Facture) -> dict[str, str]:
    """Text of the form for a draft: as it was typed, else as its columns say."""
    champs = facture.saisie.get("champs")
    if isinstance(champs, dict):
        return {str(nom): str(valeur) for nom, valeur in champs.items() if not str(nom).startswith("piece_")}
    return texte_des_colonnes(queries.depot_de(facture))


def afficher(edition: Edition) -> HttpResponse:
    if edition.facture is None:
        return dessiner(edition, premieres_valeurs(edition.listes), blancs=1)
    champs = champs_de(edition.facture)
    vide = edition.prefixe == "lignes" and not int(champs.get("lignes-TOTAL_FORMS") or 0)
    return dessiner(edition, champs, blancs=1 if vide else 0)


def recevoir(edition: Edition, confirmer: Callable[[Edition, Formulaire], HttpResponse]) -> HttpResponse:
    """Any button of the form; ``confirmer`` answers « Valider et envoyer »."""
    request = edition.request
    champs = appliquer_autoliquidation(texte_du_formulaire(request.POST.dict()))
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
        return confirmer(edition, sauve)
    if action.startswith("retirer-piece-") and edition.facture is not None:
        numero = action.removeprefix("retirer-piece-")
        if numero.isdecimal() and len(numero) < 19 and brouillons.retirer(edition.facture.pk, int(numero)):
            messages.success(request, "Pièce jointe retirée.")
        else:  # SBX_045
            messages.warning(request, "La pièce jointe est inconnue : elle a sans doute déjà été retirée.")
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
    return action in _BOUTONS or action.startswith("service:") or _LIGNE.fullmatch(action) is not None


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
    elif action == "changer-valideur":
        champs |= {"valideur": "", "service_valideur": "", "recherche_valideur": ""}
    elif action in ("recalculer", "actualiser"):
        _proposer_le_montant(edition, champs)
    return dessiner(edition, champs, blancs=blancs)


def _proposer_le_montant(edition: Edition, champs: dict[str, str]) -> None:
    """« Montant à payer »: nothing when it is already paid; else, while nobody has typed one, what is left to pay."""
    lu = formulaire(champs, listes=edition.listes, mode=edition.mode)
    depot = lu.depot()
    deja_payee = depot.cadre == Cadre.A2
    tape = champs.get("montant_a_payer", "").strip()
    rien = not tape or (depot.montant_a_payer == 0 and bool(depot.montant_ttc))
    calculable = depot.montant_ttc is not None and (bool(depot.lignes) or not lu.est_saisie)
    if deja_payee or (rien and calculable):
        du = calculs.a_payer(depot.montant_ttc or calculs.ZERO, depot.acompte, deja_payee=deja_payee)
        champs["montant_a_payer"] = f"{du:.2f}".replace(".", ",")


def _sauver(edition: Edition, champs: dict[str, str]) -> Formulaire | HttpResponse:
    """Keep the draft and its new files; an answer instead when it cannot be."""
    request = edition.request
    destinataire = resoudre_destinataire(champs)
    resoudre_valideur(champs)
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
        return depassee(edition, champs, str(deja))
    edition.facture, edition.version = facture, facture.version
    refus = _joindre(edition, form)
    if refus:
        form.reporter(refus)
    if request.FILES and form.pieces_fausses:
        return dessiner(edition, champs, form=form, status=422)
    return form


def depassee(edition: Edition, champs: dict[str, str], raison: str) -> HttpResponse:
    """409: the draft left while this page was open. Nothing is written; what was typed is still there, to be kept.

    A saisie may then be saved as another draft; a deposit stays beside its document.
    """
    edition.depassee, edition.conflit, edition.cle, edition.version = True, raison, "", 0
    return dessiner(edition, champs, status=409)


def _joindre(edition: Edition, form: Formulaire) -> list[Manquement]:
    fichiers = edition.request.FILES.getlist("pieces_jointes")
    if not fichiers or edition.facture is None:
        return []
    numero = form.ligne_de_piece()
    if not form.pieces.is_valid() or form.pieces_fausses:
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
                ligne=numero,
            )
            for fichier in fichiers
        ],
    )
