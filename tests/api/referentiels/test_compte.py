"""What an account holds; the INSEE directory, the State's engagements, works (api.md §7 to §9)."""

import base64
import io
import zipfile
from datetime import date

import pytest
from lxml import etree

from accounts.enums import Niveau
from accounts.profils import Profil
from structures.enums import Role, StatutRattachement
from structures.models import (
    CompteTechnique,
    CoordonneesBancaires,
    Engagement,
    Habilitation,
    Rattachement,
    RattachementService,
    Service,
    Structure,
)
from structures.services.annuaire_export import RACINE
from tests import factories
from tests.api.appels import CORVAN, ETAT, MONTBRISAC, VALMORAN, VOLTAIGNE

RATTACHEMENTS = "structures/v1/lister/rattachementsutilisateur"
ESPACES = "structures/v1/rechercher/espaces"
MON_COMPTE = "utilisateurs/v1/monCompte/recuperer/rattachements"
COORDONNEES = "transverses/v1/recuperer/coordbanc/valides"
ACTIVES = "transverses/v1/recuperer/structures/actives/"
POUR_UTILISATEUR = "transverses/v1/recuperer/structuresPourUtilisateur"
SIRET = "transverses/v1/consulter/information/siret"
ENGAGEMENTS = "engagementsJuridiques/v1/rechercher"
TRAVAUX = "facturesTravaux/v1/"
INEXISTANT = 10**12
RIEN = {"pageCourante": 1, "pages": 0, "nbResultatsParPage": 10, "total": 0}
SANS_DROIT = 20001


def lien(cohort, siret):
    """Attachment of the technical account of this structure."""
    with cohort.monde():
        technique = CompteTechnique.objects.get(structure__identifiant=siret, numero=1)
        return Rattachement.objects.select_related("compte", "structure").get(compte=technique.compte)


def rattacher_au_service(cohort, attache, code, **champs):
    with cohort.monde():
        service = Service.objects.get(structure=attache.structure_id, code=code)
        return RattachementService.objects.create(
            cohort=cohort,
            rattachement=attache,
            service=service,
            **({"statut": StatutRattachement.VALIDEE} | champs),
        )


class TestRattachementsUtilisateur:
    @pytest.fixture
    def services(self, cohort):
        attache = lien(cohort, MONTBRISAC)
        return [
            rattacher_au_service(cohort, attache, "CHM-TECH", debut=date(2026, 1, 1), fin=date(2026, 12, 31)),
            rattacher_au_service(
                cohort, attache, "CHM-PHARMA", statut=StatutRattachement.EN_COURS_DE_VALIDATION, commentaire="Stage"
            ),
        ]

    def test_les_siens(self, hopital, pk, services):
        _, recu = hopital.post(
            RATTACHEMENTS,
            {
                "identifiantStructure": MONTBRISAC,
                "typeIdentifiantStructure": "SIRET",
                "idStructure": 0,
                "idUtilisateur": 0,
                "adresseEmailConnexionUtilisateur": "",
                "parametresListerRattachementsStructureUtilisateur": {"triSens": "Ascendant"},
            },
        )
        assert recu == {
            "codeRetour": 0,
            "libelle": "TRA_MSG_00.000",
            "idStructure": pk(MONTBRISAC),
            "identifiantStructure": MONTBRISAC,
            "designationStructure": "CENTRE HOSPITALIER DE MONTBRISAC",
            "premierService": False,
            "listeServices": [
                {
                    "idRattachement": services[1].pk,
                    "idService": services[1].service_id,
                    "codeService": "CHM-PHARMA",
                    "nomService": "Pharmacie",
                    "statutRattachement": "EN_COURS_DE_VALIDATION",
                    "commentaire": "Stage",
                },
                {
                    "idRattachement": services[0].pk,
                    "idService": services[0].service_id,
                    "codeService": "CHM-TECH",
                    "nomService": "Services techniques",
                    "dateDebut": "2026-01-01T00:00:00.000+01:00",
                    "dateFin": "2026-12-31T00:00:00.000+01:00",
                    "statutRattachement": "VALIDEE",
                },
            ],
            "parametresRetour": {"pageCourante": 1, "pages": 1, "nbResultatsParPage": 10, "total": 2},
        }

    @pytest.mark.parametrize("colonne", ["CodeService", "NomService", "StatutRattachement", "Inconnue"])
    def test_tri(self, hopital, pk, services, colonne):
        def codes(sens):
            paging = {"triColonne": colonne, "triSens": sens}
            corps = {
                "idStructure": pk(MONTBRISAC),
                "parametresListerRattachementsStructureUtilisateur": paging,
            }
            return [s["codeService"] for s in hopital.post(RATTACHEMENTS, corps)[1]["listeServices"]]

        assert codes("Ascendant") == ["CHM-PHARMA", "CHM-TECH"]
        assert codes("Descendant") == ["CHM-TECH", "CHM-PHARMA"]

    def test_d_un_autre(self, hopital, cohort, pk, services):
        """By id or by login address; without service: his whole structure."""
        qui = factories.compte(cohort, place=None, login_email="agent@session.example")
        attache = factories.rattachement(qui, factories.publique(cohort, MONTBRISAC), role=Role.UTILISATEUR, profils=[])
        ici = {"idStructure": pk(MONTBRISAC)}
        for designe in ({"idUtilisateur": qui.pk}, {"adresseEmailConnexionUtilisateur": qui.login_email}):
            _, recu = hopital.post(RATTACHEMENTS, ici | designe)
            assert (recu["codeRetour"], recu["premierService"], recu["listeServices"]) == (20000, True, [])
            assert recu["parametresRetour"] == RIEN
        rattacher_au_service(cohort, attache, "CHM-RESTO")
        _, recu = hopital.post(RATTACHEMENTS, ici | {"idUtilisateur": qui.pk})
        assert [s["codeService"] for s in recu["listeServices"]] == ["CHM-RESTO"]

    def test_refus(self, hopital, fournisseur, pk, autre_cohort):
        def code(programme, **corps):
            recu = programme.post(RATTACHEMENTS, corps)[1]
            assert (recu["listeServices"], recu["parametresRetour"]) == ([], RIEN)
            return recu["codeRetour"]

        assert code(hopital) == 29013
        assert code(hopital, idStructure=INEXISTANT) == 29014
        assert code(hopital, idStructure=pk(MONTBRISAC, autre_cohort)) == 29014
        assert code(hopital, identifiantStructure="00000000000000") == 29014
        assert code(fournisseur, idStructure=pk(MONTBRISAC)) == SANS_DROIT
        assert code(hopital, idStructure=pk(MONTBRISAC), idUtilisateur=INEXISTANT) == 20000
        assert code(hopital, idStructure=pk(MONTBRISAC), adresseEmailConnexionUtilisateur="x@y.example") == 20000


class TestEspaces:
    def lire(self, programme, ici, **corps):
        paging = corps.pop("paging", {"triSens": "Ascendant"})
        return programme.post(
            ESPACES, {"structure": {"idStructure": ici}, "parametresRechercherEspaces": paging, **corps}
        )[1]

    def test_ceux_du_compte(self, hopital, pk):
        recu = self.lire(hopital, pk(MONTBRISAC), paging={"nbResultatsParPage": 50, "triSens": "Ascendant"})
        assert recu["listeEspace"][0] == {
            "idEspaceFo": recu["listeEspace"][0]["idEspaceFo"],
            "codeEspace": 7,
            "libelleEspace": "Factures reçues",
            "etatCourant": "ACTIVE",
            "typeHabilitation": "MODIFICATION",
        }
        codes = [e["codeEspace"] for e in recu["listeEspace"]]
        assert codes == sorted(codes)
        assert "Raccordement EDI/API" not in {e["libelleEspace"] for e in recu["listeEspace"]}

    def test_sur_un_service(self, hopital, cohort, pk):
        attache = lien(cohort, MONTBRISAC)
        with cohort.monde():
            service = Service.objects.get(structure=attache.structure_id, code="CHM-TECH")
            Habilitation.objects.create(
                cohort=cohort,
                rattachement=attache,
                service=service,
                profil=Profil.FACTURES_RECUES,
                niveau=Niveau.CONSULTATION,
            )
        recu = self.lire(hopital, pk(MONTBRISAC), idService=service.pk)
        assert [
            (e["codeEspace"], e["codeService"], e["libelleService"], e["idService"], e["typeHabilitation"])
            for e in recu["listeEspace"]
        ] == [(7, "CHM-TECH", "Services techniques", service.pk, "CONSULTATION_UNIQUEMENT")]
        assert self.lire(hopital, pk(MONTBRISAC), idService=INEXISTANT)["codeRetour"] == 20000

    @pytest.mark.parametrize(
        ("colonne", "champ"),
        [
            ("LibelleEspace", "libelleEspace"),
            ("CodeEspace", "codeEspace"),
            ("idEspaceFo", "idEspaceFo"),
            ("Inconnue", "codeEspace"),
        ],
    )
    def test_tri(self, hopital, pk, colonne, champ):
        def valeurs(sens):
            recu = self.lire(hopital, pk(MONTBRISAC), paging={"triColonne": colonne, "triSens": sens})
            return [e[champ] for e in recu["listeEspace"]]

        assert valeurs("Ascendant") == sorted(valeurs("Ascendant"))
        assert valeurs("Descendant") == valeurs("Ascendant")[::-1]

    def test_refus(self, hopital, fournisseur, pk):
        assert hopital.post(ESPACES)[1]["codeRetour"] == 29013
        assert self.lire(fournisseur, pk(MONTBRISAC))["codeRetour"] == SANS_DROIT
        assert self.lire(fournisseur, INEXISTANT)["codeRetour"] == 29014


class TestMonCompte:
    def test_reponse(self, hopital, cohort, pk):
        attache = lien(cohort, MONTBRISAC)
        service = rattacher_au_service(cohort, attache, "CHM-TECH")
        with cohort.monde():
            Service.objects.filter(pk=service.service_id).update(debut=date(2026, 1, 1), fin=date(2027, 1, 1))
        _, recu = hopital.post(MON_COMPTE, {"parametresRecherche": {"triColonne": "IdStructure"}})
        assert recu["listeStructureRattachement"] == [
            {
                "idRattachementStructure": attache.pk,
                "idStructure": pk(MONTBRISAC),
                "identifiantStructure": MONTBRISAC,
                "typeIdentifiantStructure": "SIRET",
                "designationStructure": "CENTRE HOSPITALIER DE MONTBRISAC",
                "roleUtilisateur": "TECHNIQUE",
                "statutRattachementStructure": "VALIDEE",
                "statutUtilisateur": "ACTIF",
                "listeServicesRattache": [
                    {
                        "idRattachementService": service.pk,
                        "idService": service.service_id,
                        "codeService": "CHM-TECH",
                        "libelleService": "Services techniques",
                        "dateDbtService": "2026-01-01 00:00",
                        "dateFinService": "2027-01-01 00:00",
                        "estActif": True,
                        "statutService": "ACTIF",
                        "statutRattachementService": "VALIDEE",
                    }
                ],
            }
        ]
        assert recu["parametresRetour"]["total"] == 1

    @pytest.mark.parametrize("colonne", ["IdStructure", "IdentifiantStructure", "DesignationStructure", "Inconnue"])
    def test_tri_et_pages(self, hopital, cohort, colonne):
        attache = lien(cohort, MONTBRISAC)
        with cohort.monde():
            autre = Structure.objects.get(identifiant=factories.DEPARTEMENT)
            Rattachement.objects.create(
                cohort=cohort, compte=attache.compte, structure=autre, role=Role.TECHNIQUE, statut="VALIDEE"
            )
            refusee = Structure.objects.get(identifiant=VALMORAN)
            Rattachement.objects.create(
                cohort=cohort, compte=attache.compte, structure=refusee, role=Role.TECHNIQUE, statut="REFUSEE"
            )

        def lus(sens, page=1):
            paging = {
                "triColonne": colonne,
                "triSens": sens,
                "nbResultatsParPage": 1,
                "pageResultatDemandee": page,
            }
            recu = hopital.post(MON_COMPTE, {"parametresRecherche": paging})[1]
            assert recu["parametresRetour"]["total"] == 2
            return [ligne["identifiantStructure"] for ligne in recu["listeStructureRattachement"]]

        assert lus("Ascendant") == [MONTBRISAC] == lus("Descendant", 2)
        assert lus("Ascendant", 2) == [factories.DEPARTEMENT] == lus("Descendant")


class TestCoordonnees:
    @pytest.fixture
    def comptes(self, cohort, pk):
        commun = {"cohort": cohort, "structure_id": pk(VOLTAIGNE)}
        with cohort.monde():
            CoordonneesBancaires.objects.all().delete()
            return [
                CoordonneesBancaires.objects.create(**commun, nom="Courant", iban="FR1", defaut=True),
                CoordonneesBancaires.objects.create(**commun, nom="Clos", iban="FR2", actif=False),
                CoordonneesBancaires.objects.create(**commun, nom="Fini", iban="FR3", fin=date(2026, 1, 1)),
                CoordonneesBancaires.objects.create(**commun, nom="Affacturage", iban="FR4"),
            ]

    @pytest.mark.parametrize("designee", [True, False])
    def test_valides(self, fournisseur, pk, comptes, designee):
        _, recu = fournisseur.post(COORDONNEES, {"idStructure": pk(VOLTAIGNE) if designee else 0})
        assert recu == {
            "codeRetour": 0,
            "libelle": "TRA_MSG_00.000",
            "listeCoordonneeBancaire": [
                {"idCoordonneeBancaire": comptes[0].pk, "nomCoordonneeBancaire": "Courant"},
                {"idCoordonneeBancaire": comptes[3].pk, "nomCoordonneeBancaire": "Affacturage"},
            ],
            **{"pageCourante": 1, "pages": 1, "nbResultatsParPage": 2, "total": 2},
        }

    def test_aucune(self, hopital, comptes):
        _, recu = hopital.post(COORDONNEES)
        assert (recu["codeRetour"], recu["listeCoordonneeBancaire"], recu["pages"], recu["total"]) == (0, [], 0, 0)

    def test_d_un_autre(self, hopital, pk, comptes, autre_cohort):
        assert hopital.post(COORDONNEES, {"idStructure": pk(VOLTAIGNE)})[1]["codeRetour"] == SANS_DROIT
        assert hopital.post(COORDONNEES, {"idStructure": pk(VOLTAIGNE, autre_cohort)})[1]["codeRetour"] == 29014


class TestActives:
    @pytest.mark.parametrize(
        ("espace", "du_fournisseur", "de_l_hopital"),
        [
            pytest.param("fournisseur", True, True, id="fournisseur"),
            pytest.param("destinataire", False, True, id="destinataire"),
            pytest.param("facturetravaux", True, True, id="facturetravaux"),
        ],
    )
    def test_par_application(self, fournisseur, hopital, pk, espace, du_fournisseur, de_l_hopital):
        for programme, siret, attendue in (
            (fournisseur, VOLTAIGNE, du_fournisseur),
            (hopital, MONTBRISAC, de_l_hopital),
        ):
            _, recu = programme.post(ACTIVES + espace)
            assert [(s["idStructureCPP"], s["identifiant"]) for s in recu["listeStructures"]] == (
                [(pk(siret), siret)] if attendue else []
            )
            assert (recu["codeRetour"], recu["total"]) == (0, int(attendue))

    def test_inactive(self, fournisseur, cohort):
        with cohort.monde():
            Structure.objects.filter(identifiant=VOLTAIGNE).update(etat="INACTIF")
        assert fournisseur.post(f"{ACTIVES}fournisseur")[1]["listeStructures"] == []
        assert fournisseur.post(POUR_UTILISATEUR)[1]["listeStructures"] == []

    @pytest.mark.parametrize(
        ("espace", "attendue"),
        [(None, True), (7, False), (102, True), (5, True)],
        ids=["aucun", "recues", "emises", "inconnu"],
    )
    def test_pour_utilisateur(self, fournisseur, pk, espace, attendue):
        _, recu = fournisseur.post(POUR_UTILISATEUR, {"espaceFo": espace})
        ligne = {
            "idStructure": pk(VOLTAIGNE),
            "identifiantStructure": VOLTAIGNE,
            "designationStructure": recu["listeStructures"][0]["designationStructure"] if attendue else "",
            "typeIdentifiantStructure": "SIRET",
        }
        assert recu["listeStructures"] == ([ligne] if attendue else [])


class TestSiret:
    def test_de_l_insee(self, fournisseur):
        _, recu = fournisseur.post(SIRET, {"siretStructure": factories.siret_du_poste(1)})
        assert (recu["codeRetour"], recu["estActif"], recu["siret"]) == (0, True, factories.siret_du_poste(1))
        assert recu["siren"] + recu["numeroInterneClassement"] == recu["siret"]
        assert recu["raisonSociale"] == "ARBELIN MENUISERIE 01"
        _, fermee = fournisseur.post(SIRET, {"siretStructure": "00010309300019"})
        assert (fermee["raisonSociale"], fermee["estActif"]) == ("MENUISERIE FERMÉE DE L'ORLE", False)
        assert fermee["adresse"] == "1 rue Vide 99000 ORLE-LA-VILLE"

    def test_d_une_structure(self, fournisseur, cohort):
        with cohort.monde():
            ancienne = Structure.objects.get(identifiant=CORVAN)
            Structure.objects.filter(identifiant=VALMORAN).update(
                origine=ancienne, categorie_entreprise="PME", non_diffusible_insee=True
            )
        _, recu = fournisseur.post(SIRET, {"siretStructure": VALMORAN})
        assert recu["raisonSociale"] == "COMMUNE DE VALMORAN"
        assert (recu["estActif"], recu["nonDiffusibleInsee"]) == (True, True)
        assert (recu["categorieEntreprise"], recu["siretPredecesseurSuccesseur"]) == ("PME", CORVAN)

    @pytest.mark.parametrize(
        ("siret", "code"),
        [
            pytest.param("", 29013, id="absent"),
            pytest.param("000 200 014 00017", 29014, id="espaces"),
            pytest.param("0002000140001", 29014, id="treize"),
            pytest.param("0002000140001X", 29014, id="lettre"),
            pytest.param("99999999999999", 20000, id="inconnu"),
        ],
    )
    def test_refus(self, fournisseur, siret, code):
        _, recu = fournisseur.post(SIRET, {"siretStructure": siret})
        assert (recu["codeRetour"], set(recu)) == (code, {"codeRetour", "libelle"})


def test_annuaire_des_destinataires(fournisseur, cohort):
    _, recu = fournisseur.post("transverses/v1/telecharger/annuaire/destinataire")
    assert recu["libelle"] == "GCU_MSG_01_000"
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(recu["fichierResultat"]))) as archive:
        (nom,) = archive.namelist()
        racine = etree.fromstring(archive.read(nom))
    assert (nom, racine.tag) == ("annuaire-structures-publiques.xml", RACINE)
    with cohort.monde():
        publiques = set(Structure.objects.publiques().values_list("identifiant", flat=True))
    assert {s.findtext("Identifiant") for s in racine} == publiques


class TestEngagements:
    def lire(self, programme, **corps):
        recu = programme.post(ENGAGEMENTS, {"parametresRecherche": {"triSens": "Ascendant"}, **corps})[1]
        return [e["numeroEngagementJuridique"] for e in recu["listeEngagementJuridique"]]

    def test_reponse(self, fournisseur, cohort):
        with cohort.monde():
            engagement = Engagement.objects.get(numero="1500261234")
            service = Service.objects.get(structure=engagement.structure_id, code="FIC0DSD042")
            Engagement.objects.filter(pk=engagement.pk).update(service=service)
        _, recu = fournisseur.post(
            ENGAGEMENTS,
            {
                "numeroEngagementJuridique": "1500261234",
                "structureReceptriceEngagementJuridique": str(engagement.structure_id),
                "etatCourantEngagementJuridique": "COMMANDE",
                "periodeDateNotificationEJDu": "2026-01-01",
                "montantTTCMin": 0,
            },
        )
        assert recu["listeEngagementJuridique"] == [
            {
                "idEngagementJuridique": engagement.pk,
                "numeroEngagementJuridique": "1500261234",
                "libelleTypeEngagementJuridique": "BON_DE_COMMANDE",
                "structureReceptrice": "SERVICES DE L'ÉTAT (FICTIF)",
                "codeServiceExecutant": "FIC0DSD042",
                "libelleServiceExecutant": "Direction support",
                "libelleEtatCourantEJ": "COMMANDE",
            }
        ]
        assert recu["parametresRetour"]["total"] == 1

    def test_seul_l_etat(self, fournisseur, pk):
        assert self.lire(fournisseur, numeroEngagementJuridique="CHM2600731") == []
        assert self.lire(fournisseur, structureReceptriceEngagementJuridique=str(pk(MONTBRISAC))) == []
        assert "1512345680" in self.lire(fournisseur)

    @pytest.mark.parametrize(
        "texte",
        [ETAT, "SERVICES DE L'ÉTAT (FICTIF)", "{pk}", "{pk_fournisseur}"],
        ids=["siret", "nom", "id", "sa-propre-structure"],
    )
    def test_structure_receptrice(self, fournisseur, pk, texte):
        """One client names the State, another puts its own structure there."""
        texte = texte.format(pk=pk(ETAT), pk_fournisseur=pk(VOLTAIGNE))
        assert self.lire(
            fournisseur, numeroEngagementJuridique="1500261234", structureReceptriceEngagementJuridique=texte
        ) == ["1500261234"]

    @pytest.mark.parametrize("texte", ["999999999999", "9" * 60, "PERSONNE"])
    def test_structure_inconnue(self, fournisseur, texte):
        assert self.lire(fournisseur, structureReceptriceEngagementJuridique=texte) == []

    @pytest.mark.parametrize(
        "colonne", ["DateCreationEJ", "NumeroEngagementJuridique", "StructureReceptrice", "Inconnue"]
    )
    def test_tri(self, fournisseur, colonne):
        def lus(sens):
            return self.lire(
                fournisseur,
                structureReceptriceEngagementJuridique=ETAT,
                parametresRecherche={"triColonne": colonne, "triSens": sens, "nbResultatsParPage": 3},
            )

        assert lus("Ascendant") == ["1500261234", "1512345678", "1512345679"]
        assert lus("Descendant") == ["1512345680", "1512345679", "1512345678"]

    def test_rien(self, fournisseur):
        _, recu = fournisseur.post(ENGAGEMENTS, {"etatCourantEngagementJuridique": "SOLDE"})
        assert recu == {
            "codeRetour": 20000,
            "libelle": "TRA_MSG_00.015",
            "listeEngagementJuridique": [],
            "parametresRetour": RIEN,
        }


class TestTravaux:
    @pytest.mark.parametrize(
        "corps",
        [{}, {"roleUtilisateur": "MOA", "listeStatutCourant": ["A_ASSOCIER_MOA"], "flagTelecharge": False}],
        ids=["vide", "criteres"],
    )
    def test_ne_trouve_rien(self, hopital, corps):
        assert hopital.post(f"{TRAVAUX}rechercher", corps) == (
            200,
            {
                "codeRetour": 20007,
                "libelle": "GFT_MSG_01.075",
                "listeFacturesTravaux": [],
                "parametresRetour": RIEN,
            },
        )

    @pytest.mark.parametrize(
        "chemin",
        [
            *("consulter", "completer", "completermoe", "recycler", "refuser", "demander/recyclage"),
            *("suspendre/demander/completer/factureTravaux", "consulter/dossierfacturation", "rechercher/atraiter"),
        ],
    )
    def test_pas_encore_simulees(self, hopital, chemin):
        assert hopital.post(TRAVAUX + chemin) == (403, {})

    @pytest.mark.parametrize("chemin", ["organisations/v1/healthcheck", "structures/v1/saisir/generalites"])
    def test_hors_sujet(self, hopital, chemin):
        assert hopital.post(chemin) == (403, {})
