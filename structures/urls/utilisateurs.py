"""Attachments, rights, users of a structure, its history."""

from django.urls import path

from structures.views import approbations, droits, gestes_utilisateurs, historique, rattachements, utilisateurs

_STRUCTURE = "organisation/structures/<int:pk>/"
_UTILISATEUR = f"{_STRUCTURE}utilisateurs/<int:lien>/"

urlpatterns = [
    path("mes-rattachements/", rattachements.mes_rattachements, name="mes_rattachements"),
    path("mes-rattachements/demander/", rattachements.demander, name="demander_rattachement"),
    path("mes-rattachements/<int:lien>/retirer/", rattachements.retirer, name="retirer_rattachement"),
    path("mes-habilitations/", droits.mes_habilitations, name="mes_habilitations"),
    path("organisation/utilisateurs/", utilisateurs.application, name="application_utilisateurs"),
    path(f"{_STRUCTURE}utilisateurs/", utilisateurs.liste, name="utilisateurs"),
    path(f"{_STRUCTURE}utilisateurs/exporter/", utilisateurs.exporter, name="utilisateurs_export"),
    path(f"{_STRUCTURE}utilisateurs/rattacher/", gestes_utilisateurs.rattacher, name="rattacher_utilisateur"),
    path(_UTILISATEUR, utilisateurs.fiche, name="utilisateur"),
    path(f"{_UTILISATEUR}dupliquer/", gestes_utilisateurs.dupliquer, name="dupliquer_droits"),
    path(f"{_UTILISATEUR}agir/", gestes_utilisateurs.agir, name="utilisateur_agir"),
    path(f"{_STRUCTURE}transferer/", gestes_utilisateurs.transferer, name="transferer_gestion"),
    path(f"{_STRUCTURE}approbations/", approbations.liste, name="approbations"),
    path(f"{_STRUCTURE}approbations/<int:lien>/", approbations.fiche, name="approbation"),
    path(f"{_STRUCTURE}qui-peut-quoi/", droits.qui_peut_quoi, name="qui_peut_quoi"),
    path(f"{_STRUCTURE}historique/", historique.liste, name="historique"),
    path(f"{_STRUCTURE}historique/exporter/", historique.exporter, name="historique_export"),
]
