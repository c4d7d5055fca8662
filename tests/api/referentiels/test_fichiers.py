"""Files: deposited, searched, detached, downloaded (api.md §7)."""

import base64
import io
import zipfile

import pytest

from api.models import FichierApi
from invoices.enums import Statut
from invoices.models import PieceJointe
from sandbox.documents import store
from structures.models import CompteTechnique, CoordonneesBancaires, FicheRaccordement, Structure
from tests import factories
from tests.api.appels import VALMORAN, VOLTAIGNE, client_api

T = "transverses/v1/"
AJOUTER, DETACHER = f"{T}ajouter/fichier", f"{T}detacherPieceJointe"
PJ_STRUCTURE, PJ_COMPTE = f"{T}rechercher/pj/structure", f"{T}rechercher/pj/moncompte"
TELECHARGER = f"{T}telecharger/pieceJointe"
PDF = b"%PDF-1.4 essai"
INEXISTANT = 10**12
RIEN = {"pageCourante": 1, "pages": 0, "nbResultatsParPage": 10, "total": 0}


def b64(contenu):
    return base64.b64encode(contenu).decode()


def ajouter(programme, nom="devis.pdf", contenu=PDF, **champs):
    corps = {
        "pieceJointeFichier": b64(contenu),
        "pieceJointeNom": nom,
        "pieceJointeTypeMime": "application/pdf",
        "pieceJointeExtension": "PDF",
    }
    return programme.post(AJOUTER, corps | champs)[1]


class TestAjouter:
    def test_garde_le_fichier(self, fournisseur, cohort):
        recu = ajouter(fournisseur)
        with cohort.monde():
            fichier = FichierApi.objects.select_related("technique__structure").get(pk=recu["pieceJointeId"])
        assert (recu["codeRetour"], recu["libelle"]) == (0, "GCU_MSG_01_000")
        assert (fichier.nom, fichier.extension, fichier.taille) == ("devis.pdf", "PDF", len(PDF))
        assert fichier.technique.structure.identifiant == VOLTAIGNE
        assert store.open_bytes(fichier.empreinte) == PDF

    def test_base64_replie(self, fournisseur):
        replie = base64.encodebytes(PDF * 50).decode()
        assert ajouter(fournisseur, pieceJointeFichier=replie)["codeRetour"] == 0

    def test_dix_mo_juste(self, fournisseur):
        assert ajouter(fournisseur, contenu=b"x" * 10 * 1024 * 1024, nom="gros.txt")["codeRetour"] == 0

    @pytest.mark.parametrize("octets", [10 * 1024 * 1024 + 1, 21 * 1024 * 1024], ids=["un-de-trop", "avant-decodage"])
    def test_trop_gros(self, fournisseur, cohort, octets):
        recu = ajouter(fournisseur, contenu=b"x" * octets)
        assert recu == {"codeRetour": 20003, "libelle": "SBX_042 - La pièce jointe dépasse 10 Mo."}
        with cohort.monde():
            assert not FichierApi.objects.exists()

    @pytest.mark.parametrize(
        ("champs", "code", "texte"),
        [
            pytest.param({"pieceJointeNom": ""}, 29013, "« pieceJointeNom »", id="sans-nom"),
            pytest.param({"pieceJointeNom": "devis"}, 29041, "nom", id="sans-extension"),
            pytest.param({"pieceJointeNom": "a" * 47 + ".pdf"}, 29041, "nom", id="nom-long"),
            pytest.param({"pieceJointeNom": "../x.pdf"}, 29041, "nom", id="chemin"),
            pytest.param({"pieceJointeNom": "x.exe"}, 29040, "type", id="extension"),
            pytest.param({"pieceJointeFichier": ""}, 29044, "vide", id="vide"),
            pytest.param({"pieceJointeFichier": "pas du base64 !"}, 29014, "« pieceJointeFichier »", id="base64"),
        ],
    )
    def test_refus(self, fournisseur, cohort, champs, code, texte):
        recu = ajouter(fournisseur, **champs)
        assert recu["codeRetour"] == code
        assert texte in recu["libelle"]
        with cohort.monde():
            assert not FichierApi.objects.exists()


class TestMonCompte:
    def test_ses_fichiers(self, fournisseur, commune, cohort):
        deposes = [ajouter(fournisseur, nom)["pieceJointeId"] for nom in ("devis.pdf", "Bon.PDF", "autre.xlsx")]
        ajouter(commune, "chez-eux.pdf")
        with cohort.monde():
            compte = CompteTechnique.objects.get(structure__identifiant=VOLTAIGNE).compte_id
        _, recu = fournisseur.post(PJ_COMPTE, {"parametresRecherche": {"triSens": "Ascendant"}})
        assert [p["pieceJointeDesignation"] for p in recu["listePiecesJointes"]] == [
            *("Bon.PDF", "autre.xlsx", "devis.pdf")
        ]
        assert recu["listePiecesJointes"][2] == {
            "pieceJointeId": deposes[0],
            "pieceJointeObjetId": deposes[0],
            "pieceJointeDesignation": "devis.pdf",
            "pieceJointeExtension": "PDF",
            "pieceJointeTypeCode": "DIVERS",
            "pieceJointeTypeLibelle": "Pièce jointe standard",
            "pieceJointeUtilisateurId": compte,
        }
        assert recu["parametresRetour"]["total"] == 3

    @pytest.mark.parametrize(
        ("corps", "attendus"),
        [
            pytest.param({"pieceJointeDesignation": "DEV"}, ["devis.pdf"], id="designation"),
            pytest.param({"pieceJointeTypeId": 54050}, ["devis.pdf", "bon.pdf"], id="type"),
            pytest.param({"pieceJointeTypeId": 0}, ["devis.pdf", "bon.pdf"], id="zero"),
            pytest.param({"pieceJointeTypeId": 54055}, [], id="autre-type"),
            pytest.param({"pieceJointeTypeId": 3}, [], id="type-inconnu"),
        ],
    )
    def test_criteres(self, fournisseur, corps, attendus):
        for nom in ("bon.pdf", "devis.pdf"):
            ajouter(fournisseur, nom)
        _, recu = fournisseur.post(PJ_COMPTE, corps)
        assert [p["pieceJointeDesignation"] for p in recu["listePiecesJointes"]] == attendus
        assert recu["codeRetour"] == (0 if attendus else 20000)

    def test_telecharger(self, fournisseur):
        ajouter(fournisseur)
        corps = {"objetPieceJointe": "UTILISATEUR"}
        assert base64.b64decode(fournisseur.post(TELECHARGER, corps)[1]["pieceJointe"]) == PDF
        ajouter(fournisseur, "autre.txt", b"texte")
        _, recu = fournisseur.post(TELECHARGER, corps)
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(recu["pieceJointe"]))) as archive:
            assert archive.namelist() == ["01_devis.pdf", "02_autre.txt"]

    def test_rien_a_telecharger(self, fournisseur):
        assert fournisseur.post(TELECHARGER, {"objetPieceJointe": "UTILISATEUR"})[1] == {
            "codeRetour": 29045,
            "libelle": "SBX_045 - La pièce jointe est inconnue.",
        }

    def test_plus_de_120_mo(self, fournisseur, monkeypatch):
        monkeypatch.setattr("api.familles.transverses_pieces.DOSSIER_MAXIMUM", 20)
        for nom in ("a.pdf", "b.pdf"):
            ajouter(fournisseur, nom)
        assert fournisseur.post(TELECHARGER, {"objetPieceJointe": "UTILISATEUR"}) == (413, {})


class TestDetacher:
    def test_du_compte(self, fournisseur, cohort):
        pk = ajouter(fournisseur)["pieceJointeId"]
        _, recu = fournisseur.post(DETACHER, {"idPieceJointeObjet": pk})
        assert recu == {"codeRetour": 0, "libelle": "TRA_MSG_00.000"}
        with cohort.monde():
            assert not FichierApi.objects.exists()
        assert fournisseur.post(DETACHER, {"idPieceJointeObjet": pk})[1]["codeRetour"] == 29045

    def piece(self, cohort, statut):
        structure = factories.publique(cohort, VOLTAIGNE)
        facture = factories.facture(structure, factories.publique(cohort, VALMORAN), statut=statut, numero=statut[:20])
        with cohort.monde():
            return PieceJointe.objects.create(
                cohort=cohort, facture=facture, nom="x.pdf", empreinte=store.store(PDF), taille=len(PDF), pk=77_000
            )

    def test_d_un_brouillon(self, fournisseur, cohort):
        piece = self.piece(cohort, Statut.BROUILLON)
        assert fournisseur.post(DETACHER, {"idPieceJointeObjet": piece.pk})[1]["codeRetour"] == 0
        with cohort.monde():
            assert not PieceJointe.objects.filter(pk=piece.pk).exists()

    def test_d_une_facture_envoyee(self, fournisseur, cohort):
        piece = self.piece(cohort, Statut.DEPOSEE)
        assert fournisseur.post(DETACHER, {"idPieceJointeObjet": piece.pk})[1]["codeRetour"] == 29071
        with cohort.monde():
            assert PieceJointe.objects.filter(pk=piece.pk).exists()

    def test_d_un_autre(self, commune, fournisseur, autre_cohort, cohort):
        depose = ajouter(fournisseur)["pieceJointeId"]
        piece = self.piece(cohort, Statut.BROUILLON)
        ailleurs = ajouter(client_api(autre_cohort))["pieceJointeId"]
        for pk in (depose, piece.pk, INEXISTANT):
            assert commune.post(DETACHER, {"idPieceJointeObjet": pk})[1]["codeRetour"] == 29045
        assert fournisseur.post(DETACHER, {"idPieceJointeObjet": ailleurs})[1]["codeRetour"] == 29045
        assert fournisseur.post(DETACHER)[1]["codeRetour"] == 29013


class TestStructure:
    @pytest.fixture
    def ici(self, cohort):
        """Two RIB, one of them without a name, and a certificate."""
        with cohort.monde():
            CoordonneesBancaires.objects.all().delete()
            structure = Structure.objects.get(identifiant=VOLTAIGNE)
            commun = {"cohort": cohort, "structure": structure}
            self.courant = CoordonneesBancaires.objects.create(
                **commun, nom="Courant", iban="FR1", rib=store.store(PDF), rib_nom="rib courant.pdf"
            )
            CoordonneesBancaires.objects.create(**commun, nom="Autre", iban="FR2", rib=store.store(b"%PDF-2"))
            CoordonneesBancaires.objects.create(**commun, nom="Sans", iban="FR3")
            FicheRaccordement.objects.create(
                **commun,
                mode="EDI",
                environnement="QUALIFICATION",
                contact_nom="N",
                contact_email="n@session.example",
                certificat=store.store(b"PEM"),
            )
        return structure.pk

    def chercher(self, programme, ici, **corps):
        return programme.post(
            PJ_STRUCTURE, {"idStructureCPP": ici, "parametresRecherche": {"triSens": "Ascendant"}, **corps}
        )[1]

    def test_ses_fichiers(self, fournisseur, cohort, ici):
        recu = self.chercher(fournisseur, ici)
        assert [
            (p["pieceJointeDesignation"], p["pieceJointeExtension"], p["pieceJointeTypeCode"])
            for p in recu["listePiecesJointes"]
        ] == [("Autre", "PDF", "RIB"), ("Certificat du raccordement", "PEM", "AUTRE"), ("Courant", "PDF", "RIB")]
        courant = recu["listePiecesJointes"][2]
        assert (courant["pieceJointeStructureId"], courant["pieceJointeStructureCode"]) == (ici, VOLTAIGNE)
        assert courant["pieceJointeObjetId"] == self.courant.pk
        assert len({p["pieceJointeId"] for p in recu["listePiecesJointes"]}) == 3

    @pytest.mark.parametrize(
        ("corps", "attendus"),
        [
            pytest.param({"pieceJointeDesignation": "COUR"}, ["Courant"], id="designation"),
            pytest.param({"pieceJointeTypeId": 54055}, ["Autre", "Courant"], id="rib"),
            pytest.param({"pieceJointeTypeId": 54056}, ["Certificat du raccordement"], id="autre"),
            pytest.param({"pieceJointeTypeId": 54050}, [], id="standard"),
            pytest.param({"pieceJointeTypeId": 3}, [], id="inconnu"),
        ],
    )
    def test_criteres(self, fournisseur, ici, corps, attendus):
        recu = self.chercher(fournisseur, ici, **corps)
        assert [p["pieceJointeDesignation"] for p in recu["listePiecesJointes"]] == attendus

    def test_tri_et_pages(self, fournisseur, ici):
        paging = {"triColonne": "PieceJointeId", "triSens": "Descendant", "nbResultatsParPage": 1}
        recu = self.chercher(fournisseur, ici, parametresRecherche=paging)
        assert [p["pieceJointeDesignation"] for p in recu["listePiecesJointes"]] == ["Certificat du raccordement"]
        assert recu["parametresRetour"] == {"pageCourante": 1, "pages": 3, "nbResultatsParPage": 1, "total": 3}

    def test_refus(self, fournisseur, commune, ici):
        for programme, structure, code in (
            (commune, ici, 20001),
            (fournisseur, 0, 29013),
            (fournisseur, INEXISTANT, 29014),
        ):
            recu = self.chercher(programme, structure)
            assert (recu["codeRetour"], recu["listePiecesJointes"], recu["parametresRetour"]) == (code, [], RIEN)

    def telecharger(self, programme, objet, **structure):
        return programme.post(TELECHARGER, {"objetPieceJointe": objet, "structure": structure})[1]

    def test_telecharger(self, fournisseur, commune, ici):
        ribs = self.telecharger(fournisseur, "STRUCTURE_COORDONNEE_BANCAIRE", idStructure=ici)
        toutes = self.telecharger(
            fournisseur,
            "STRUCTURE_PIECEJOINTE",
            identifiantStructure=VOLTAIGNE,
            typeIdentifiantStructure="SIRET",
        )
        for recu, noms in (
            (ribs, ["01_rib courant.pdf", "02_rib.pdf"]),
            (toutes, ["01_rib courant.pdf", "02_rib.pdf", "03_certificat.pem"]),
        ):
            with zipfile.ZipFile(io.BytesIO(base64.b64decode(recu["pieceJointe"]))) as archive:
                assert archive.namelist() == noms
                assert archive.read(noms[0]) == PDF
        mandat = self.telecharger(fournisseur, "STRUCTURE_MANDAT", idStructure=ici)
        assert mandat["codeRetour"] == 29045
        autre = self.telecharger(commune, "STRUCTURE_COORDONNEE_BANCAIRE", idStructure=ici)
        assert autre["codeRetour"] == 20001
        assert self.telecharger(fournisseur, "STRUCTURE_PIECEJOINTE")["codeRetour"] == 29013

    def test_fichier_perdu(self, fournisseur, cohort, ici):
        with cohort.monde():
            CoordonneesBancaires.objects.exclude(pk=self.courant.pk).update(rib="")
        store.delete([self.courant.rib])
        recu = self.telecharger(fournisseur, "STRUCTURE_COORDONNEE_BANCAIRE", idStructure=ici)
        assert recu["codeRetour"] == 29045


class TestTelecharger:
    def corps(self, pk, **reste):
        demande = {"format": "PDF", "avecPiecesJointesComplementaires": "Non", "listeFacture": [{"idFacture": pk}]}
        return {"objetPieceJointe": "DEMANDE_PAIEMENT", "demandePaiement": demande | reste}

    def test_une_facture_comme_telecharger_groupe(self, fournisseur, cohort):
        emise = factories.facture(factories.publique(cohort, VOLTAIGNE), factories.publique(cohort, VALMORAN))
        statut, recu = fournisseur.post(TELECHARGER, self.corps(emise.pk))
        _, groupe = fournisseur.post("factures/v1/telecharger/groupe", self.corps(emise.pk)["demandePaiement"])
        assert statut == 200
        assert recu["pieceJointe"] == groupe["fichierResultat"]
        assert base64.b64decode(recu["pieceJointe"]).startswith(b"%PDF")

    def test_inconnue(self, commune, fournisseur):
        assert fournisseur.post(TELECHARGER, self.corps(INEXISTANT))[1]["codeRetour"] == 20000
        assert fournisseur.post(TELECHARGER, {"objetPieceJointe": "DEMANDE_PAIEMENT"})[1]["codeRetour"] == 29013

    @pytest.mark.parametrize(
        ("corps", "code"),
        [
            ({}, 29013),
            ({"objetPieceJointe": "SOLLICITATION", "sollicitation": {"idSollicitation": 1}}, 29045),
            (
                {
                    "objetPieceJointe": "ENGAGEMENT_JURIDIQUE",
                    "engagementJuridique": {"numeroEngagementJuridique": "1500261234"},
                },
                29045,
            ),
        ],
        ids=["sans-objet", "sollicitation", "engagement"],
    )
    def test_sans_document(self, fournisseur, corps, code):
        assert fournisseur.post(TELECHARGER, corps)[1]["codeRetour"] == code

    def test_objet_inconnu(self, fournisseur):
        assert fournisseur.post(TELECHARGER, {"objetPieceJointe": "FACTURE"})[0] == 400
