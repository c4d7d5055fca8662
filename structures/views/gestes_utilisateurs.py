"""What a manager does to the users of a structure: attach, copy rights, suspend, detach, hand over (§5.3, §5.4)."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import Compte
from accounts.requete import Requete
from structures import queries_utilisateurs as queries
from structures.acces import structure_requise
from structures.forms.habilitations import RattacherForm
from structures.forms.rattachements import ChoixUtilisateurForm
from structures.models import Rattachement, Structure
from structures.permissions import Acte
from structures.services import gestion, habilitations, rattachements
from structures.views.cadre import rubriques
from structures.views.utilisateurs import cadre_utilisateur, lire_utilisateur


@require_http_methods(["GET", "HEAD", "POST"])
@structure_requise(Acte.GERER_UTILISATEURS)
def rattacher(request: Requete, structure: Structure) -> HttpResponse:
    """« Rattacher un utilisateur » by his login address, without request."""
    structure.cohort = request.cohort
    actifs = queries.services_a_demander([structure]).get(structure.pk, [])
    form = RattacherForm(
        request.POST if request.method == "POST" else None,
        structure=structure,
        services=(),
        actifs=actifs,
        choix=habilitations.par_defaut(structure),
    )
    if request.method != "POST" or "ajouter" in request.POST:
        return _rattacher(request, structure, form)
    if form.is_valid():
        choix = form.choix()
        try:
            lien = gestion.rattacher_directement(
                structure,
                form.cleaned_data["login_email"],
                choix,
                par=request.compte,
                services=sorted({un.service_id for un in choix if un.service_id is not None}),
                prenom=form.cleaned_data["prenom"],
                nom=form.cleaned_data["nom"],
            )
        except (rattachements.RattachementRefuse, habilitations.HabilitationRefusee) as refus:
            champ = getattr(refus, "champ", "")
            form.add_error(champ if champ in form.fields else None, str(refus))
        else:
            messages.success(
                request, f"{lien.compte} est rattaché à {structure.raison_sociale}. Un message l'en informe."
            )
            return redirect("structures:utilisateur", pk=structure.pk, lien=lien.pk)
    return _rattacher(request, structure, form, 422)


def _rattacher(request: Requete, structure: Structure, form: RattacherForm, status: int = 200) -> HttpResponse:
    contexte = rubriques(request, structure, "utilisateurs")
    contexte["fil"] = [
        *contexte["fil"][:-1],
        ("Utilisateurs", reverse("structures:utilisateurs", args=[structure.pk])),
        ("Rattacher un utilisateur", None),
    ]
    return render(request, "structures/rattacher_utilisateur.html", contexte | {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@structure_requise(Acte.GERER_UTILISATEURS)
def dupliquer(request: Requete, structure: Structure, lien: int) -> HttpResponse:
    """« Duplication des droits »: the other user gets exactly what this one holds."""
    source = lire_utilisateur(request, structure, lien)
    cibles = queries.transferables(structure).exclude(pk=source.pk).exclude(compte=request.compte)
    form = ChoixUtilisateurForm(
        request.POST if request.method == "POST" else None,
        liens=cibles,
        label="Vers l'utilisateur",
        aide="Ses habilitations actuelles sur cette structure seront remplacées.",
    )
    if request.method == "POST" and form.is_valid():
        cible = form.choisi()
        cible.structure, cible.cohort = structure, request.cohort
        try:
            change = gestion.dupliquer(source, cible, par=request.compte)
        except (rattachements.RattachementRefuse, habilitations.HabilitationRefusee) as refus:
            form.add_error(None, str(refus))
        else:
            fait = "détient maintenant les mêmes habilitations que" if change else "détenait déjà les habilitations de"
            messages.success(request, f"{cible.compte} {fait} {source.compte}.")
            return redirect("structures:utilisateur", pk=structure.pk, lien=cible.pk)
    contexte = cadre_utilisateur(request, source, ("Duplication des droits", None)) | {
        "form": form,
        "detenus": queries.detenus(source.habilitations.all()),
    }
    return render(request, "structures/dupliquer_droits.html", contexte, status=422 if form.errors else 200)


@dataclass(frozen=True, slots=True)
class Geste:
    """A confirmed gesture on one user; the sentences take ``{qui}`` and ``{ou}``."""

    titre: str
    question: str
    perte: tuple[str, ...]
    fait: str
    service: Callable[[Rattachement, Compte], None]
    danger: bool = True


GESTES = {
    "desactiver": Geste(
        "Désactiver le rattachement",
        "Désactiver le rattachement de {qui} à {ou} ?",
        ("Son accès à la structure s'arrête aussitôt.", "Ses habilitations sont gardées : vous pourrez le réactiver."),
        "Le rattachement de {qui} est désactivé.",
        lambda lien, par: gestion.desactiver(lien, par=par),
    ),
    "reactiver": Geste(
        "Réactiver le rattachement",
        "Rendre à {qui} son accès à {ou}, avec les habilitations gardées ?",
        (),
        "Le rattachement de {qui} est de nouveau actif.",
        lambda lien, par: gestion.reactiver(lien, par=par),
        danger=False,
    ),
    "detacher": Geste(
        "Détacher l'utilisateur",
        "Détacher {qui} de {ou} ?",
        (
            "Toutes ses habilitations sur la structure sont retirées.",
            "Pour revenir, cette personne devra faire une nouvelle demande, ou vous la rattacherez.",
        ),
        "{qui} n'est plus rattaché à {ou}.",
        lambda lien, par: gestion.detacher(lien, par=par),
    ),
    "activation": Geste(
        "Renvoyer le lien d'activation",
        "Envoyer à {qui} un nouveau lien d'activation, valable 60 minutes ?",
        (),
        "Un nouveau lien d'activation est parti vers l'adresse de connexion de {qui}.",
        lambda lien, par: gestion.renvoyer_activation(lien, par=par),
        danger=False,
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@structure_requise(Acte.GERER_UTILISATEURS)
def agir(request: Requete, structure: Structure, lien: int) -> HttpResponse:
    """Ask once, then do: ``acte`` is a key of ``GESTES``."""
    rattachement = lire_utilisateur(request, structure, lien)
    code = (request.POST if request.method == "POST" else request.GET).get("acte", "")
    geste = GESTES.get(code)
    if geste is None:
        raise Http404
    mots = {"qui": str(rattachement.compte), "ou": structure.raison_sociale}
    url_fiche = reverse("structures:utilisateur", args=[structure.pk, rattachement.pk])
    if request.method == "POST":
        try:
            geste.service(rattachement, request.compte)
        except rattachements.RattachementRefuse as refus:
            messages.error(request, str(refus))
        else:
            messages.success(request, _phrase(geste.fait, mots))
        return redirect(url_fiche)
    contexte = cadre_utilisateur(request, rattachement, (geste.titre, None)) | {
        "titre": geste.titre,
        "question": _phrase(geste.question, mots),
        "perte": [_phrase(phrase, mots) for phrase in geste.perte],
        "bouton": geste.titre,
        "url_action": request.path,
        "url_retour": url_fiche,
        "champs": {"acte": code},
        "danger": geste.danger,
    }
    return render(request, "_composants/confirmation.html", contexte)


def _phrase(phrase: str, mots: dict[str, str]) -> str:
    """Names may hold braces: they are put in, never read as a pattern."""
    return phrase.replace("{ou}", mots["ou"]).replace("{qui}", mots["qui"])


@require_http_methods(["GET", "HEAD", "POST"])
@structure_requise(Acte.TRANSFERER_GESTION)
def transferer(request: Requete, structure: Structure) -> HttpResponse:
    """« Transfert du rôle du gestionnaire principal »: choose, read what changes, confirm (§5.4)."""
    structure.cohort = request.cohort
    source = request.POST if request.method == "POST" else request.GET
    form = ChoixUtilisateurForm(
        source if "vers" in source else None,
        liens=queries.transferables(structure),
        label="Nouveau gestionnaire principal",
        aide="Un utilisateur rattaché à la structure, dont le compte est actif.",
    )
    if not form.is_valid():
        return _choisir(request, structure, form)
    lien = form.choisi()
    lien.structure, lien.cohort = structure, request.cohort
    if request.method != "POST":
        return _confirmer_transfert(request, structure, lien)
    try:
        gestion.transferer(structure, vers=lien, par=request.compte)
    except rattachements.RattachementRefuse as refus:
        form.add_error(None, str(refus))
        return _choisir(request, structure, form)
    messages.success(
        request,
        f"{lien.compte} est le gestionnaire principal de {structure.raison_sociale}. Vous y êtes utilisateur.",
    )
    return redirect("structures:utilisateurs", pk=structure.pk)


def _choisir(request: Requete, structure: Structure, form: ChoixUtilisateurForm) -> HttpResponse:
    contexte = rubriques(request, structure, "utilisateurs")
    contexte["fil"] = [
        *contexte["fil"][:-1],
        ("Utilisateurs", reverse("structures:utilisateurs", args=[structure.pk])),
        ("Transfert du rôle", None),
    ]
    status = 422 if form.errors else 200
    return render(request, "structures/transferer_gestion.html", contexte | {"form": form}, status=status)


def _confirmer_transfert(request: Requete, structure: Structure, lien: Rattachement) -> HttpResponse:
    qui = str(lien.compte)
    contexte = cadre_utilisateur(request, lien, ("Transfert du rôle", None)) | {
        "titre": "Transfert du rôle du gestionnaire principal",
        "question": f"Confier la gestion de {structure.raison_sociale} à {qui} ?",
        "perte": [
            f"{qui} devient gestionnaire principal et reçoit tous les profils de la structure, en modification.",
            "Vous devenez utilisateur : vous gardez vos profils, que le nouveau gestionnaire pourra vous retirer.",
            "Vous ne pourrez plus transférer ce rôle ni gérer les comptes techniques.",
        ],
        "bouton": "Confirmer le transfert",
        "url_action": request.path,
        "url_retour": reverse("structures:utilisateurs", args=[structure.pk]),
        "champs": {"vers": lien.pk},
    }
    return render(request, "_composants/confirmation.html", contexte)
