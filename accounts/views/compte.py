"""« Mon compte »: fields in little windows, notifications, deactivation (comptes-structures.md §2.4)."""

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import gardiens
from accounts.acces import compte_requis
from accounts.enums import DeuxiemeFacteur
from accounts.forms.compte import ChampForm, DesactiverForm, NotificationsForm, champ_du_compte
from accounts.gardiens import Geste
from accounts.middleware import fermer_session
from accounts.requete import Requete
from accounts.services import profil
from sandbox.web.demandes import Application, DemandeRefusee, TypeDemande


def fil_du_compte(*suite: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """Trail of a page of the account."""
    return [
        ("Accueil", reverse("accounts:accueil")),
        ("Mon compte", reverse("accounts:compte") if suite else None),
        *suite,
    ]


@compte_requis
@require_safe
def compte(request: Requete) -> HttpResponse:
    siens = request.compte
    champs = [
        {"nom": nom, "libelle": champ_du_compte(nom).label, "valeur": getattr(siens, nom)} for nom in profil.CHAMPS
    ]
    contexte = {
        "fil": fil_du_compte(),
        "champs": [champ for champ in champs if champ["nom"] != "biographie"],
        "initiales": "".join(mot[:1] for mot in (siens.prenom, siens.nom)).upper() or "?",
        "notifications": [
            ("Notification Certificats de cessibilité", siens.notif_cessibilite),
            ("Notification Engagements", siens.notif_engagements),
            ("Notification Facturation", gardiens.notifie_facturation(siens)),
            ("Récapitulatif quotidien", siens.recap_quotidien),
        ],
        "application": siens.deuxieme_facteur == DeuxiemeFacteur.TOTP,
    }
    return render(request, "accounts/compte.html", contexte)


def _fenetre(request: Requete, form: Form, titre: str, question: str) -> HttpResponse:
    """A little window: the dialog of a confirmation with scripts, its page without."""
    contexte = {
        "titre": titre,
        "question": question,
        "formulaire": form,
        "bouton": "Enregistrer",
        "danger": False,
        "url_action": request.path,
        "url_retour": reverse("accounts:compte"),
        "fil": fil_du_compte((titre, None)),
    }
    return render(request, "_composants/confirmation.html", contexte, status=422 if form.is_bound else 200)


@compte_requis
@require_http_methods(["GET", "HEAD", "POST"])
def modifier(request: Requete, champ: str) -> HttpResponse:
    """One field, « Enregistrer »."""
    if champ not in profil.CHAMPS:
        raise Http404
    donnees = request.POST if request.method == "POST" else None
    form = ChampForm(donnees, champ=champ, initial={"valeur": getattr(request.compte, champ)})
    libelle = str(form.fields["valeur"].label)
    if form.is_bound and form.is_valid():
        profil.modifier(request.compte, champ, form.cleaned_data["valeur"])
        messages.success(request, f"{libelle} : enregistré.")
        return redirect("accounts:compte")
    return _fenetre(request, form, f"Modifier : {libelle.lower()}", f"Compte {request.compte.login_email}.")


@compte_requis
@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: Requete) -> HttpResponse:
    """« Paramétrer vos notifications »."""
    siens = request.compte
    form = NotificationsForm(
        request.POST if request.method == "POST" else None,
        initial={nom: getattr(siens, nom) for nom in profil.NOTIFICATIONS},
        obligatoire=" ".join(gardiens.objections(Geste.COUPER_FACTURATION, siens)),
    )
    if form.is_bound and form.is_valid():
        profil.regler_notifications(siens, form.cleaned_data)
        messages.success(request, "Vos préférences de notification sont enregistrées.")
        return redirect("accounts:compte")
    question = f"Cochez ce que vous voulez recevoir à votre adresse e-mail de contact, {siens.contact_email}."
    return _fenetre(request, form, "Paramétrer vos notifications", question)


def _desactiver(request: Requete, form: DesactiverForm) -> HttpResponse:
    try:
        profil.desactiver(request.compte)
    except profil.GesteRefuse as refus:
        raise DemandeRefusee(str(refus), "desactiver") from refus
    fermer_session(request)
    messages.success(
        request, "Votre compte est désactivé. Pour le réactiver, connectez-vous avec la même adresse et mot de passe."
    )
    return redirect("accounts:accueil")


DESACTIVATION = Application(
    "Désactiver/Réactiver un compte utilisateur",
    "Le compte désactivé n'ouvre plus le portail. Il se réactive depuis la page de connexion.",
    (TypeDemande("DESACTIVER", "Désactiver mon accès", DesactiverForm, _desactiver),),
)


@compte_requis
@require_http_methods(["GET", "HEAD", "POST"])
def desactivation(request: Requete) -> HttpResponse:
    fil = fil_du_compte(("Désactiver/Réactiver un compte utilisateur", None))
    return DESACTIVATION.repondre(request, fil=fil, url_annuler=reverse("accounts:compte"))
