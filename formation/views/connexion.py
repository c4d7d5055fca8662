"""Login, logout and password of trainers: Django's own views, in our frame."""

from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpResponse
from django.urls import reverse_lazy

from formation.forms.console import ConnexionForm, MotDePasseForm


class _Invalide422:
    """A refused form says so in its status."""

    def form_invalid(self, form: object) -> HttpResponse:
        reponse: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        reponse.status_code = 422
        return reponse


class Connexion(_Invalide422, auth.LoginView):
    template_name = "formation/console/connexion.html"
    authentication_form = ConnexionForm
    redirect_authenticated_user = True


class Deconnexion(auth.LogoutView):
    next_page = reverse_lazy("formation:connexion")


class MotDePasse(_Invalide422, auth.PasswordChangeView):
    template_name = "formation/console/mot_de_passe.html"
    form_class = MotDePasseForm
    success_url = reverse_lazy("formation:accueil")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, "Mot de passe changé. Vous restez connecté ici ; les autres appareils, non.")
        return super().form_valid(form)


connexion = Connexion.as_view()
deconnexion = Deconnexion.as_view()
mot_de_passe = MotDePasse.as_view()
