"""« Saisir facture » when the world moves: nothing typed is lost (factures.md §2.3, §2.8, §2.15)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from invoices.enums import Statut
from invoices.models import Facture, PieceJointe
from structures.enums import EtatStructure
from structures.models import Structure
from tests.invoices.views.conftest import erreurs, url

pytestmark = pytest.mark.django_db


def factures(cohort):
    with cohort.monde():
        return list(Facture.objects.order_by("pk"))


def texte(reponse):
    return " ".join(reponse.content.decode().replace("&#x27;", "'").split())


def test_la_facture_est_partie_pendant_la_saisie(gestionnaire, cohort, facture_deposee, saisie):
    """409, the text still in the page; « Enregistrer » then makes another draft of it."""
    change = saisie | {"commentaire": "Tapé pour rien ?", "action": "enregistrer"}
    reponse = gestionnaire.post(url("brouillon", facture_deposee.pk), change)
    html = texte(reponse)
    assert reponse.status_code == 409
    assert "elle est « Déposée »" in html
    assert "Tapé pour rien ?" in html
    assert "Ferme-porte hydraulique" in html
    assert f'action="{url("saisir")}"' in html
    assert url("facture", facture_deposee.pk) in html
    cle = html.split('name="cle" value="')[1].split('"')[0]
    assert gestionnaire.post(url("saisir"), change | {"cle": cle, "version": "0"}).status_code == 302
    assert [(f.statut, f.commentaire) for f in factures(cohort)] == [
        (Statut.DEPOSEE, ""),
        (Statut.BROUILLON, "Tapé pour rien ?"),
    ]


def test_l_enregistrement_automatique_d_une_facture_partie(gestionnaire, facture_deposee, saisie):
    reponse = gestionnaire.post(
        url("brouillon", facture_deposee.pk), saisie, headers={"X-Bas-Autosave": "1", "HX-Request": "true"}
    )
    assert reponse.status_code == 409
    assert "X-Bas-Adresse" not in reponse.headers
    assert "HX-Replace-Url" not in reponse.headers


def test_un_pdf_parti_garde_aussi_ce_qui_est_tape(gestionnaire, cohort, facture_deposee, saisie):
    with cohort.monde():
        Facture.objects.update(mode_depot="DEPOT_PDF_PORTAIL")
    adresse = url("depot", facture_deposee.pk)
    reponse = gestionnaire.post(adresse, {"commentaire": "Gardé", "action": "enregistrer"})
    assert reponse.status_code == 409
    assert "Gardé" in texte(reponse)
    assert gestionnaire.post(url("brouillon", facture_deposee.pk), {}).url == url("facture", facture_deposee.pk)


def test_le_destinataire_ferme_entre_le_brouillon_et_l_envoi(gestionnaire, cohort, saisie, destinataire):
    reponse = gestionnaire.post(url("saisir"), saisie | {"action": "envoyer"})
    (brouillon,) = factures(cohort)
    with cohort.monde():
        Structure.objects.filter(pk=destinataire.pk).update(etat=EtatStructure.INACTIF)
    reponse = gestionnaire.post(reponse.url, {"version": brouillon.version})
    assert reponse.status_code == 422
    assert any("COMMUNE DE VALMORAN est désactivée" in e for e in erreurs(reponse))
    assert 'href="#id_recherche"' in reponse.content.decode()
    assert 'value="ARB-2026-119"' in reponse.content.decode()
    assert factures(cohort)[0].statut == Statut.BROUILLON


def test_un_brouillon_incomplet_ne_part_pas_par_la_page_de_confirmation(gestionnaire, cohort, saisie):
    """The rules read the lines that were kept, not only the fields of the page."""
    gestionnaire.post(url("saisir"), saisie | {"lignes-0-unite": "", "action": "enregistrer"})
    (brouillon,) = factures(cohort)
    assert gestionnaire.get(url("envoyer", brouillon.pk)).url == url("brouillon", brouillon.pk)
    reponse = gestionnaire.post(url("envoyer", brouillon.pk), {"version": brouillon.version})
    assert reponse.status_code == 422
    assert any("Ligne 1 : le champ « Unité » est obligatoire." in e for e in erreurs(reponse))


def test_les_espaces_fines_se_lisent(gestionnaire, cohort, saisie):
    champs = saisie | {"lignes-0-prix_unitaire": "1\u202f000,00", "montant_a_payer": "1", "action": "enregistrer"}
    gestionnaire.post(url("saisir"), champs)
    assert factures(cohort)[0].montant_ht == 8701


# --- attachments


def joindre(client, champs, fichier, **change):
    return client.post(url("saisir"), champs | change | {"action": "joindre", "pieces_jointes": fichier})


def test_une_piece_a_son_type_sa_designation_et_sa_ligne(gestionnaire, cohort, saisie):
    bon = SimpleUploadedFile("bon.pdf", b"%PDF-1.4")
    decrite = {"piece_type": "BON_LIVRAISON", "piece_designation": "Signé le 4", "piece_ligne": "2"}
    reponse = joindre(gestionnaire, saisie, bon, **decrite)
    with cohort.monde():
        piece = PieceJointe.objects.get()
    assert (piece.type, piece.designation, piece.ligne) == ("BON_LIVRAISON", "Signé le 4", 2)
    html = texte(gestionnaire.get(reponse.url))
    assert "Bon de livraison · Signé le 4 · ligne 2" in html
    assert 'value="Signé le 4"' not in html  # the next file starts from a blank description


@pytest.mark.parametrize(
    ("change", "champ", "message"),
    [
        ({"piece_ligne": "5"}, "id_piece_ligne", "Cette facture a 4 lignes : la ligne 5 n'existe pas."),
        ({"piece_ligne": "0"}, "id_piece_ligne", "supérieure ou égale à 1"),
        ({"piece_ligne": "deux"}, "id_piece_ligne", "est un nombre entier"),
        ({"piece_designation": "d" * 101}, "id_piece_designation", "100"),
        ({"piece_type": "SELFIE"}, "id_piece_type", "n'est pas reconnue"),
    ],
)
def test_une_piece_mal_decrite_n_est_pas_jointe(gestionnaire, cohort, saisie, change, champ, message):
    reponse = joindre(gestionnaire, saisie, SimpleUploadedFile("bon.pdf", b"%PDF-1.4"), **change)
    assert reponse.status_code == 422
    assert message in texte(reponse)
    assert f'href="#{champ}"' in reponse.content.decode()
    with cohort.monde():
        assert not PieceJointe.objects.exists()
    assert factures(cohort)[0].numero == "ARB-2026-119"


@pytest.mark.parametrize(("lignes", "phrase"), [(0, "n'a aucune ligne"), (1, "n'a qu'une ligne")])
def test_une_piece_pour_une_ligne_qui_manque(gestionnaire, saisie, lignes, phrase):
    autres = tuple(f"lignes-{rang}-" for rang in range(lignes, 4))
    champs = {nom: v for nom, v in saisie.items() if not nom.startswith(autres)}
    assert phrase in texte(joindre(gestionnaire, champs, SimpleUploadedFile("b.pdf", b"%PDF"), piece_ligne="2"))


def test_retirer_une_piece_inconnue_se_dit(gestionnaire, cohort, saisie):
    """SBX_045."""
    gestionnaire.post(url("saisir"), saisie | {"action": "enregistrer"})
    adresse = url("brouillon", factures(cohort)[0].pk)
    reponse = gestionnaire.post(adresse, saisie | {"version": "1", "action": "retirer-piece-999"})
    assert "La pièce jointe est inconnue" in texte(gestionnaire.get(reponse.url))


def test_deux_pieces_du_meme_dossier_trop_lourd(gestionnaire, cohort, saisie, monkeypatch):
    from invoices.rules import pieces

    monkeypatch.setattr(pieces, "DOSSIER_MAXIMUM", 10)
    joindre(gestionnaire, saisie, SimpleUploadedFile("a.pdf", b"%PDF-1.4"))
    reponse = gestionnaire.post(
        url("brouillon", factures(cohort)[0].pk),
        saisie | {"version": "1", "action": "joindre", "pieces_jointes": SimpleUploadedFile("b.pdf", b"%PDF-1.5")},
    )
    assert reponse.status_code == 422
    assert "Le dossier dépasse 120 Mo" in texte(reponse)
