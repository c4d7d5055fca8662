"""Screens that « Factures émises », « reçues » and « à valider » share: same view, told in which application it is."""

from django.urls import URLPattern, path

from invoices.enums import Espace
from invoices.views import export, facture, fichiers, pieces, recherche, tableau_de_bord, telechargement
from invoices.views.commun import PREFIXES, espace_requis


def communes(espace: Espace) -> list[URLPattern]:
    """Search, dashboard, page of an invoice and its files, under the path of this application."""
    racine, prefixe, ou = f"{espace}/", PREFIXES[espace], {"espace": espace}
    ouvert = espace_requis(espace)
    return [
        path(f"{racine}rechercher/", ouvert(recherche.rechercher), ou, name=f"{prefixe}rechercher"),
        path(f"{racine}rechercher/export/", ouvert(export.exporter), ou, name=f"{prefixe}exporter"),
        path(
            f"{racine}tableau-de-bord/", ouvert(tableau_de_bord.tableau_de_bord), ou, name=f"{prefixe}tableau_de_bord"
        ),
        path(f"{racine}<int:pk>/", ouvert(facture.facture), ou, name=f"{prefixe}facture"),
        *_fichiers(espace),
    ]


def _fichiers(espace: Espace) -> list[URLPattern]:
    """Documents, attachments and downloads (factures.md §2.8, §4.1)."""
    racine, prefixe, ou = f"{espace}/", PREFIXES[espace], {"espace": espace}
    ouvert = espace_requis(espace)
    vues = (
        ("<int:pk>/pdf/", fichiers.pdf, "pdf"),
        ("<int:pk>/echange/", fichiers.echange, "echange"),
        ("<int:pk>/telecharger/", telechargement.telecharger, "telecharger"),
        ("telecharger/", telechargement.telecharger_lot, "telecharger_lot"),
        ("telechargements/<int:pk>/", telechargement.telechargement, "telechargement"),
        ("telechargements/<int:pk>/fichier/", telechargement.telechargement_fichier, "telechargement_fichier"),
        ("<int:pk>/pieces/", pieces.pieces_zip, "pieces_zip"),
        ("<int:pk>/pieces/<int:piece>/", fichiers.piece, "piece"),
        ("<int:pk>/pieces/<int:piece>/apercu/", pieces.apercu, "apercu"),
        ("<int:pk>/pieces/<int:piece>/apercu/<int:numero>.png", pieces.apercu_image, "apercu_image"),
    )
    return [path(f"{racine}{chemin}", ouvert(vue), ou, name=f"{prefixe}{nom}") for chemin, vue, nom in vues]
