"""What the tests of the invoice screens share: addresses, a form ready to send, and readers of answers."""

import re

import pytest
from django.urls import reverse

from tests import factories


def url(nom, *args):
    return reverse(f"invoices:{nom}", args=args)


@pytest.fixture
def saisie(structure, mandat, destinataire):
    """Text of a form that the rules accept: exercise 4's lines, for a recipient that demands nothing."""
    lignes = [
        ("Bloc-porte coupe-feu ½ h", "8", "268,00", "20"),
        ("Ferme-porte hydraulique", "8", "57,25", "20"),
        ("Livraison", "1", "95", "20"),
        ("Manuel d'entretien imprimé (livre)", "8", "18,50", "5.5"),
    ]
    champs = {
        "cle": "page-1",
        "version": "0",
        "destinataire": str(destinataire.pk),
        "destinataire_etat": "non",
        "code_service": "",
        "fournisseur": str(structure.pk),
        "coordonnees_bancaires": "",
        "cadre": "A1_FACTURE_FOURNISSEUR",
        "type_facture": "FACTURE",
        "numero": "ARB-2026-119",
        "date_facture": "07/12/2026",
        "numero_engagement": "",
        "numero_marche": "",
        "numero_facture_origine": "",
        "devise": "EUR",
        "mode_paiement": "VIREMENT",
        "type_tva": "TVA_SUR_DEBIT",
        "motif_exoneration": "",
        "motif_exoneration_autre": "",
        "remise_globale": "",
        "motif_remise": "",
        "montant_a_payer": "3 392,54",
        "commentaire": "",
        "lignes-TOTAL_FORMS": str(len(lignes)),
        "lignes-INITIAL_FORMS": "0",
    }
    for rang, (nom, quantite, prix, taux) in enumerate(lignes):
        champs |= {
            f"lignes-{rang}-denomination": nom,
            f"lignes-{rang}-quantite": quantite,
            f"lignes-{rang}-unite": "unité",
            f"lignes-{rang}-prix_unitaire": prix,
            f"lignes-{rang}-taux": taux,
        }
    return champs


@pytest.fixture
def autre_client(autre_cohort):
    """Seat 1 of another session, with the same identifiers, logged in."""
    from tests.conftest import client_au_poste, connecter

    qui = factories.compte(autre_cohort)
    entreprise = factories.structure(autre_cohort)
    factories.rattachement(qui, entreprise)
    factories.mandat(entreprise)
    return connecter(client_au_poste(autre_cohort), qui)


@pytest.fixture
def lecteur(cohort, structure, au_poste):
    """Another account of the same structure, in consultation only."""
    from accounts.enums import Niveau
    from structures.enums import Role
    from tests.conftest import connecter

    qui = factories.compte(cohort, 2)
    factories.rattachement(qui, structure, role=Role.UTILISATEUR, niveau=Niveau.CONSULTATION)
    return connecter(au_poste(2), qui)


@pytest.fixture
def collegue(cohort, structure, au_poste):
    """Another account of the same structure, in modification, in another browser."""
    from structures.enums import Role
    from tests.conftest import connecter

    qui = factories.compte(cohort, 2, prenom="Hugo")
    factories.rattachement(qui, structure, role=Role.UTILISATEUR)
    return connecter(au_poste(2), qui)


def erreurs(reponse):
    """Lines of the error summary, as text."""
    html = reponse.content.decode()
    bloc = re.search(r'<div class="resume-erreurs".*?</ul>', html, re.DOTALL)
    lignes = re.findall(r"<li>.*?</li>", bloc[0], re.DOTALL) if bloc else []
    return [" ".join(re.sub(r"<[^>]+>", " ", li).split()) for li in lignes]
