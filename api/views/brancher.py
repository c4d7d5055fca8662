"""« Brancher votre logiciel »: what a program needs to call the API, and where each piece is found (api.md §1, §12)."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.requete import Requete
from api import commandes, queries
from api.models import AppelApi
from api.services import branchement
from structures import queries as structures
from structures.acces import acte_requis, droits_de
from structures.enums import EnvironnementPiste, ModeRaccordement, StatutRattachement
from structures.models import ApplicationPiste, CompteTechnique, FicheRaccordement, Rattachement, Structure
from structures.permissions import Acte, permet, structures_permises
from structures.queries import Droits
from structures.raccordement import APIS, Badge, badge
from structures.services import comptes_techniques, piste
from structures.views.comptes_techniques import echeance, url_reinitialiser
from structures.views.raccordements import cadre

CLE_SESSION = "branchement"
"""Key of the browser's session under which a new password waits to be shown, once."""
COMPTES = 50
FAIT, A_FAIRE = Badge("Fait", "paye", "check-circle"), Badge("À faire", "attente")


@dataclass(frozen=True, slots=True)
class Technique:
    """The technical account shown, and what this person may know of it."""

    compte: CompteTechnique
    echeance: Badge
    joignables: list[Structure]
    mot_de_passe: str
    """Empty when it is not to be shown: hashed, or known to the gestionnaire principal only."""
    neuf: bool
    gere: bool
    url_reinitialiser: str

    @property
    def login(self) -> str:
        return self.compte.compte.login_email

    @property
    def cpro_account(self) -> str:
        return comptes_techniques.entete(self.compte, self.mot_de_passe) if self.mot_de_passe else ""


def _application(request: Requete) -> ApplicationPiste | None:
    """His own: an active one first, that of the sandbox first."""
    siennes = ApplicationPiste.objects.filter(compte=request.compte).order_by("pk")
    return min(siennes, key=lambda a: (not a.active, a.environnement != EnvironnementPiste.SANDBOX), default=None)


def _comptes(droits: Droits) -> list[CompteTechnique]:
    """Technical accounts of his structures, those that still work first."""
    lus = (
        CompteTechnique.objects.filter(structure__in=structures_permises(droits, Acte.CONSULTER_RACCORDEMENT))
        .select_related("compte", "structure")
        .order_by("structure__raison_sociale", "structure_id", "numero")[:COMPTES]
    )
    return sorted(lus, key=lambda t: t.est_expire)


def _technique(request: Requete, comptes: list[CompteTechnique], neuf: dict[str, Any]) -> Technique | None:
    demande = str(neuf.get("compte") or request.GET.get("compte", ""))
    choisi = next((t for t in comptes if str(t.pk) == demande), comptes[0] if comptes else None)
    if choisi is None:
        return None
    gere = permet(droits_de(request), Acte.GERER_COMPTES_TECHNIQUES, choisi.structure_id)
    vient_d_etre_cree = choisi.pk == neuf.get("compte")
    if vient_d_etre_cree:
        mot_de_passe = str(neuf["mot_de_passe"])
    else:
        mot_de_passe = comptes_techniques.mot_de_passe_fourni(choisi) if choisi.pret and gere else ""
    liens = Rattachement.objects.filter(compte=choisi.compte, statut=StatutRattachement.VALIDEE)
    return Technique(
        compte=choisi,
        echeance=echeance(choisi),
        joignables=[lien.structure for lien in liens.select_related("structure").order_by("structure__raison_sociale")],
        mot_de_passe=mot_de_passe,
        neuf=vient_d_etre_cree,
        gere=gere,
        url_reinitialiser=url_reinitialiser(choisi),
    )


def _sans_compte(droits: Droits) -> list[Structure]:
    """Active structures that he manages, none of them having a technical account: where « Préparer » helps."""
    gerees = structures.autorisees(droits, Acte.GERER_COMPTES_TECHNIQUES)
    if gerees.filter(comptes_techniques__isnull=False).exists():
        return []
    return list(gerees.actives()[:COMPTES])


@require_safe
@acte_requis(Acte.CONSULTER_RACCORDEMENT)
def brancher(request: Requete) -> HttpResponse:
    request.compte.cohort = request.cohort
    droits = droits_de(request)
    neuf = request.session.get(CLE_SESSION) or {}
    comptes = _comptes(droits)
    application, technique = _application(request), _technique(request, comptes, neuf)
    if neuf and request.method == "GET":
        del request.session[CLE_SESSION]
    raccordees = structures_permises(droits, Acte.CONSULTER_RACCORDEMENT)
    fiche = FicheRaccordement.objects.filter(structure__in=raccordees, mode=ModeRaccordement.API).order_by("-pk")
    derniere, appel = fiche.first(), _dernier(request, raccordees)
    base = request.build_absolute_uri("/").rstrip("/")
    secret = piste.secret(application) if application else ""
    contexte = cadre(request, "brancher", ("Brancher votre logiciel", None)) | {
        "base": base,
        "hote": request.get_host(),
        "url_jeton": request.build_absolute_uri(reverse("api:jeton")),
        "application": application,
        "secret": secret,
        "apis": [(api.libelle, application is not None and api.code in application.apis) for api in APIS.values()],
        "technique": technique,
        "comptes": comptes,
        "a_preparer": _sans_compte(droits),
        "fiche": derniere,
        "fiche_badge": badge(derniere.etat) if derniere else None,
        "dernier": appel,
        "dernier_verdict": queries.verdict(appel) if appel else None,
        "etats": {
            "adresses": FAIT,
            "application": FAIT if application and application.active and application.apis else A_FAIRE,
            "technique": FAIT if technique and not technique.compte.est_expire else A_FAIRE,
            "appel": FAIT if appel and not appel.refuse else A_FAIRE,
        },
        "commandes": commandes.commandes(_acces(base, application, secret, technique)),
        "syntaxes": commandes.SYNTAXES,
    }
    response = render(request, "api/brancher.html", contexte)
    response.headers["Cache-Control"] = "no-store"
    return response


def _dernier(request: Requete, raccordees: frozenset[int]) -> AppelApi | None:
    """The last call accepted, else the last one: what says whether the program is connected."""
    appels = queries.visibles(request.place.numero, request.compte, raccordees)
    return appels.exclude(queries.REFUSES).first() or appels.first()


def _acces(
    base: str, application: ApplicationPiste | None, secret: str, technique: Technique | None
) -> commandes.Acces:
    return commandes.Acces(
        base=base,
        client_id=str(application.client_id) if application else "",
        client_secret=secret,
        login=technique.login if technique else "",
        mot_de_passe=technique.mot_de_passe if technique else "",
        siret=technique.compte.structure.identifiant if technique else "",
    )


@require_POST
@acte_requis(Acte.GERER_COMPTES_TECHNIQUES)
def preparer(request: Requete) -> HttpResponse:
    """« Préparer mon accès »; sent twice, it finds what the first sending made."""
    brut = request.POST.get("structure", "")
    if not brut:
        messages.error(request, "Dites pour quelle structure préparer l'accès.")
        return redirect("api:brancher")
    gerees = structures.autorisees(droits_de(request), Acte.GERER_COMPTES_TECHNIQUES)
    numero = int(brut) if brut.isascii() and brut.isdigit() and len(brut) < 18 else 0
    structure: Structure = get_object_or_404(gerees, pk=numero)
    request.compte.cohort = structure.cohort = request.cohort
    try:
        with transaction.atomic():
            _, technique, mot_de_passe = branchement.preparer(structure, par=request.compte)
            # With the account itself: a second click, which waits behind, must find it when it comes to the page.
            request.session[CLE_SESSION] = {"compte": technique.pk, "mot_de_passe": mot_de_passe}
            request.session.save()
    except comptes_techniques.CompteTechniqueRefuse:
        if not structure.est_active:
            messages.error(
                request, f"{structure.raison_sociale} n'est pas active : activez-la, puis préparez son accès."
            )
        else:
            messages.info(request, f"{structure.raison_sociale} a son compte technique : voici ce qu'il en est.")
    else:
        messages.success(request, "Votre accès est prêt. Notez le mot de passe : il n'est affiché qu'une fois.")
    return redirect("api:brancher")
