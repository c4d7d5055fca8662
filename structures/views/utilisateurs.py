"""« Utilisateurs »: choice of the structure, list, export, fiche of a user (comptes-structures.md §5.3)."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.enums import EtatCompte
from accounts.requete import Requete
from sandbox.web.csv import Identifiant, write_csv
from sandbox.web.pagination import paginate
from sandbox.web.partials import render_partial
from sandbox.web.telechargements import file_response
from sandbox.web.tri import read_sort
from sandbox.web.xlsx import Feuille, write_xlsx
from structures import queries_utilisateurs as queries
from structures.acces import droits_de, exiger, portail_requis, structure_requise
from structures.forms.habilitations import GrilleForm
from structures.forms.rattachements import FiltreUtilisateurs
from structures.models import Habilitation, Rattachement, RattachementService, Service, Structure
from structures.permissions import Acte, permet, structures_permises
from structures.services import habilitations
from structures.views.cadre import fil, rubriques

COLONNES = {
    "nom": "compte__nom",
    "role": "role",
    "statut": "statut",
    "connexion": "compte__derniere_connexion",
}
RUBRIQUES = (
    ("approbations", "Approbations", "Répondre aux demandes de rattachement.", Acte.TRAITER_RATTACHEMENTS),
    (
        "utilisateurs",
        "Utilisateurs",
        "Rattacher, habiliter, détacher ; exporter la liste.",
        Acte.CONSULTER_UTILISATEURS,
    ),
    ("qui_peut_quoi", "Qui peut quoi", "Les habilitations de chacun, d'un coup d'œil.", Acte.CONSULTER_UTILISATEURS),
    ("historique", "Historique", "Les actes de gestion de la structure.", Acte.CONSULTER_HISTORIQUE),
    (
        "transferer_gestion",
        "Transfert du rôle du gestionnaire principal",
        "Confier la structure à un autre utilisateur.",
        Acte.TRANSFERER_GESTION,
    ),
)


@require_safe
@portail_requis()
def application(request: Requete) -> HttpResponse:
    """The structures whose users this account may see, each with its rubrics and what waits there."""
    droits = droits_de(request)
    ouvertes = {acte: structures_permises(droits, acte) for _, _, _, acte in RUBRIQUES}
    vues = frozenset().union(*ouvertes.values())
    page = paginate(request, Structure.objects.filter(pk__in=vues).order_by("raison_sociale", "pk"))
    attente = queries.attente_par_structure(s.pk for s in page.object_list)
    lignes = [
        (
            s,
            attente.get(s.pk, 0),
            [(nom, label, phrase) for nom, label, phrase, acte in RUBRIQUES if s.pk in ouvertes[acte]],
        )
        for s in page.object_list
    ]
    contexte = {"fil": fil(("Utilisateurs", None)), "page": page, "lignes": lignes}
    return render(request, "structures/application_utilisateurs.html", contexte)


def _services(structure: Structure) -> list[Service]:
    return list(Service.objects.filter(structure=structure).order_by("code"))


def _filtrer(liens: QuerySet[Rattachement], criteres: dict[str, str]) -> QuerySet[Rattachement]:
    for mot in criteres.get("q", "").split()[:6]:
        condition = Q()
        for champ in ("compte__nom", "compte__prenom", "compte__login_email"):
            # SQLite folds the case of ASCII only.
            for forme in {mot, mot.lower(), mot.upper(), mot.capitalize()}:
                condition |= Q(**{f"{champ}__icontains": forme})
        liens = liens.filter(condition)
    if role := criteres.get("role"):
        liens = liens.filter(role=role)
    statut = criteres.get("statut")
    if statut != "TOUS":
        liens = liens.filter(statut__in=[statut] if statut else queries.ACTUELS)
    if profil := criteres.get("profil"):
        liens = liens.filter(pk__in=Habilitation.objects.filter(profil=profil).values("rattachement"))
    if choisi := criteres.get("service"):
        service = int(choisi)
        liens = liens.filter(
            Q(pk__in=Habilitation.objects.filter(service=service).values("rattachement"))
            | Q(
                pk__in=RattachementService.objects.filter(service=service, statut=queries.VALIDE).values("rattachement")
            )
        )
    return liens


def _filtre(request: Requete, structure: Structure) -> FiltreUtilisateurs:
    return FiltreUtilisateurs(request.GET, structure=structure, services=_services(structure))


def perimetre(lien: Rattachement) -> str:
    """Services to which somebody is attached or limited, or asks to be; the whole structure otherwise."""
    tenus = list(lien.habilitations.all())
    codes = {s.service.code for s in lien.services.all() if s.statut == lien.statut}
    limites = {h.service.code for h in tenus if h.service is not None}
    if any(h.service_id is None for h in tenus):
        suite = f" ; certains profils seulement sur {', '.join(sorted(limites))}" if limites else ""
        return f"Toute la structure{suite}"
    return ", ".join(sorted(codes | limites)) or "Toute la structure"


@require_safe
@structure_requise(Acte.CONSULTER_UTILISATEURS)
def liste(request: Requete, structure: Structure) -> HttpResponse:
    filtre = _filtre(request, structure)
    criteres = filtre.criteres()
    tri = read_sort(request, COLONNES, "nom")
    page = paginate(request, _filtrer(queries.utilisateurs(structure, tri.ordre), criteres))
    droits = droits_de(request)
    contexte = rubriques(request, structure, "utilisateurs") | {
        "filtre": filtre,
        "actifs": len(criteres),
        "page": page,
        "tri": tri,
        "lignes": [(u, queries.detenus(u.habilitations.all()), perimetre(u)) for u in page.object_list],
        "requete": request.GET.urlencode(),
        "peut_gerer": permet(droits, Acte.GERER_UTILISATEURS, structure.pk),
        "peut_transferer": permet(droits, Acte.TRANSFERER_GESTION, structure.pk),
    }
    return render_partial(request, "structures/utilisateurs.html", "utilisateurs", contexte)


ENTETES = (
    *("Structure", "Identifiant", "Nom", "Prénom", "Adresse de connexion", "Rôle", "État du rattachement"),
    *("Profil", "Niveau", "Périmètre", "Dernière connexion"),
)


def _lignes_export(structure: Structure, liens: QuerySet[Rattachement]) -> Iterator[list[Any]]:
    """One line a profile held on a perimeter; a user without any right has one line too."""
    for lien in liens:
        compte = lien.compte
        qui = [structure.raison_sociale, Identifiant(structure.identifiant), compte.nom, compte.prenom]
        qui += [compte.login_email, lien.get_role_display(), lien.get_statut_display()]
        tenus = queries.detenus(lien.habilitations.all())
        for d in tenus:
            yield [*qui, d.libelle, d.niveau, d.perimetre, compte.derniere_connexion]
        if not tenus:
            yield [*qui, "", "", perimetre(lien), compte.derniere_connexion]


@require_safe
@structure_requise(Acte.CONSULTER_UTILISATEURS)
def exporter(request: Requete, structure: Structure) -> HttpResponse:
    """The list as it is filtered, in CSV, or in XLSX with ``?format=xlsx`` (§5.3, « Export »)."""
    criteres = _filtre(request, structure).criteres()
    liens = _filtrer(queries.utilisateurs(structure), criteres)
    lignes = _lignes_export(structure, liens)
    nom = f"utilisateurs-{structure.identifiant}"
    if request.GET.get("format") == "xlsx":
        return file_response(write_xlsx([Feuille("Utilisateurs", ENTETES, lignes)]), f"{nom}.xlsx")
    return file_response(write_csv(ENTETES, lignes), f"{nom}.csv")


def lire_utilisateur(request: Requete, structure: Structure, pk: int) -> Rattachement:
    lien = get_object_or_404(queries.fiche_utilisateur(structure, pk))
    structure.cohort = lien.cohort = request.cohort
    lien.structure = structure
    return lien


def cadre_utilisateur(request: Requete, lien: Rattachement, *suite: tuple[str, str | None]) -> dict[str, Any]:
    """Trail and rubrics of a page about one user."""
    contexte: dict[str, Any] = rubriques(request, lien.structure, "utilisateurs")
    url = reverse("structures:utilisateurs", args=[lien.structure_id])
    if suite:
        fiche_url = reverse("structures:utilisateur", args=[lien.structure_id, lien.pk])
        suite = ((str(lien.compte), fiche_url), *suite)
    contexte["fil"] = [*contexte["fil"][:-1], ("Utilisateurs", url), *(suite or ((str(lien.compte), None),))]
    return contexte | {"lien": lien}


def grille(structure: Structure, lien: Rattachement, data: Any = None) -> GrilleForm:
    """Rights held, on the structure and on the services that the user has or is limited to."""
    tenus = habilitations.detenues(lien)
    actifs = queries.services_a_demander([structure]).get(structure.pk, [])
    siens = {s.service for s in lien.services.all() if s.est_valide}
    siens |= {h.service for h in lien.habilitations.all() if h.service is not None}
    services = sorted(siens, key=lambda s: s.code)
    return GrilleForm(data, structure=structure, services=services, actifs=actifs, choix=tenus)


@require_http_methods(["GET", "HEAD", "POST"])
@structure_requise(Acte.CONSULTER_UTILISATEURS)
def fiche(request: Requete, structure: Structure, lien: int) -> HttpResponse:
    """Who it is and what he may do; POST changes his rights."""
    rattachement = lire_utilisateur(request, structure, lien)
    if request.method != "POST":
        return _fiche(request, rattachement, None)
    exiger(request, Acte.GERER_UTILISATEURS, structure)
    form = grille(structure, rattachement, request.POST)
    if "ajouter" in request.POST:
        return _fiche(request, rattachement, form)
    if not form.is_valid():
        return _fiche(request, rattachement, form, 422)
    try:
        change = habilitations.poser(rattachement, form.choix(), par=request.compte)
    except habilitations.HabilitationRefusee as refus:
        form.add_error(None, str(refus))
        return _fiche(request, rattachement, form, 422)
    if change:
        messages.success(
            request, f"Les habilitations de {rattachement.compte} sont enregistrées. Un message l'en informe."
        )
    else:
        messages.info(request, f"{rattachement.compte} détenait déjà exactement ces habilitations : rien n'a changé.")
    return redirect("structures:utilisateur", pk=structure.pk, lien=rattachement.pk)


def _fiche(request: Requete, lien: Rattachement, form: GrilleForm | None, status: int = 200) -> HttpResponse:
    soi = lien.compte_id == request.compte.pk
    gere = permet(droits_de(request), Acte.GERER_UTILISATEURS, lien.structure_id)
    modifiable = gere and not soi and lien.est_valide and not lien.est_gestionnaire and not lien.est_technique
    if form is None and modifiable:
        form = grille(lien.structure, lien)
    contexte = cadre_utilisateur(request, lien) | {
        "form": form,
        "modifiable": modifiable or status == 422,
        "detenus": queries.detenus(lien.habilitations.all()),
        "perimetre": perimetre(lien),
        "soi": soi,
        "peut_gerer": gere,
        "gestes": gere and not soi and not lien.est_gestionnaire and not lien.est_technique,
        "a_activer": lien.compte.etat == EtatCompte.EN_ATTENTE_ACTIVATION,
        "attente_services": lien.est_valide and any(d.en_attente for d in lien.services.all()),
        "peut_traiter": permet(droits_de(request), Acte.TRAITER_RATTACHEMENTS, lien.structure_id),
        "peut_transferer": lien.est_gestionnaire
        and permet(droits_de(request), Acte.TRANSFERER_GESTION, lien.structure_id),
    }
    return render(request, "structures/utilisateur.html", contexte, status=status)
