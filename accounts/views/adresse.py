"""« Changer mon adresse de connexion » (comptes-structures.md §2.4)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.acces import compte_requis, place_requise
from accounts.enums import UsageJeton
from accounts.forms.compte import ChangerAdresseForm
from accounts.requete import Requete
from accounts.services import adresse, comptes
from accounts.views.compte import fil_du_compte

TITRE = "Changer mon adresse de connexion"
PRISE = "Cette adresse est déjà celle d'un autre compte de la session. Choisissez-en une autre."


@sensitive_post_parameters("mot_de_passe")
@compte_requis
@require_http_methods(["GET", "HEAD", "POST"])
def changer(request: Requete) -> HttpResponse:
    form = ChangerAdresseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        nouvelle = form.cleaned_data["nouvelle"]
        try:
            adresse.demander(request.compte, nouvelle, form.cleaned_data["mot_de_passe"])
        except comptes.ConnexionRefusee as refus:
            form.add_error("mot_de_passe", str(refus))
        except adresse.MemeAdresse:
            form.add_error("nouvelle", "C'est déjà votre adresse de connexion. Saisissez-en une autre.")
        except comptes.AdresseDejaUtilisee:
            form.add_error("nouvelle", PRISE)
        else:
            contexte = {"nouvelle": nouvelle, "fil": fil_du_compte((TITRE, None))}
            return render(request, "accounts/adresse_envoyee.html", contexte)
    contexte = {"form": form, "titre": TITRE, "fil": fil_du_compte((TITRE, None))}
    return render(request, "accounts/adresse.html", contexte, status=422 if form.is_bound else 200)


@require_safe
@place_requise
def confirmer(request: Requete, jeton: str) -> HttpResponse:
    """The link received at the new address: following it changes the address. The portal need not be open."""
    refus, statut = "", 410
    try:
        if request.method == "HEAD":
            comptes.jeton_valide(jeton, UsageJeton.ADRESSE)
            return HttpResponse()
        compte = adresse.confirmer(jeton)
    except comptes.LienInvalide as invalide:
        refus, statut = str(invalide), 410 if invalide.compte else 404
    except comptes.AdresseDejaUtilisee:
        refus, statut = PRISE, 409
    if refus:
        return render(request, "accounts/adresse_refusee.html", {"explication": refus}, status=statut)
    messages.success(request, f"Votre adresse de connexion est maintenant {compte.login_email}.")
    return redirect("accounts:compte" if request.compte == compte else "accounts:connexion")
