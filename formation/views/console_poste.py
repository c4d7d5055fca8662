"""One seat: who sits there, what he has, what he did, how to help him."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.enums import EtatCompte
from accounts.models import Compte
from formation import queries
from formation.forms.console import CleForm, nouvelle_cle
from formation.services import gestes, packs, postes, remises, sessions
from formation.views.console_acces import cle_recue, conflit, contexte, poste_requis, url_participation
from invoices.models import Facture
from sandbox.cohorts.models import Cohort, Participant
from sandbox.mail.models import Message
from sandbox.snapshots.services import InstantaneIncompatible
from sandbox.web import qr
from structures.enums import StatutRattachement
from structures.models import Rattachement

FACTURES, COURRIELS = 50, 20


def _siret(cohort: Cohort, numero: int) -> str:
    try:
        return sessions.siret_du_poste(packs.lire(cohort.pack), numero)
    except packs.PackInvalide:
        return ""


@poste_requis
@require_safe
def poste(request: HttpRequest, cohort: Cohort, participant: Participant) -> HttpResponse:
    numero = participant.numero
    comptes = (
        Compte.objects.filter(place=numero, personnage__isnull=True)
        .exclude(compte_technique__structure__in=queries.jouees())
        .order_by("pk")
    )
    rattachements = Rattachement.objects.filter(
        place=numero, statut=StatutRattachement.VALIDEE, compte__personnage__isnull=True
    ).exclude(compte__etat=EtatCompte.TECHNIQUE)
    lien = url_participation(request, cohort, participant)
    grille = queries.grille(cohort)
    return render(
        request,
        "formation/console/poste.html",
        contexte(request, cohort, "classe", (f"Poste {participant.libelle}", None))
        | {
            "participant": participant,
            "ligne": grille.lignes[numero - 1] if numero <= len(grille.lignes) else None,
            "blocages": [b for b in grille.blocages if b.poste.numero == numero],
            "courriel": sessions.courriel_du_poste(numero),
            "siret": _siret(cohort, numero),
            "comptes": [
                {"compte": c, "bloque": c.est_bloque(), "en_attente": c.etat == EtatCompte.EN_ATTENTE_ACTIVATION}
                for c in comptes
            ],
            "structures": rattachements.select_related("structure", "compte").order_by("pk"),
            "factures": Facture.objects.filter(place=numero).select_related("destinataire").order_by("-pk")[:FACTURES],
            "courriels": Message.objects.filter(place=numero).order_by("-recu_le", "-pk")[:COURRIELS],
            "journal": queries.traces_du_poste(numero),
            "qr": qr.svg(lien, f"QR code du poste {participant.libelle}"),
            "precedent": numero - 1 if numero > 1 else None,
            "suivant": numero + 1 if numero < cohort.places else None,
        },
    )


@dataclass(frozen=True, slots=True)
class _Geste:
    """A confirmation and what it does."""

    titre: str
    question: str
    perte: list[str]
    bouton: str
    faire: Callable[..., Any]
    succes: Callable[[Any], str]


def _confirmer(request: HttpRequest, cohort: Cohort, participant: Participant, geste: _Geste) -> HttpResponse:
    """GET: the question. POST: the act, once, then back to the seat."""
    retour = reverse("formation:poste", args=[cohort.code, participant.numero])
    if request.method == "POST":
        form = CleForm(request.POST)
        if not form.is_valid():
            return conflit(request, cohort, "Cette demande est incomplète : repassez par la page du poste.")
        try:
            resultat = geste.faire(formateur=request.user, cle=form.cleaned_data["cle"])
        except gestes.DejaFait:
            return redirect(retour)
        except (gestes.SessionOccupee, InstantaneIncompatible) as refus:
            return conflit(request, cohort, str(refus))
        messages.success(request, geste.succes(resultat))
        return redirect(retour)
    return render(
        request,
        "_composants/confirmation.html",
        contexte(request, cohort, "classe", (f"Poste {participant.libelle}", retour), (geste.titre, None))
        | {
            "gabarit": "formation/console/cadre.html",
            "titre": geste.titre,
            "question": geste.question,
            "perte": geste.perte,
            "bouton": geste.bouton,
            "url_action": request.path,
            "url_retour": retour,
            "champs": {"cle": nouvelle_cle()},
        },
    )


@poste_requis
@require_http_methods(["GET", "HEAD", "POST"])
def reinitialiser(request: HttpRequest, cohort: Cohort, participant: Participant) -> HttpResponse:
    return _confirmer(
        request,
        cohort,
        participant,
        _Geste(
            titre=f"Réinitialiser le poste {participant.libelle}",
            question="Ce poste revient à son état initial. L'horloge et les autres postes ne bougent pas.",
            perte=[
                "Ses comptes, ses structures, ses factures et ses courriels disparaissent.",
                "La personne garde sa place et son PIN.",
                "Un instantané de toute la session est gardé d'abord.",
            ],
            bouton="Réinitialiser ce poste",
            faire=lambda **qui: remises.reinitialiser_poste(cohort, participant.numero, **qui),
            succes=lambda _: f"Poste {participant.libelle} remis à son état initial. La personne garde sa place.",
        ),
    )


@poste_requis
@require_http_methods(["GET", "HEAD", "POST"])
def liberer(request: HttpRequest, cohort: Cohort, participant: Participant) -> HttpResponse:
    return _confirmer(
        request,
        cohort,
        participant,
        _Geste(
            titre=f"Libérer le poste {participant.libelle}",
            question="La place redevient libre, avec un nouveau PIN. Le travail fait sur ce poste reste.",
            perte=[
                "La personne qui l'occupe est déconnectée de la session.",
                "Son prénom est effacé ; la carte imprimée ne vaut plus.",
            ],
            bouton="Libérer la place",
            faire=lambda **qui: postes.liberer(cohort, participant, **qui),
            succes=lambda pin: f"Poste {participant.libelle} libre. Nouveau PIN : {pin}.",
        ),
    )


@poste_requis
@require_http_methods(["GET", "HEAD", "POST"])
def changer_pin(request: HttpRequest, cohort: Cohort, participant: Participant) -> HttpResponse:
    return _confirmer(
        request,
        cohort,
        participant,
        _Geste(
            titre=f"Changer le PIN du poste {participant.libelle}",
            question="Un nouveau PIN est tiré au sort. La personne déjà assise reste connectée.",
            perte=["La carte imprimée ne vaut plus : donnez le nouveau PIN, ou imprimez de nouveau les cartes."],
            bouton="Changer le PIN",
            faire=lambda **qui: postes.changer_pin(cohort, participant, **qui),
            succes=lambda pin: f"Nouveau PIN du poste {participant.libelle} : {pin}.",
        ),
    )


def _sur_un_compte(
    request: HttpRequest,
    cohort: Cohort,
    participant: Participant,
    pk: int,
    faire: Callable[..., None],
    succes: str,
) -> HttpResponse:
    """One click, no confirmation: nothing is lost."""
    compte = get_object_or_404(Compte, pk=pk, place=participant.numero)
    try:
        faire(cohort, compte, formateur=request.user, cle=cle_recue(request))
    except gestes.DejaFait:
        pass
    else:
        messages.success(request, succes.format(login=compte.login_email))
    if request.POST.get("retour") == "classe":
        return redirect("formation:session", cohort.code)
    return redirect("formation:poste", cohort.code, participant.numero)


@poste_requis
@require_POST
def debloquer(request: HttpRequest, cohort: Cohort, participant: Participant, pk: int) -> HttpResponse:
    return _sur_un_compte(
        request, cohort, participant, pk, postes.debloquer, "Compte {login} débloqué : la personne peut se connecter."
    )


@poste_requis
@require_POST
def expirer(request: HttpRequest, cohort: Cohort, participant: Participant, pk: int) -> HttpResponse:
    """The incident « lien expiré »: the trainee meets the page, and asks for another link."""
    return _sur_un_compte(
        request,
        cohort,
        participant,
        pk,
        postes.expirer_activation,
        "Lien d'activation de {login} expiré : la personne devra en demander un autre.",
    )


@poste_requis
@require_POST
def renvoyer(request: HttpRequest, cohort: Cohort, participant: Participant, pk: int) -> HttpResponse:
    return _sur_un_compte(
        request,
        cohort,
        participant,
        pk,
        postes.renvoyer_activation,
        "Nouveau lien envoyé à {login}, valable 60 minutes. Il est dans sa « Messagerie ».",
    )
