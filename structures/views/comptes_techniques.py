"""Application « Compte technique » of the domaine « Raccordements » (comptes-structures.md §9.2)."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requete import Requete
from sandbox import clock
from sandbox.web.csv import Identifiant, write_csv
from sandbox.web.demandes import Application, Confirmation, DemandeRefusee, TypeDemande
from sandbox.web.pagination import paginate
from sandbox.web.telechargements import file_response
from structures.acces import acte_requis, droits_de
from structures.forms.raccordement import CreationForm, ReinitialisationForm
from structures.models import CompteTechnique
from structures.permissions import Acte, structures_permises
from structures.raccordement import Badge
from structures.services import comptes_techniques as services
from structures.views.raccordements import cadre

ALERTE_JOURS = 30


def _miens(request: Requete) -> "QuerySet[CompteTechnique]":
    return (
        CompteTechnique.objects.filter(
            structure__in=structures_permises(droits_de(request), Acte.GERER_COMPTES_TECHNIQUES)
        )
        .select_related("compte", "structure")
        .order_by("structure__raison_sociale", "structure_id", "numero")
    )


def echeance(technique: CompteTechnique) -> Badge:
    """How long the password still works, in words."""
    if technique.est_expire:
        return Badge("Expiré", "refus")
    jours = services.jours_restants(technique, clock.now())
    if jours < ALERTE_JOURS:
        return Badge(f"Expire dans {jours} jour{'s' if jours > 1 else ''}", "attente")
    return Badge("Valable", "accepte")


def _choix(technique: CompteTechnique) -> str:
    """What a link to the reset of this account says to the form."""
    return urlencode(
        {"type": "reinitialisation", "structure": technique.structure_id, "compte_technique": technique.pk}
    )


def url_reinitialiser(technique: CompteTechnique) -> str:
    return f"{reverse('structures:demander_compte_technique')}?{_choix(technique)}"


@require_safe
@acte_requis(Acte.GERER_COMPTES_TECHNIQUES)
def liste(request: Requete) -> HttpResponse:
    page = paginate(request, _miens(request))
    demande = reverse("structures:demander_compte_technique")
    contexte = cadre(request, "comptes", ("Compte technique", None)) | {
        "page": page,
        "lignes": [
            {
                "technique": t,
                "echeance": echeance(t),
                "url": url_reinitialiser(t),
            }
            for t in page.object_list
        ],
        "url_creer": f"{demande}?{urlencode({'type': 'creation'})}",
    }
    return render(request, "structures/raccordements/comptes_techniques.html", contexte)


@require_safe
@acte_requis(Acte.GERER_COMPTES_TECHNIQUES)
def exporter(request: Requete) -> HttpResponse:
    """« Exporter » the connection data; the password is known to nobody."""
    entetes = ("Compte technique", "Structure", "Identifiant", "Créé le", "Mot de passe valable jusqu'au", "État")
    lignes = (
        (
            t.compte.login_email,
            t.structure.raison_sociale,
            Identifiant(t.structure.identifiant),
            t.cree_le,
            t.expire_le,
            echeance(t).label,
        )
        for t in _miens(request)
    )
    return file_response(write_csv(entetes, lignes), "comptes-techniques.csv")


def _confirmation(technique: CompteTechnique, mot_de_passe: str, titre: str, phrase: str) -> Confirmation:
    return Confirmation(
        titre=titre,
        phrase=phrase,
        lignes=(
            ("Compte technique", technique.compte.login_email),
            ("Structure", technique.structure.raison_sociale),
            ("Mot de passe valable jusqu'au", f"{technique.expire_le.astimezone(technique.cohort.zone):%d/%m/%Y}"),
        ),
        liens=(("Voir les comptes techniques", reverse("structures:comptes_techniques")),),
        secret=mot_de_passe,
        secret_libelle="Mot de passe du compte technique",  # noqa: S106 -- its label
    )


def _creer(request: HttpRequest, form: CreationForm) -> Confirmation:
    structure, qui = form.cleaned_data["structure"], _qui(request)
    structure.cohort = qui.cohort
    try:
        technique, mot_de_passe = services.creer(structure, numero=form.cleaned_data.get("numero"), par=qui.compte)
    except services.CompteTechniqueRefuse as refus:
        raise DemandeRefusee(str(refus), refus.champ) from refus
    return _confirmation(
        technique,
        mot_de_passe,
        "Compte technique créé",
        "Donnez cet identifiant et ce mot de passe au logiciel qui appellera l'API.",
    )


def _reinitialiser(request: HttpRequest, form: ReinitialisationForm) -> Confirmation:
    qui = _qui(request)
    technique: CompteTechnique = form.cleaned_data["compte_technique"]
    qui.compte.cohort = qui.cohort
    technique, mot_de_passe = services.reinitialiser(technique, par=qui.compte)
    return _confirmation(
        technique,
        mot_de_passe,
        "Mot de passe réinitialisé",
        "L'ancien mot de passe ne vaut plus : mettez à jour le paramétrage du logiciel qui appelle l'API.",
    )


def _qui(request: Any) -> Requete:
    """The request engine hands a plain request on; the decorator of the view has made it ours."""
    ours: Requete = request
    return ours


APPLICATION = Application(
    "Compte technique",
    "Le compte sous lequel votre logiciel appelle l'API. Il n'ouvre pas le portail ; seul le gestionnaire principal "
    "peut le créer ou changer son mot de passe.",
    (
        TypeDemande(
            "creation",
            "Création d'un compte technique",
            CreationForm,
            _creer,
            "Le mot de passe est affiché une seule fois, à l'étape suivante. Il est valable 424 jours.",
        ),
        TypeDemande(
            "reinitialisation",
            "Réinitialisation du mot de passe d'un compte technique",
            ReinitialisationForm,
            _reinitialiser,
            "Un nouveau mot de passe remplace l'ancien, pour 424 jours.",
        ),
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@acte_requis(Acte.GERER_COMPTES_TECHNIQUES)
def demander(request: Requete) -> HttpResponse:
    suite = (("Compte technique", reverse("structures:comptes_techniques")), ("Demande", None))
    contexte = cadre(request, "comptes", *suite) | {"url_annuler": reverse("structures:comptes_techniques")}
    return APPLICATION.repondre(request, **contexte)
