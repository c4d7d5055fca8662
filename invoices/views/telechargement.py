"""« Télécharger » one invoice or several; what is heavy is prepared apart, and followed on its own page."""

import secrets
import tempfile
from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requete import Requete
from invoices.documents import lots
from invoices.enums import Espace
from invoices.forms.telechargement import TelechargerForm
from invoices.models import Facture, Telechargement
from invoices.services import telechargements
from invoices.services.telechargements import Choix, Fabrication, TelechargementRefuse
from invoices.views.commun import adresse, cadre, conflit, facture_visible, factures_visibles
from sandbox.documents import store
from sandbox.web.partials import render_partial
from sandbox.web.telechargements import stream_response

IDS_MAXIMUM = 1000


@require_http_methods(["GET", "HEAD", "POST"])
def telecharger(request: Requete, pk: int, espace: Espace = Espace.EMISES) -> HttpResponseBase:
    """One invoice: answered at once unless it is heavy."""
    facture = facture_visible(request, pk, espace)
    if facture.est_brouillon:
        return conflit(
            request,
            "Ce brouillon n'est pas encore envoyé : il se télécharge après son envoi.",
            adresse(espace, "facture", pk),
        )
    return _ecran(request, [facture], espace, retour=adresse(espace, "facture", pk))


@require_http_methods(["GET", "HEAD", "POST"])
def telecharger_lot(request: Requete, espace: Espace = Espace.EMISES) -> HttpResponseBase:
    """Several, by ``?factures=1&factures=2``: those that the account sees, drafts left out."""
    demandes = _ids((request.POST if request.method == "POST" else request.GET).getlist("factures"))
    visibles = factures_visibles(request, espace).select_related("fournisseur", "destinataire")
    vues = list(visibles.filter(pk__in=demandes).order_by("-date_depot", "-pk"))
    if demandes and not vues:
        raise Http404
    for facture in vues:
        facture.cohort = request.cohort
    envoyees = telechargements.envoyees(vues)
    return _ecran(
        request, envoyees, espace, retour=adresse(espace, "rechercher"), ecartees=len(demandes) - len(envoyees)
    )


def _ids(bruts: Iterable[str]) -> list[int]:
    """Numbers of invoices, each once; one more than an honest page may send is enough to refuse."""
    lus = dict.fromkeys(int(brut) for brut in bruts if brut.isascii() and brut.isdigit() and len(brut) < 16)
    return list(lus)[:IDS_MAXIMUM]


def _ecran(
    request: Requete, factures: list[Facture], espace: Espace, *, retour: str, ecartees: int = 0
) -> HttpResponseBase:
    form = TelechargerForm(request.POST or None, initial={"cle": secrets.token_urlsafe(12)})
    refus, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _repondre(request, factures, form, espace)
            except TelechargementRefuse as refuse:
                refus, status = str(refuse), 413 if refuse.trop_lourd else 422
    elif factures:
        refus = _empechement(factures)
    titre = "Télécharger la facture" if len(factures) == 1 else "Télécharger les factures"
    ids = [facture.pk for facture in factures]
    contexte: dict[str, Any] = cadre(titre, espace=espace) | {
        "form": form,
        "factures": factures,
        "ecartees": ecartees,
        "refus": refus,
        "retour": retour,
        "recommande": telechargements.RECOMMANDE,
        "maximum": telechargements.MAXIMUM,
        "poids_maximum": telechargements.POIDS_MAXIMUM,
        "poids": telechargements.poids(ids, Choix()),
        "poids_avec_pieces": telechargements.poids(ids, Choix(avec_pieces=True)),
    }
    return render(request, "invoices/telecharger.html", contexte, status=status)


def _empechement(factures: list[Facture]) -> str:
    """What forbids even the lightest choice, said before the form is sent."""
    try:
        telechargements.verifier([facture.pk for facture in factures], Choix())
    except TelechargementRefuse as refuse:
        return str(refuse)
    return ""


def _repondre(request: Requete, factures: list[Facture], form: TelechargerForm, espace: Espace) -> HttpResponseBase:
    choix = form.choix()
    poids = telechargements.verifier([facture.pk for facture in factures], choix)
    if len(factures) == 1 and poids <= telechargements.IMMEDIAT:
        return _immediat(request, factures[0], choix, espace)
    demande = telechargements.demander(
        factures, choix, compte=request.compte, espace=espace, cle=form.cleaned_data["cle"]
    )
    return redirect(adresse(espace, "telechargement", demande.pk))


def _immediat(request: Requete, facture: Facture, choix: Choix, espace: Espace) -> HttpResponseBase:
    sortie = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by the answer that sends it
    try:
        nom = lots.fabriquer(Fabrication([facture.pk], choix, str(facture.pk), sortie, lambda _: None))
    except (TelechargementRefuse, store.FichierAbsent) as absent:
        sortie.close()
        raise Http404 from absent
    except OSError as erreur:
        sortie.close()
        if not store.est_plein(erreur):
            raise
        raise TelechargementRefuse(telechargements.DISQUE_PLEIN) from erreur
    telechargements.tracer([facture], compte=request.compte, espace=espace)
    taille = sortie.seek(0, 2)
    sortie.seek(0)
    return stream_response(sortie, nom, taille)


def _demande(request: Requete, pk: int, espace: Espace) -> Telechargement:
    """One's own, in the application where it was asked for."""
    demande = Telechargement.objects.filter(pk=pk, compte=request.compte, espace=espace).first()
    if demande is None:
        raise Http404
    return demande


@require_http_methods(["GET", "HEAD", "POST"])
def telechargement(request: Requete, pk: int, espace: Espace = Espace.EMISES) -> HttpResponse:
    """How far it is; POST starts it again when nothing moves any more."""
    demande = _demande(request, pk, espace)
    url = adresse(espace, "telechargement", pk)
    if request.method == "POST":
        telechargements.relancer(demande)
        return redirect(url)
    contexte = cadre("Préparation du téléchargement", espace=espace) | {
        "demande": demande,
        "relancable": telechargements.relancable(demande),
        "url_fichier": adresse(espace, "telechargement_fichier", pk),
        "url": url,
        "retour": adresse(espace, "rechercher"),
    }
    return render_partial(request, "invoices/telechargement.html", "suivi", contexte)


@require_safe
def telechargement_fichier(request: Requete, pk: int, espace: Espace = Espace.EMISES) -> HttpResponseBase:
    """The file, sent piece by piece."""
    demande = _demande(request, pk, espace)
    if demande.etat != Telechargement.Etat.PRET:
        return conflit(request, "Ce téléchargement n'est pas encore prêt.", adresse(espace, "telechargement", pk))
    try:
        fichier = store.open_file(demande.empreinte)
    except store.FichierAbsent as absent:
        raise Http404 from absent
    return stream_response(fichier, demande.nom, demande.taille)
