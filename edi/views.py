"""« Accès SFTP » of a fiche: login, password shown once, keys, ready-made commands, what came in, what waits."""

from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.profils import Profil
from accounts.requete import Requete
from edi import hote, queries, rules
from edi.enums import Nature
from edi.forms import CleForm
from edi.models import AccesSftp, FichierSortant
from edi.services import acces as services
from edi.services import annuaires, presence
from invoices.syntaxes import FACTURX, composer_nom
from sandbox.documents import store
from sandbox.web.telechargements import stream_response
from structures.acces import droits_de
from structures.models import FicheRaccordement
from structures.permissions import Acte, permet
from structures.views.raccordements import cadre, fiche_requise

DEMARRER = "./scripts/run --sftp"


@dataclass(frozen=True, slots=True)
class Commande:
    """A command to paste in a terminal, and what it does."""

    titre: str
    phrase: str
    texte: str


def _commandes(acces: AccesSftp, serveur: str, port: int) -> list[Commande]:
    exemple = composer_nom(FACTURX, acces.fiche.code_partenaire, 1)
    cible = f"{acces.identifiant}@{serveur}"
    ouvrir = f"sftp -P {port} {cible}"
    return [
        Commande("Ouvrir", "Le mot de passe est demandé, sauf avec une clé.", ouvrir),
        Commande(
            "Déposer",
            "Le fichier prend son nom de flux, sans extension ; la séquence ne sert qu'une fois.",
            f"{ouvrir} <<< 'put facture.pdf in/{exemple}'",
        ),
        Commande(
            "Relever",
            "Copier ce qui attend, puis le supprimer : c'est ainsi que l'on dit l'avoir reçu.",
            f"{ouvrir} <<< $'get out/*\\nrm out/*'",
        ),
        Commande(
            "Sans mot de passe",
            "Faites une clé, collez ici la ligne du fichier .pub, puis servez-vous-en.",
            f"ssh-keygen -t ed25519 -f cle-edi -N ''\nsftp -i cle-edi -P {port} {cible}",
        ),
    ]


def _vers_page(fiche: FicheRaccordement) -> HttpResponse:
    return redirect("edi:acces", pk=fiche.pk)


def _acces(fiche: FicheRaccordement) -> AccesSftp | None:
    trouve: AccesSftp | None = AccesSftp.objects.filter(fiche=fiche).first()
    if trouve is not None:
        trouve.fiche = fiche
    return trouve


def _page(
    request: Requete, fiche: FicheRaccordement, *, form: CleForm | None = None, secret: str = "", status: int = 200
) -> HttpResponse:
    ouvert, vivant = _acces(fiche), presence.port_ouvert()
    port, droits = vivant or settings.SFTP_PORT, droits_de(request)
    serveur = split_domain_port(request.get_host())[0].strip("[]")
    fil = (
        ("Raccordement EDI/API", reverse("structures:fiches_raccordement")),
        (f"Fiche n° {fiche.pk}", reverse("structures:fiche_raccordement", args=[fiche.pk])),
        ("Accès SFTP", None),
    )
    contexte: dict[str, Any] = cadre(request, "fiches", *fil) | {
        "fiche": fiche,
        "acces": ouvert,
        "ouvrable": rules.ouvrable(fiche.mode, fiche.etat),
        "echange": rules.echange(fiche.mode, fiche.etat),
        "gere": permet(droits, Acte.GERER_RACCORDEMENT, fiche.structure_id),
        "voit_flux": droits.peut(Profil.FACTURES_EMISES, fiche.structure_id),
        "adresse": serveur,
        "port": port,
        "demarre": vivant is not None,
        "demarrer": DEMARRER,
        "commandes": _commandes(ouvert, serveur, port) if ouvert else [],
        "empreinte": hote.empreinte(),
        "annuaire": Nature.ANNUAIRE in fiche.interfaces,
        "recus": queries.recus(fiche) if ouvert else [],
        "sortants": queries.derniers_sortants(fiche) if ouvert else [],
        "form": form or CleForm(),
        "secret": secret,
    }
    reponse = render(request, "edi/acces.html", contexte, status=status)
    reponse.headers["Cache-Control"] = "no-store"
    return reponse


@require_safe
@fiche_requise(Acte.CONSULTER_RACCORDEMENT)
def acces(request: Requete, fiche: FicheRaccordement) -> HttpResponse:
    return _page(request, fiche)


@require_POST
@fiche_requise(Acte.GERER_RACCORDEMENT)
def ouvrir(request: Requete, fiche: FicheRaccordement) -> HttpResponse:
    """Create the access, or draw a new password, shown on this answer only."""
    version = request.POST.get("version", "")
    try:
        _, secret = services.ouvrir(
            fiche, par=request.compte, version=int(version) if version.isdecimal() and len(version) < 9 else 0
        )
    except services.AccesRefuse as refus:
        messages.error(request, str(refus))
        return _vers_page(fiche)
    if not secret:
        messages.info(
            request, "Le mot de passe a déjà été tiré, et montré une fois. S'il n'a pas été noté, faites-en un autre."
        )
        return _vers_page(fiche)
    return _page(request, fiche, secret=secret)


@require_POST
@fiche_requise(Acte.GERER_RACCORDEMENT)
def ajouter_cle(request: Requete, fiche: FicheRaccordement) -> HttpResponse:
    ouvert = get_object_or_404(AccesSftp, fiche=fiche)
    form = CleForm(request.POST)
    if not form.is_valid():
        return _page(request, fiche, form=form, status=422)
    try:
        neuve = services.ajouter_cle(ouvert, form.cleaned_data["cle"])
    except services.AccesRefuse as refus:
        form.add_error("cle", str(refus))
        return _page(request, fiche, form=form, status=422)
    if neuve:
        messages.success(request, "La clé publique est enregistrée : votre logiciel peut s'en servir.")
    else:
        messages.info(request, "Cette clé publique était déjà enregistrée.")
    return _vers_page(fiche)


@require_POST
@fiche_requise(Acte.GERER_RACCORDEMENT)
def retirer_cle(request: Requete, fiche: FicheRaccordement) -> HttpResponse:
    ouvert = get_object_or_404(AccesSftp, fiche=fiche)
    if services.retirer_cle(ouvert, request.POST.get("empreinte", "")[:100]):
        messages.success(request, "La clé publique est retirée : elle n'ouvre plus rien.")
    return _vers_page(fiche)


@require_POST
@fiche_requise(Acte.GERER_RACCORDEMENT)
def demander_annuaire(request: Requete, fiche: FicheRaccordement) -> HttpResponse:
    """« Demander l'annuaire »."""
    get_object_or_404(AccesSftp, fiche=fiche)
    try:
        fichier, neuf = annuaires.demander(fiche)
    except services.AccesRefuse as refus:
        messages.error(request, str(refus))
    else:
        deja = "" if neuf else " déjà"
        messages.success(request, f"L'annuaire attend{deja} dans out : {fichier.nom}.")
    return _vers_page(fiche)


@require_safe
@fiche_requise(Acte.CONSULTER_RACCORDEMENT)
def sortant(request: Requete, fiche: FicheRaccordement, fichier: int) -> HttpResponse:
    """A file of ``out``, to look at: only the partner collects it."""
    trouve = get_object_or_404(FichierSortant, pk=fichier, fiche=fiche)
    return cast(HttpResponse, stream_response(store.open_file(trouve.empreinte), f"{trouve.nom}.xml", trouve.taille))
