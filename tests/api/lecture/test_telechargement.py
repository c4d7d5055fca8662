"""telecharger/groupe (api.md §6.9): the bytes of the portal, weighed before, traced after."""

import base64
import io
import tempfile
import zipfile

import pytest

from api.espaces import NUMEROS
from api.registre import OPERATIONS
from invoices.documents import lots
from invoices.enums import Statut
from invoices.models import (
    ActionUtilisateur,
    DestinatairePrecedent,
    EvenementComplementaire,
    Facture,
    PieceJointe,
)
from invoices.services import telechargements
from invoices.services.telechargements import Choix, Fabrication
from sandbox.documents import store
from tests import factories
from tests.api.appels import CORVAN

F12 = "factures/v1/telecharger/groupe"
INEXISTANTE = {"codeRetour": 20000, "libelle": "GDP_MSG_11.008 - La demande de paiement n'existe pas."}
PDF = b"%PDF-1.4 facture"


@pytest.fixture
def deux(decor):
    """``visee`` with its PDF and its devis; another one of the hospital, with a PDF only."""
    seconde = decor.facture("F-C3", decor.hopital)
    with decor.cohort.monde():
        for facture in (decor.visee, seconde):
            PieceJointe.objects.create(
                cohort=decor.cohort,
                facture=facture,
                nom="facture.pdf",
                principale=True,
                empreinte=store.store(PDF),
                taille=len(PDF),
            )
        Facture.objects.filter(pk__in=[decor.visee.pk, seconde.pk]).update(
            mode_depot="DEPOT_PDF_API", telechargee=False
        )
    return decor.visee, seconde


def demander(programme, factures, **corps):
    corps = {"format": "PDF", "listeFacture": [{"idFacture": f.pk} for f in factures], **corps}
    statut, recu = programme.post(F12, corps)
    assert (statut, recu["codeRetour"], recu["libelle"]) == (200, 0, "GCU_MSG_01_000")
    return base64.b64decode(recu["fichierResultat"], validate=True)


def du_portail(decor, factures, choix):
    with decor.cohort.monde(), tempfile.TemporaryFile() as sortie:
        ids = [facture.pk for facture in factures]
        lots.fabriquer(Fabrication(ids, choix, str(ids[0]), sortie, lambda _: None))
        sortie.seek(0)
        return sortie.read()


def noms(contenu):
    with zipfile.ZipFile(io.BytesIO(contenu)) as archive:
        return archive.namelist()


def actions(decor, facture):
    with decor.cohort.monde():
        lues = ActionUtilisateur.objects.filter(facture=facture).select_related("compte")
        return [(action.code, action.compte.login_email) for action in lues]


def test_une_facture_un_document(decor, emetteur, deux):
    visee, _ = deux
    assert demander(emetteur, [visee], avecPiecesJointesComplementaires="Non") == PDF
    assert demander(emetteur, [visee, visee], format="pdf") == PDF


def test_une_facture_plusieurs_documents(decor, emetteur, deux):
    visee, seconde = deux
    contenu = demander(emetteur, [visee], avecPiecesJointesComplementaires="Oui")
    assert noms(contenu) == ["facture.pdf", "PJ02_devis.pdf"]
    assert contenu == du_portail(decor, [visee], Choix(avec_pieces=True))
    assert demander(emetteur, [seconde], avecPiecesJointesComplementaires="OUI") == PDF


def test_plusieurs_factures_un_dossier_chacune(decor, emetteur, deux):
    contenu = demander(emetteur, deux, avecPiecesJointesComplementaires="Non")
    assert noms(contenu) == ["Avoir F-A1/facture.pdf", "Facture F-C3/facture.pdf"]
    assert contenu == du_portail(decor, deux, Choix())


def test_le_pivot_les_tient_toutes(decor, emetteur, deux):
    contenu = demander(emetteur, deux, format="PIVOT", avecPiecesJointesComplementaires="Non")
    assert contenu.startswith(b"<?xml")
    assert (contenu.count(b"F-A1") > 0, contenu.count(b"F-C3") > 0) == (True, True)
    assert b"devis.pdf" in contenu
    assert contenu == du_portail(decor, deux, Choix(format="PIVOT"))


def test_le_document_d_une_saisie_est_etabli_puis_retrouve(decor, emetteur):
    assert demander(emetteur, [decor.autre]).startswith(b"%PDF")
    assert demander(emetteur, [decor.autre]) == demander(emetteur, [decor.autre])


def test_le_destinataire_laisse_sa_trace(decor, emetteur, receveur, deux):
    visee, seconde = deux
    demander(emetteur, [visee])
    with decor.cohort.monde():
        assert not Facture.objects.get(pk=visee.pk).telechargee
    demander(receveur, [visee, seconde])
    demander(receveur, [visee])
    with decor.cohort.monde():
        assert Facture.objects.filter(pk__in=[visee.pk, seconde.pk], telechargee=True).count() == 2
        assert EvenementComplementaire.objects.filter(facture=visee).count() == 1
    codes = [code for code, _ in actions(decor, visee)]
    assert codes == ["TELECHARGEMENT_FACTURE"] * 3
    _, recu = receveur.post("factures/v1/rechercher/recipiendaire", {"factureTelechargeeParDestinataire": False})
    assert recu["total"] == 0


@pytest.mark.parametrize("espace", [0, 7, 12, *sorted(NUMEROS.values())])
def test_l_espace_ne_change_pas_qui_l_on_est(decor, emetteur, receveur, deux, espace):
    visee, _ = deux
    assert demander(emetteur, [visee], idEspace=espace) == PDF
    with decor.cohort.monde():
        assert not Facture.objects.get(pk=visee.pk).telechargee
    assert demander(receveur, [visee], idEspace=espace) == PDF
    with decor.cohort.monde():
        assert Facture.objects.get(pk=visee.pk).telechargee


def test_le_valideur_telecharge_sans_marquer(decor, deux):
    visee, _ = deux
    assert demander(decor.client(CORVAN), [visee]) == PDF
    with decor.cohort.monde():
        assert not Facture.objects.get(pk=visee.pk).telechargee


def test_l_ancien_destinataire_telecharge_sans_marquer(decor, receveur):
    with decor.cohort.monde():
        DestinatairePrecedent.objects.create(cohort=decor.cohort, facture=decor.autre, structure=decor.hopital)
    assert demander(receveur, [decor.autre], idEspace=7).startswith(b"%PDF")
    assert [code for code, _ in actions(decor, decor.autre)] == ["TELECHARGEMENT_FACTURE"]
    with decor.cohort.monde():
        assert not Facture.objects.get(pk=decor.autre.pk).telechargee


def test_ce_qui_n_est_pas_a_soi_n_existe_pas(decor, tiers, ailleurs, emetteur, receveur, deux):
    visee, _ = deux
    corps = {"format": "PDF", "listeFacture": [{"idFacture": visee.pk}]}
    for programme in (tiers, ailleurs):
        assert programme.post(F12, corps) == (200, INEXISTANTE)
    melees = {"format": "PDF", "listeFacture": [{"idFacture": visee.pk}, {"idFacture": decor.autre.pk}]}
    assert receveur.post(F12, melees) == (200, INEXISTANTE)
    assert emetteur.post(F12, {"format": "PIVOT", "listeFacture": [{"idFacture": 2**62}]}) == (200, INEXISTANTE)
    assert actions(decor, visee) == []


def test_au_dela_de_120_mo_rien_n_est_prepare(decor, emetteur, deux, monkeypatch):
    visee, seconde = deux
    with decor.cohort.monde():
        PieceJointe.objects.filter(facture=visee, principale=False).update(taille=telechargements.POIDS_MAXIMUM)

    def jamais(travail):
        raise AssertionError("préparé quand même")

    with monkeypatch.context() as essai:
        essai.setattr(lots, "fabriquer", jamais)
        for corps in ({"avecPiecesJointesComplementaires": "Oui"}, {"format": "PIVOT"}):
            demande = {"format": "PDF", "listeFacture": [{"idFacture": f.pk} for f in deux], **corps}
            assert emetteur.post(F12, demande) == (413, {})
    assert actions(decor, visee) == []
    assert noms(demander(emetteur, [visee, seconde])) == ["Avoir F-A1/facture.pdf", "Facture F-C3/facture.pdf"]


@pytest.mark.parametrize(
    ("corps", "code"),
    [
        ({"format": ""}, 29013),
        ({"format": "XML"}, 29014),
        ({"avecPiecesJointesComplementaires": "Peut-être"}, 29014),
        ({"listeFacture": []}, 29013),
        ({"listeFacture": [{}, {"idFacture": 0}]}, 29013),
        ({"listeFacture": [{"idFacture": pk} for pk in range(1, 52)]}, 29013),
    ],
    ids=["sans format", "format", "pièces", "liste vide", "liste de rien", "51 factures"],
)
def test_les_refus(decor, emetteur, corps, code):
    demande = {"format": "PDF", "listeFacture": [{"idFacture": decor.visee.pk}], **corps}
    statut, recu = emetteur.post(F12, demande)
    assert (statut, recu["codeRetour"], "fichierResultat" in recu) == (200, code, False)
    assert recu["libelle"].startswith(f"SBX_0{code - 29000} - ")


@pytest.mark.parametrize(
    "corps",
    [
        {"listeFacture": [{"idFacture": 1}] * 1001},
        {"listeFacture": [1]},
        {"avecPiecesJointesComplementaires": True},
        {"format": 3},
    ],
    ids=["longue", "nombres", "booléen", "nombre"],
)
def test_ce_qui_est_mal_forme(emetteur, corps):
    assert emetteur.post(F12, {"format": "PDF", "listeFacture": [{"idFacture": 1}], **corps})[0] == 400


def test_un_brouillon_n_a_pas_de_document(decor, emetteur):
    brouillon = factories.brouillon(decor.fournisseur, decor.commune, numero="BR")
    _, recu = emetteur.post(F12, {"format": "PDF", "listeFacture": [{"idFacture": brouillon.pk}]})
    assert recu["codeRetour"] == 29071
    assert brouillon.statut == Statut.BROUILLON


def test_un_fichier_perdu_est_dit(decor, emetteur, deux):
    visee, _ = deux
    with decor.cohort.monde():
        store.delete([PieceJointe.objects.get(facture=visee, principale=True).empreinte])
    assert emetteur.post(F12, {"format": "PDF", "listeFacture": [{"idFacture": visee.pk}]}) == (200, INEXISTANTE)
    assert actions(decor, visee) == []


def test_l_exemple_est_accepte(emetteur):
    assert emetteur.post(F12, dict(OPERATIONS[F12].exemple))[0] == 200
