"""Trainer console, mounted at /formateur/ inside the namespace « formation »."""

from django.urls import path, register_converter

from formation.views import (
    connexion,
    console,
    console_api,
    console_poste,
    console_raccordements,
    console_rattachements,
    console_remises,
    console_sessions,
)


class CodeSession:
    """Code of a session; typed in small letters, it is the same one."""

    regex = "[A-Za-z0-9]{4,8}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CodeSession, "session")

urlpatterns = [
    path("", console_sessions.accueil, name="accueil"),
    path("connexion/", connexion.connexion, name="connexion"),
    path("deconnexion/", connexion.deconnexion, name="deconnexion"),
    path("mot-de-passe/", connexion.mot_de_passe, name="mot_de_passe"),
    path("creer/", console_sessions.creer, name="creer"),
    path("<session:code>/", console.session, name="session"),
    path("<session:code>/vif/", console.vif, name="vif"),
    path("<session:code>/horloge/", console.regler_horloge, name="horloge"),
    path("<session:code>/apercu/", console.apercu, name="apercu"),
    path("<session:code>/second-facteur/", console.second_facteur, name="second_facteur"),
    path("<session:code>/controle-strict/", console.controle_strict, name="controle_strict"),
    path("<session:code>/saut/", console.saut, name="saut"),
    path("<session:code>/annuler-saut/", console.annuler_saut, name="annuler_saut"),
    path("<session:code>/cartes.pdf", console.cartes, name="cartes"),
    path("<session:code>/projecteur/", console.projecteur, name="projecteur"),
    path("<session:code>/reinitialiser/", console_remises.reinitialiser, name="reinitialiser"),
    path("<session:code>/instantanes/", console_remises.instantanes, name="instantanes"),
    path("<session:code>/instantanes/<int:pk>/restaurer/", console_remises.restaurer, name="restaurer"),
    path("<session:code>/raccordements/", console_raccordements.raccordements_session, name="raccordements"),
    path(
        "<session:code>/raccordements/comptes-techniques/<int:pk>/expirer/",
        console_raccordements.compte_technique_expirer,
        name="compte_technique_expirer",
    ),
    path("<session:code>/raccordements/<int:pk>/", console_raccordements.raccordement_fiche, name="raccordement"),
    path(
        "<session:code>/raccordements/<int:pk>/<slug:action>/",
        console_raccordements.raccordement_avancer,
        name="raccordement_avancer",
    ),
    path("<session:code>/api/", console_api.api, name="api"),
    path("<session:code>/api/appels/<int:pk>/", console_api.appel, name="api_appel"),
    path("<session:code>/api/pannes/<int:pk>/lever/", console_api.lever, name="lever_panne"),
    path("<session:code>/poste/<int:numero>/", console_poste.poste, name="poste"),
    path("<session:code>/poste/<int:numero>/pin/", console_poste.changer_pin, name="poste_pin"),
    path("<session:code>/poste/<int:numero>/liberer/", console_poste.liberer, name="poste_liberer"),
    path("<session:code>/poste/<int:numero>/reinitialiser/", console_poste.reinitialiser, name="poste_reinitialiser"),
    path("<session:code>/poste/<int:numero>/compte/<int:pk>/debloquer/", console_poste.debloquer, name="debloquer"),
    path("<session:code>/poste/<int:numero>/compte/<int:pk>/expirer/", console_poste.expirer, name="expirer"),
    path("<session:code>/poste/<int:numero>/compte/<int:pk>/renvoyer/", console_poste.renvoyer, name="renvoyer"),
    path("<session:code>/rattachements/", console_rattachements.rattachements, name="rattachements"),
    path("<session:code>/rattachements/<int:pk>/", console_rattachements.repondre, name="repondre_rattachement"),
]
