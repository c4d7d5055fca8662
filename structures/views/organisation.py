"""Domaine « Organisation »: its applications, my structures, their fiche (comptes-structures.md §4, §7.2)."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.requete import Requete
from sandbox import clock
from sandbox.web.domaines import Tuile
from sandbox.web.pagination import paginate
from sandbox.web.partials import render_partial
from sandbox.web.tri import read_sort
from structures import queries
from structures.acces import droits_de, portail_requis, structure_requise
from structures.enums import EtatService, EtatStructure, Role, TypeIdentifiant
from structures.models import CompteTechnique, CoordonneesBancaires, Mandat, Service, Structure
from structures.permissions import Acte, permet, structures_permises
from structures.views.cadre import fil, rubriques

TRIS = {"nom": "raison_sociale", "identifiant": "identifiant", "ville": "ville", "etat": "etat"}
ROLES = {"gp": Role.GESTIONNAIRE_PRINCIPAL, "utilisateur": Role.UTILISATEUR}
APPLICATIONS: tuple[tuple[str, str, str, str, Acte | None], ...] = (
    (
        "Structures",
        "Consulter la fiche de vos structures : paramètres, services, coordonnées bancaires, mandat.",
        "liste",
        "building",
        Acte.CONSULTER_FICHE,
    ),
    (
        "Créer une structure",
        "Depuis son SIRET, trouvé dans la base INSEE simulée, ou sous un autre identifiant.",
        "creer",
        "plus",
        None,
    ),
    (
        "Gérer une structure",
        "Consulter, modifier, activer, désactiver, mettre à jour depuis la base INSEE.",
        "gerer",
        "sliders",
        Acte.CONSULTER_FICHE,
    ),
    (
        "Gérer un service",
        "Créer, modifier, activer ou désactiver une subdivision de vos structures.",
        "gerer_service",
        "diagram-3",
        Acte.GERER_SERVICES,
    ),
    (
        "Utilisateurs",
        "Qui est rattaché à vos structures, avec quels droits ; rattacher, détacher.",
        "application_utilisateurs",
        "people",
        Acte.CONSULTER_UTILISATEURS,
    ),
    (
        "Demander un rattachement à une structure",
        "Rejoindre une structure que le portail connaît déjà : son gestionnaire décide.",
        "demander_rattachement",
        "link-45deg",
        None,
    ),
)
"""Title, sentence, route, icon, what it takes to see it (None: an account is enough)."""


@require_safe
@portail_requis()
def accueil(request: Requete) -> HttpResponse:
    droits = droits_de(request)
    tuiles = [
        Tuile(titre, phrase, reverse(f"structures:{route}"), icone)
        for titre, phrase, route, icone, acte in APPLICATIONS
        if acte is None or structures_permises(droits, acte)
    ]
    return render(request, "structures/organisation.html", {"fil": fil(), "applications": tuiles})


def _filtrees(miennes: QuerySet[Structure], request: Requete, criteres: dict[str, str]) -> QuerySet[Structure]:
    if texte := criteres["q"]:
        compact = "".join(texte.split())
        miennes = miennes.filter(
            Q(identifiant__istartswith=compact)
            | Q(raison_sociale__icontains=texte)
            | Q(raison_sociale__icontains=texte.upper())
        )
    if criteres["etat"] in EtatStructure.values:
        miennes = miennes.filter(etat=criteres["etat"])
    gerees = droits_de(request).gestionnaire_de
    if criteres["role"] == "gp":
        miennes = miennes.filter(pk__in=gerees)
    elif criteres["role"] == "utilisateur":
        miennes = miennes.exclude(pk__in=gerees)
    return miennes


@require_safe
@portail_requis()
def liste(request: Requete) -> HttpResponse:
    criteres = {nom: request.GET.get(nom, "").replace("\x00", "").strip()[:99] for nom in ("q", "etat", "role")}
    tri = read_sort(request, TRIS, "nom")
    page = paginate(request, _filtrees(queries.de(request.compte), request, criteres).order_by(*tri.ordre))
    page.object_list = list(page.object_list)
    avec_mandat = set(
        Mandat.objects.filter(structure__in=page.object_list, actif=True).values_list("structure_id", flat=True)
    )
    contexte = {
        "fil": fil(("Structures", None)),
        "page": page,
        "tri": tri,
        "criteres": criteres,
        "filtree": any(criteres.values()),
        "etats": EtatStructure.choices,
        "roles": [(cle, role.label) for cle, role in ROLES.items()],
        "gestionnaire_de": droits_de(request).gestionnaire_de,
        "avec_mandat": avec_mandat,
    }
    return render_partial(request, "structures/liste.html", "structures", contexte)


def _actions(request: Requete, structure: Structure) -> dict[str, Any]:
    """What this account may do here: the buttons of the fiche."""
    droits = droits_de(request)
    modifier = permet(droits, Acte.MODIFIER_STRUCTURE, structure.pk)
    activer = permet(droits, Acte.ACTIVER_STRUCTURE, structure.pk)
    siret = structure.type_identifiant == TypeIdentifiant.SIRET
    return {
        "peut_modifier": modifier and structure.est_active,
        "peut_insee": modifier and siret,
        "peut_desactiver": activer and structure.est_active,
        "peut_activer": activer and not structure.est_active,
        "peut_changer_identifiant": permet(droits, Acte.CHANGER_IDENTIFIANT, structure.pk)
        and siret
        and structure.est_active
        and not structure.est_publique,
        "peut_gerer_services": permet(droits, Acte.GERER_SERVICES, structure.pk),
        "peut_gerer_banque": permet(droits, Acte.GERER_BANQUE, structure.pk),
        "peut_souscrire": permet(droits, Acte.SOUSCRIRE_MANDAT, structure.pk) and structure.est_active,
    }


@require_safe
@structure_requise(Acte.CONSULTER_FICHE)
def fiche(request: Requete, structure: Structure) -> HttpResponse:
    droits = droits_de(request)
    services = Service.objects.filter(structure=structure).exclude(etat=EtatService.SUPPRIME)
    gestionnaire = queries.gestionnaire_principal(structure)
    contexte = rubriques(request, structure, "fiche") | _actions(request, structure)
    contexte |= {
        "role": Role.GESTIONNAIRE_PRINCIPAL.label if structure.pk in droits.gestionnaire_de else Role.UTILISATEUR.label,
        "gestionnaire": gestionnaire.compte if gestionnaire else None,
        "services": services.count(),
        "services_actifs": services.filter(etat=EtatService.ACTIF).count(),
        "comptes_bancaires": CoordonneesBancaires.objects.filter(structure=structure)
        .valides(clock.today())
        .order_by("-defaut", "nom"),
        "mandat": Mandat.objects.filter(structure=structure, actif=True).first(),
        "compte_technique": CompteTechnique.objects.filter(structure=structure).order_by("-expire_le").first(),
        "liees": [("Remplace", s, s.pk in droits.rattachees) for s in Structure.objects.filter(suivantes=structure)]
        + [("Remplacée par", s, s.pk in droits.rattachees) for s in structure.suivantes.order_by("pk")],
    }
    return render(request, "structures/fiche.html", contexte)
