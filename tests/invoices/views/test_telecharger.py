"""« Télécharger »: what comes out, what it leaves behind, what is prepared apart (factures.md §4.1, T34)."""

import io
import re
import zipfile
from datetime import timedelta

import pytest

from accounts.profils import Profil
from invoices import tasks
from invoices.enums import Espace, Statut
from invoices.models import (
    ActionUtilisateur,
    DestinatairePrecedent,
    EvenementComplementaire,
    Facture,
    PieceJointe,
    Telechargement,
)
from invoices.services import telechargements
from sandbox import clock
from sandbox.documents import store
from structures.enums import Role
from tests import factories
from tests.conftest import connecter, fermer
from tests.invoices.views.conftest import url

pytestmark = pytest.mark.django_db
Code = ActionUtilisateur.Code


@pytest.fixture
def recue(structure, destinataire, compte):
    return factories.facture(structure, destinataire, compte=compte, numero="F-R", statut=Statut.MISE_A_DISPOSITION)


@pytest.fixture
def agent(cohort, destinataire, au_poste):
    """An agent of the recipient."""
    compte = factories.compte(cohort, 1, login_email="agent@valmoran.example", prenom="Aline", nom="Valmoran")
    factories.rattachement(compte, destinataire, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
    return connecter(au_poste(1), compte)


def joindre(facture, nom, taille=7, contenu=b"contenu"):
    with facture.cohort.monde():
        return PieceJointe.objects.create(
            cohort=facture.cohort, place=1, facture=facture, nom=nom, empreinte=store.store(contenu), taille=taille
        )


def octets(reponse):
    lus = b"".join(reponse.streaming_content) if reponse.streaming else reponse.content
    fermer(reponse)
    return lus


def demander(client, nom, *args, format="PDF", pieces="Non", cle="page-1", **champs):
    return client.post(url(nom, *args), {"format": format, "pieces": pieces, "cle": cle, **champs})


def actions(facture):
    with facture.cohort.monde():
        return list(ActionUtilisateur.objects.filter(facture=facture).values_list("code", "compte__login_email"))


def evenements(facture):
    with facture.cohort.monde():
        return list(EvenementComplementaire.objects.filter(facture=facture).values_list("libelle", "auteur"))


def relire(facture):
    with facture.cohort.monde():
        return Facture.objects.get(pk=facture.pk)


def refus(reponse):
    return " ".join(reponse.content.decode().replace("&#x27;", "'").split())


class TestUneFacture:
    def test_la_page_dit_les_choix_et_les_poids(self, gestionnaire, recue):
        joindre(recue, "devis.pdf", taille=3_000_000)
        html = refus(gestionnaire.get(url("telecharger", recue.pk)))
        assert "PIVOT : le fichier XML du destinataire" in html
        assert re.search(r"Environ \S+ Ko sans les pièces jointes", html)
        assert re.search(r"\d\S* Mo avec", html)

    def test_le_pdf_seul(self, gestionnaire, recue):
        joindre(recue, "devis.pdf")
        reponse = demander(gestionnaire, "telecharger", recue.pk)
        assert reponse.headers["Content-Type"] == "application/pdf"
        assert "Facture F-R.pdf" in reponse.headers["Content-Disposition"]
        assert octets(reponse).startswith(b"%PDF-")
        assert actions(recue) == [(Code.TELECHARGEMENT, "stagiaire01@session.example")]

    def test_avec_ses_pieces_c_est_un_zip(self, gestionnaire, recue):
        joindre(recue, "devis.pdf")
        reponse = demander(gestionnaire, "telecharger", recue.pk, pieces="Oui")
        with zipfile.ZipFile(io.BytesIO(octets(reponse))) as archive:
            assert archive.namelist() == ["Facture F-R.pdf", "PJ02_devis.pdf"]

    def test_le_pivot_contient_toujours_les_pieces(self, gestionnaire, recue):
        joindre(recue, "devis.pdf")
        reponse = demander(gestionnaire, "telecharger", recue.pk, format="PIVOT", pieces="")
        assert reponse.headers["Content-Type"] == "application/xml"
        assert b"<NomPJOrigine>devis.pdf</NomPJOrigine>" in octets(reponse)

    def test_par_le_destinataire_elle_est_marquee_une_fois(self, agent, recue):
        for cle in ("un", "deux"):
            octets(demander(agent, "recues_telecharger", recue.pk, cle=cle))
        assert relire(recue).telechargee
        assert evenements(recue) == [("Téléchargée par le destinataire", "Aline Valmoran")]
        assert len(actions(recue)) == 2

    def test_le_lien_pdf_du_destinataire_marque_aussi(self, agent, recue):
        assert octets(agent.get(url("recues_pdf", recue.pk))).startswith(b"%PDF-")
        assert relire(recue).telechargee

    def test_par_le_fournisseur_elle_ne_l_est_pas(self, gestionnaire, recue):
        octets(demander(gestionnaire, "telecharger", recue.pk))
        gestionnaire.get(url("pdf", recue.pk))
        assert not relire(recue).telechargee
        assert evenements(recue) == []

    def test_le_certificat_laisse_sa_trace(self, gestionnaire, recue, brouillon):
        assert octets(gestionnaire.get(url("certificat", recue.pk))).startswith(b"%PDF-")
        assert actions(recue) == [(Code.CERTIFICAT, "stagiaire01@session.example")]
        assert gestionnaire.get(url("certificat", brouillon.pk)).status_code == 409
        assert gestionnaire.get(url("pdf", brouillon.pk)).status_code == 409

    def test_ni_par_un_ancien_destinataire(self, agent, recue, cohort, destinataire):
        with cohort.monde():
            Facture.objects.update(destinataire=factories.publique(cohort, factories.HOPITAL))
            DestinatairePrecedent.objects.create(cohort=cohort, facture=recue, structure=destinataire)
        assert octets(demander(agent, "recues_telecharger", recue.pk)).startswith(b"%PDF-")
        assert not relire(recue).telechargee
        assert len(actions(recue)) == 1

    def test_un_formulaire_faux_garde_la_page(self, gestionnaire, recue):
        reponse = demander(gestionnaire, "telecharger", recue.pk, format="DOCX")
        assert reponse.status_code == 422
        assert "Format" in refus(reponse)
        assert actions(recue) == []

    def test_un_brouillon_ne_se_telecharge_pas(self, gestionnaire, brouillon):
        assert gestionnaire.get(url("telecharger", brouillon.pk)).status_code == 409

    def test_son_fichier_perdu_est_introuvable(self, gestionnaire, recue):
        piece = joindre(recue, "devis.pdf")
        with recue.cohort.monde():
            store.delete([piece.empreinte])
        assert demander(gestionnaire, "telecharger", recue.pk, pieces="Oui").status_code == 404
        assert actions(recue) == []

    def test_trop_lourde_elle_est_refusee_avant(self, gestionnaire, recue):
        joindre(recue, "enorme.zip", taille=telechargements.POIDS_MAXIMUM)
        reponse = demander(gestionnaire, "telecharger", recue.pk, pieces="Oui")
        assert reponse.status_code == 413
        assert "demandez la facture sans ses pièces jointes" in refus(reponse)
        assert octets(demander(gestionnaire, "telecharger", recue.pk)).startswith(b"%PDF-")


class TestPlusieurs:
    @pytest.fixture
    def lot(self, structure, destinataire, compte):
        return [
            factories.facture(structure, destinataire, compte=compte, numero=f"L-{n}", statut=Statut.MISE_A_DISPOSITION)
            for n in range(3)
        ]

    def ids(self, lot):
        return [f.pk for f in lot]

    def test_le_lot_se_prepare_puis_se_prend(self, agent, lot, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            reponse = demander(agent, "recues_telecharger_lot", factures=self.ids(lot))
        suivi = agent.get(reponse.url)
        assert "Le fichier est prêt" in refus(suivi)
        assert "hx-trigger" not in suivi.content.decode().split("suivi-telechargement")[1]
        fichier = agent.get(f"{reponse.url}fichier/")
        with zipfile.ZipFile(io.BytesIO(octets(fichier))) as archive:
            assert archive.namelist() == [f"Facture L-{n}/Facture L-{n}.pdf" for n in (2, 1, 0)]
        assert [relire(f).telechargee for f in lot] == [True] * 3
        assert [len(actions(f)) for f in lot] == [1, 1, 1]

    def test_deux_clics_ne_font_qu_une_demande(self, agent, lot):
        un = demander(agent, "recues_telecharger_lot", factures=self.ids(lot))
        deux = demander(agent, "recues_telecharger_lot", factures=self.ids(lot))
        assert un.url == deux.url
        assert len(actions(lot[0])) == 1

    def test_tant_qu_il_n_est_pas_pret(self, agent, lot):
        reponse = demander(agent, "recues_telecharger_lot", factures=self.ids(lot))
        html = agent.get(reponse.url).content.decode()
        assert "every 1s" in html
        assert "actualisez la" in html
        assert "Relancer" not in html
        partiel = agent.get(reponse.url, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in partiel
        assert agent.get(f"{reponse.url}fichier/").status_code == 409

    def test_arrete_en_route_il_se_relance(self, agent, lot, cohort, django_capture_on_commit_callbacks):
        reponse = demander(agent, "recues_telecharger_lot", factures=self.ids(lot))
        with cohort.monde():
            Telechargement.objects.update(avance_le=clock.real_now() - timedelta(minutes=3), etat="EN_COURS")
        assert "Relancer la préparation" in agent.get(reponse.url).content.decode()
        with django_capture_on_commit_callbacks(execute=True):
            assert agent.post(reponse.url).url == reponse.url
        assert "Le fichier est prêt" in refus(agent.get(reponse.url))
        with django_capture_on_commit_callbacks(execute=True) as suites:
            agent.post(reponse.url)
        assert suites == []

    def test_un_seul_mais_lourd_se_prepare_aussi(self, gestionnaire, recue):
        joindre(recue, "lourd.zip", taille=telechargements.IMMEDIAT)
        reponse = demander(gestionnaire, "telecharger", recue.pk, pieces="Oui")
        assert (
            reponse.url.startswith(f"/facturation/{Espace.EMISES}/telechargements/") or "telechargements" in reponse.url
        )

    def test_au_dela_de_dix_on_previent_au_dela_de_cinquante_on_refuse(
        self, gestionnaire, structure, destinataire, compte
    ):
        ids = [
            factories.facture(structure, destinataire, compte=compte, numero=f"N-{n}", avec_lignes=False).pk
            for n in range(51)
        ]
        assert "10 factures au plus sont recommandées" in refus(
            gestionnaire.get(url("telecharger_lot"), {"factures": ids[:11]})
        )
        assert "recommandées" not in refus(gestionnaire.get(url("telecharger_lot"), {"factures": ids[:10]}))
        assert "50 factures au plus, et 51 sont choisies" in refus(
            gestionnaire.get(url("telecharger_lot"), {"factures": ids})
        )
        reponse = demander(gestionnaire, "telecharger_lot", factures=ids)
        assert reponse.status_code == 422
        with structure.cohort.monde():
            assert not Telechargement.objects.exists()

    def test_trop_lourd_il_est_refuse_avant(self, gestionnaire, lot):
        for facture in lot:
            joindre(facture, "lourd.zip", taille=50 * 1_048_576)
        reponse = demander(gestionnaire, "telecharger_lot", factures=self.ids(lot), pieces="Oui")
        assert reponse.status_code == 413
        assert "décochez des factures" in refus(reponse)
        assert actions(lot[0]) == []

    def test_les_brouillons_sont_laisses_de_cote(self, gestionnaire, brouillon, recue):
        html = refus(gestionnaire.get(url("telecharger_lot"), {"factures": [brouillon.pk, recue.pk, "abc", "9" * 30]}))
        assert "1 facture laissée de côté" in html
        assert "F-R" in html

    def test_rien_de_coche(self, gestionnaire, brouillon):
        assert "Aucune facture à télécharger" in refus(gestionnaire.get(url("telecharger_lot")))
        assert demander(gestionnaire, "telecharger_lot", factures=[brouillon.pk]).status_code == 422

    def test_celles_d_une_autre_structure_n_existent_pas(self, gestionnaire, cohort, destinataire, recue):
        autre = factories.facture(factories.structure(cohort, 2), destinataire, numero="AUTRE")
        assert gestionnaire.get(url("telecharger_lot"), {"factures": [autre.pk]}).status_code == 404
        html = refus(gestionnaire.get(url("telecharger_lot"), {"factures": [autre.pk, recue.pk]}))
        assert "AUTRE" not in html

    def test_la_demande_d_un_autre_n_existe_pas(self, agent, gestionnaire, lot):
        adresse = demander(agent, "recues_telecharger_lot", factures=self.ids(lot)).url
        pk = int(adresse.rstrip("/").rpartition("/")[2])
        for nom in ("telechargement", "telechargement_fichier"):
            assert gestionnaire.get(url(nom, pk)).status_code == 404

    def test_le_fichier_menage_est_introuvable(self, agent, lot, cohort, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            adresse = demander(agent, "recues_telecharger_lot", factures=self.ids(lot)).url
        with cohort.monde():
            store.delete([Telechargement.objects.get().empreinte])
        assert agent.get(f"{adresse}fichier/").status_code == 404


class TestLaTache:
    @pytest.fixture
    def demande(self, recue, compte, cohort):
        with cohort.monde():
            choix = telechargements.Choix()
            return telechargements.demander([recue], choix, compte=compte, espace=Espace.EMISES, cle="k")

    def test_se_rejoue_sans_rien_refaire(self, demande, cohort):
        tasks.produire_telechargement(cohort.pk, demande.pk)
        with cohort.monde():
            avant = Telechargement.objects.values().get()
        tasks.produire_telechargement(cohort.pk, demande.pk)
        with cohort.monde():
            assert Telechargement.objects.values().get() == avant
            demande.refresh_from_db()
            assert (demande.pct, demande.faites, demande.taille) == (100, 1, len(store.open_bytes(demande.empreinte)))

    def test_ignore_ce_qui_a_disparu(self, cohort):
        tasks.produire_telechargement(cohort.pk, 999_999)
        tasks.produire_telechargement(999_999, 1)
        with cohort.monde():
            assert not Telechargement.objects.exists()

    def test_dit_que_les_factures_n_existent_plus(self, demande, recue, cohort, gestionnaire):
        with cohort.monde():
            recue.delete()
        tasks.produire_telechargement(cohort.pk, demande.pk)
        html = refus(gestionnaire.get(url("telechargement", demande.pk)))
        assert "n'existent plus dans cette session" in html
        assert "Relancer" in html

    def test_les_demandes_de_la_veille_s_en_vont(self, demande, recue, compte, cohort):
        with cohort.monde():
            Telechargement.objects.update(avance_le=clock.real_now() - timedelta(days=2))
            neuve = telechargements.demander(
                [recue], telechargements.Choix(), compte=compte, espace=Espace.EMISES, cle="autre"
            )
            assert list(Telechargement.objects.all()) == [neuve]

    def test_avance_sans_jamais_dire_cent_avant_la_fin(self, demande):
        demande.faites = 1
        assert (demande.pct, str(demande)) == (99, f"Téléchargement {demande.pk}")
        demande.factures = []
        assert demande.pct == 0
