"""The chain search → parameters → services → service, and the directory of recipients (api.md §7, §8)."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from structures.enums import EtatService, EtatStructure, TypeActe
from structures.models import ActeGestion, CompteTechnique, Service, Structure
from structures.services import annuaire
from tests import factories
from tests.api.appels import CORVAN, ETAT, MONTBRISAC, VALMORAN, VOLTAIGNE, client_api

RECHERCHER, CONSULTER = "structures/v1/rechercher", "structures/v1/consulter"
SERVICES, SERVICE = "structures/v1/rechercher/services", "structures/v1/consulter/service"
DESTINATAIRE = "transverses/v1/rechercher/destinataire"
EXECUTANT = "transverses/v1/rechercher/serviceexecutant"
RIEN = {"pageCourante": 1, "pages": 0, "nbResultatsParPage": 10, "total": 0}
INEXISTANT = 10**12


@pytest.fixture
def trois(cohort):
    """Three structures whose names and places are told apart."""
    with cohort.monde():
        nees = [
            factories.structure(
                cohort,
                place=None,
                identifiant=f"0001000000{rang}0{rang}1{rang}",
                raison_sociale=f"ATELIER ZÉBULON {rang}",
                libelle="Filière bois",
                ville="ZÉBUVILLE",
                code_postal=f"9977{rang}",
            )
            for rang in (1, 2, 3)
        ]
        annuaire.indexer(nees)
    return nees


def chercher(programme, *, paging=None, restreindre=False, **criteres):
    corps = {"structure": criteres, "restreindreStructuresPrivees": restreindre, "parametres": paging or {}}
    return programme.post(RECHERCHER, corps)[1]


def trouvees(recu):
    return [ligne["identifiantStructure"] for ligne in recu["listeStructures"]]


class TestRechercher:
    def test_par_siret(self, fournisseur, pk):
        recu = chercher(fournisseur, identifiantStructure=VALMORAN, typeIdentifiantStructure="SIRET")
        assert recu == {
            "codeRetour": 0,
            "libelle": "TRA_MSG_00.000",
            "listeStructures": [
                {
                    "idStructureCPP": pk(VALMORAN),
                    "identifiantStructure": VALMORAN,
                    "typeIdentifiantStructure": "SIRET",
                    "designationStructure": "COMMUNE DE VALMORAN",
                    "statut": "ACTIVE",
                }
            ],
            "parametresRetour": {"pageCourante": 1, "pages": 1, "nbResultatsParPage": 10, "total": 1},
        }

    def test_comme_les_clients_l_ecrivent(self, fournisseur):
        """Every other criterion empty, zero or false (api.md §4)."""
        vides = dict.fromkeys(
            ("raisonSocialeStructure", "libelleStructure", "nomStructure", "adresseVille", "statutStructure"), ""
        )
        recu = chercher(
            fournisseur,
            **vides,
            prenomStructure=None,
            typeStructure="",
            estMOA=False,
            estMOAUniquement=False,
            identifiantStructure="000 200 014 00017",
        )
        assert trouvees(recu) == [VALMORAN]

    @pytest.mark.parametrize(
        "criteres",
        [
            pytest.param({"raisonSocialeStructure": "zebulon atelier"}, id="mots-sans-accent"),
            pytest.param({"libelleStructure": "Filière BOIS"}, id="libelle"),
            pytest.param({"adresseVille": "zebu"}, id="ville"),
            pytest.param({"adresseCodePostal": "9977"}, id="code-postal"),
            pytest.param({"identifiantStructure": "0001000000", "adresseCodePays": "fr"}, id="debut-identifiant"),
            pytest.param({"raisonSocialeStructure": "ZÉBULON", "typeStructure": "PRIVEE"}, id="privee"),
            pytest.param({"raisonSocialeStructure": "ZÉBULON", "statutStructure": "ACTIF"}, id="active"),
        ],
    )
    def test_criteres(self, fournisseur, trois, criteres):
        assert sorted(trouvees(chercher(fournisseur, **criteres))) == [s.identifiant for s in trois]

    @pytest.mark.parametrize(
        "criteres",
        [
            pytest.param({"raisonSocialeStructure": "zebulon", "typeStructure": "PUBLIQUE"}, id="publique"),
            pytest.param({"raisonSocialeStructure": "zebulon", "statutStructure": "INACTIF"}, id="inactive"),
            pytest.param({"raisonSocialeStructure": "zebulon", "typeIdentifiantStructure": "RIDET"}, id="type"),
            pytest.param({"raisonSocialeStructure": "zebulon", "adresseCodePays": "BE"}, id="pays"),
            pytest.param({"nomStructure": "zebulon"}, id="nom-d-une-personne"),
            pytest.param({"prenomStructure": "zebulon"}, id="prenom"),
            pytest.param({"raisonSocialeStructure": "??"}, id="que-des-signes"),
            pytest.param({"raisonSocialeStructure": "zebulon", "estMOA": True}, id="moa"),
            pytest.param({"identifiantStructure": "99999999999999"}, id="inconnu"),
        ],
    )
    def test_rien(self, fournisseur, trois, criteres):
        assert chercher(fournisseur, **criteres) == {
            "codeRetour": 20000,
            "libelle": "TRA_MSG_00.015",
            "listeStructures": [],
            "parametresRetour": RIEN,
        }

    def test_moa_uniquement(self, fournisseur):
        assert trouvees(chercher(fournisseur, estMOAUniquement=True, identifiantStructure=factories.MOA)) == [
            factories.MOA
        ]
        assert VALMORAN in trouvees(chercher(fournisseur, estMOA=True, paging={"nbResultatsParPage": 1000}))

    def test_statut_inactive(self, fournisseur):
        recu = chercher(fournisseur, identifiantStructure=factories.INACTIVE, statutStructure="INACTIF")
        assert [ligne["statut"] for ligne in recu["listeStructures"]] == ["INACTIVE"]

    @pytest.mark.parametrize("corps", [{}, {"restreindreStructuresPrivees": True}], ids=["absent", "vrai"])
    def test_restreint_aux_publiques_et_aux_siennes(self, fournisseur, trois, corps):
        _, recu = fournisseur.post(RECHERCHER, {**corps, "parametres": {"nbResultatsParPage": 1000}})
        lus = set(trouvees(recu))
        assert {VALMORAN, MONTBRISAC, VOLTAIGNE} <= lus
        assert not lus & {CORVAN, *(s.identifiant for s in trois)}

    def test_sans_restriction(self, fournisseur, cohort):
        recu = chercher(fournisseur, paging={"nbResultatsParPage": 1000})
        with cohort.monde():
            toutes = set(Structure.objects.values_list("identifiant", flat=True))
        assert set(trouvees(recu)) == toutes
        assert recu["parametresRetour"]["total"] == len(toutes)

    def test_pages(self, fournisseur, trois):
        def page(numero):
            paging = {"pageResultatDemandee": numero, "nbResultatsParPage": 2, "triSens": "Ascendant"}
            return chercher(fournisseur, raisonSocialeStructure="zebulon", paging=paging)

        assert trouvees(page(1)) == [trois[0].identifiant, trois[1].identifiant]
        assert trouvees(page(2)) == [trois[2].identifiant]
        au_dela = page(3)
        assert (au_dela["codeRetour"], au_dela["listeStructures"]) == (0, [])
        assert au_dela["parametresRetour"] == {"pageCourante": 3, "pages": 2, "nbResultatsParPage": 2, "total": 3}

    @pytest.mark.parametrize(
        "colonne", ["IdentifiantStructure", "DesignationStructure", "TypeIdentifiantStructure", "Statut", "Inconnue"]
    )
    def test_tri_dans_les_deux_sens(self, fournisseur, cohort, trois, colonne):
        """The first one is closed: « Statut » puts it after the two others."""
        with cohort.monde():
            Structure.objects.filter(pk=trois[0].pk).update(etat=EtatStructure.INACTIF, raison_sociale="ZÉBULON")
        ordres = {
            sens: trouvees(
                chercher(fournisseur, adresseVille="zebuville", paging={"triColonne": colonne, "triSens": sens})
            )
            for sens in ("Ascendant", "Descendant")
        }
        un, deux, trois_ = (s.identifiant for s in trois)
        attendu = [deux, trois_, un] if colonne in ("Statut", "DesignationStructure") else [un, deux, trois_]
        assert ordres == {"Ascendant": attendu, "Descendant": attendu[::-1]}
        sans_sens = chercher(fournisseur, adresseVille="zebuville", paging={"triColonne": colonne})
        assert trouvees(sans_sens) == attendu[::-1]

    def test_autre_session(self, fournisseur, autre_cohort):
        """Same pack, same identifiers, other ids."""
        with autre_cohort.monde():
            la_bas = set(Structure.objects.values_list("pk", flat=True))
        recu = chercher(fournisseur, paging={"nbResultatsParPage": 1000})
        assert not la_bas & {ligne["idStructureCPP"] for ligne in recu["listeStructures"]}

    @pytest.mark.parametrize(
        "criteres",
        [{"typeIdentifiantStructure": "SIREN"}, {"statutStructure": "ACTIVE"}, {"estMOA": "peut-être"}],
        ids=["type", "statut", "booleen"],
    )
    def test_mal_formulee(self, fournisseur, criteres):
        assert fournisseur.post(RECHERCHER, {"structure": criteres})[0] == 400

    def test_nombre_de_requetes(self, fournisseur, trois):
        def compter(**criteres):
            with CaptureQueriesContext(
                connection,
            ) as requetes:
                chercher(fournisseur, **criteres)
            return len(requetes)

        compter(adresseVille="zebuville")  # the password is remembered from there on
        une = compter(identifiantStructure=VALMORAN)
        assert compter(adresseVille="zebuville") == une
        assert compter(adresseVille="zebuville", raisonSocialeStructure="zebulon") == une + 1


class TestConsulter:
    @pytest.mark.parametrize("champ", ["idStructureCPP", "idStructure"])
    def test_parametres(self, fournisseur, pk, champ):
        """The dossier's own case: the hospital demands both; and each switch under its own name."""
        _, recu = fournisseur.post(CONSULTER, {champ: pk(MONTBRISAC), "codeLangue": "fr"})
        assert recu["parametres"] == {
            "codeServiceDoitEtreRenseigne": True,
            "numeroEJDoitEtreRenseigne": True,
            "gestionNumeroEJOuCodeService": False,
            "estMoaUniquement": False,
            "getaMoa": False,
            "estValideurDelegue": False,
            "statutMiseEnPaiementNestPasRemonte": False,
            "recevoirDonneesViaEDI": False,
            "connexionEDI": False,
            "nonDiffusibleInsee": False,
        }
        assert recu["adressePostaleDuSiege"] == {
            "adresse": "40 avenue des Tilleuls",
            "codePostal": "99020",
            "ville": "MONTBRISAC",
            "pays": "FR",
        }

    @pytest.mark.parametrize(
        ("colonne", "champ"),
        [
            ("service_obligatoire", "codeServiceDoitEtreRenseigne"),
            ("engagement_obligatoire", "numeroEJDoitEtreRenseigne"),
            ("engagement_ou_service", "gestionNumeroEJOuCodeService"),
            ("moa_uniquement", "estMoaUniquement"),
            ("avec_moa", "getaMoa"),
            ("valideur_delegue", "estValideurDelegue"),
            ("mise_en_paiement_non_remontee", "statutMiseEnPaiementNestPasRemonte"),
            ("recoit_donnees_edi", "recevoirDonneesViaEDI"),
            ("emetteur_flux_edi", "connexionEDI"),
            ("non_diffusible_insee", "nonDiffusibleInsee"),
        ],
    )
    def test_chaque_parametre(self, fournisseur, cohort, pk, colonne, champ):
        ici = pk(factories.MAIRIE_LENTE)
        with cohort.monde():
            Structure.objects.filter(pk=ici).update(avec_moa=False)
            Structure.objects.filter(pk=ici).update(**{colonne: True})
        _, recu = fournisseur.post(CONSULTER, {"idStructureCPP": ici})
        assert [nom for nom, valeur in recu["parametres"].items() if valeur] == [champ]

    def test_generalites_de_la_sienne(self, fournisseur, cohort, pk):
        with cohort.monde():
            moi = Structure.objects.get(identifiant=VOLTAIGNE)
            Structure.objects.filter(identifiant=CORVAN).update(origine=moi)
            expire = CompteTechnique.objects.get(structure=moi).expire_le
        _, recu = fournisseur.post(CONSULTER, {"idStructureCPP": moi.pk})
        lues = recu["informationGenerales"]
        assert lues["dateExpirationMotPasseCompteTech"] == expire.astimezone(cohort.zone).isoformat(
            timespec="milliseconds"
        )
        assert lues["listeStructureDupliquees"] == [{"structureDupliquee": pk(CORVAN)}]
        assert (lues["structurePriveePublique"], lues["identifiantStructure"]) == ("PRIVEE", VOLTAIGNE)
        _, nee = fournisseur.post(CONSULTER, {"idStructureCPP": pk(CORVAN)})
        assert nee["informationGenerales"]["idStructureOrigine"] == moi.pk

    def test_le_mot_de_passe_des_autres(self, fournisseur, pk):
        _, recu = fournisseur.post(CONSULTER, {"idStructureCPP": pk(VALMORAN)})
        assert "dateExpirationMotPasseCompteTech" not in recu["informationGenerales"]

    @pytest.mark.parametrize(
        ("corps", "code"),
        [({}, 29013), ({"idStructureCPP": 0}, 29013), ({"idStructureCPP": INEXISTANT}, 29014)],
        ids=["absent", "zero", "inconnu"],
    )
    def test_refus(self, fournisseur, corps, code):
        statut, recu = fournisseur.post(CONSULTER, corps)
        assert (statut, recu["codeRetour"], set(recu)) == (200, code, {"codeRetour", "libelle"})

    def test_autre_session(self, fournisseur, autre_cohort, pk):
        _, inconnu = fournisseur.post(CONSULTER, {"idStructureCPP": INEXISTANT})
        assert fournisseur.post(CONSULTER, {"idStructureCPP": pk(VALMORAN, autre_cohort)})[1] == inconnu


class TestServices:
    @pytest.fixture
    def services(self, cohort, pk):
        """CHM-PHARMA opens later, CHM-RESTO is closed, CHM-TECH ended; another was deleted."""
        ici = pk(MONTBRISAC)
        with cohort.monde():
            de = Service.objects.filter(structure=ici)
            de.filter(code="CHM-PHARMA").update(debut=date(2027, 1, 1))
            de.filter(code="CHM-RESTO").update(etat=EtatService.INACTIF)
            de.filter(code="CHM-TECH").update(debut=date(2020, 1, 1), fin=date(2026, 1, 31))
            chu = Structure.objects.get(pk=ici)
            chu.cohort = cohort
        factories.service(chu, "CHM-SUPPR", etat=EtatService.SUPPRIME)
        return ici

    def lire(self, programme, ici, **paging):
        _, recu = programme.post(
            SERVICES, {"idStructure": ici, "parametresRechercherServicesStructure": {"triSens": "Ascendant", **paging}}
        )
        return recu

    def test_tous_mais_les_supprimes(self, fournisseur, services):
        recu = self.lire(fournisseur, services)
        assert [(s["codeService"], s["estActif"], s["statutService"]) for s in recu["listeServices"]] == [
            ("CHM-PHARMA", False, "ACTIF"),
            ("CHM-RESTO", False, "INACTIF"),
            ("CHM-TECH", False, "ACTIF"),
            ("FACTURES_PUBLIQUES", True, "ACTIF"),
        ]
        assert recu["parametresRetour"]["total"] == 4

    @pytest.mark.parametrize(
        ("colonne", "attendu"),
        [
            ("CodeService", "PHARMA RESTO TECH PUBLIQUES"),
            ("LibelleService", "PHARMA RESTO PUBLIQUES TECH"),
            ("DateDbtService", "RESTO PUBLIQUES TECH PHARMA"),
            ("DateFinService", "TECH"),
            ("EstActif", "PUBLIQUES"),
        ],
    )
    def test_tri(self, fournisseur, services, colonne, attendu):
        def codes(sens):
            lus = self.lire(fournisseur, services, triColonne=colonne, triSens=sens)["listeServices"]
            return [s["codeService"].replace("FACTURES_", "CHM-").removeprefix("CHM-") for s in lus]

        montant, descendant = codes("Ascendant"), codes("Descendant")
        assert descendant == montant[::-1]
        attendus = attendu.split()
        if colonne == "DateDbtService":
            assert (set(montant[:2]), montant[2:]) == (set(attendus[:2]), attendus[2:])
        elif colonne == "EstActif":
            assert montant[-1:] == attendus
        else:
            assert montant[: len(attendus)] == attendus

    def test_une_structure_sans_service(self, fournisseur, pk):
        recu = self.lire(fournisseur, pk(CORVAN))
        assert recu == {
            "codeRetour": 20000,
            "libelle": "TRA_MSG_00.015",
            "listeServices": [],
            "parametresRetour": RIEN,
        }

    @pytest.mark.parametrize(("valeur", "code"), [(0, 29013), (INEXISTANT, 29014)], ids=["absente", "inconnue"])
    def test_structure_inconnue(self, fournisseur, valeur, code):
        recu = self.lire(fournisseur, valeur)
        assert (recu["codeRetour"], recu["listeServices"], recu["parametresRetour"]) == (code, [], RIEN)

    def test_nombre_de_requetes(self, fournisseur, cohort, pk):
        ici, chu = pk(MONTBRISAC), factories.publique(cohort, MONTBRISAC)
        self.lire(fournisseur, ici)
        with CaptureQueriesContext(connection) as avant:
            self.lire(fournisseur, ici)
        for rang in range(5):
            factories.service(chu, f"N{rang}")
        with CaptureQueriesContext(connection) as apres:
            assert len(self.lire(fournisseur, ici)["listeServices"]) == 9
        assert len(apres) == len(avant)

    def test_consulter(self, fournisseur, cohort, services):
        with cohort.monde():
            service = Service.objects.get(structure=services, code="CHM-TECH")
            Service.objects.filter(pk=service.pk).update(
                description="Ateliers", adresse="3 rue X", telephone="0100000000"
            )
            ActeGestion.objects.create(
                cohort=cohort,
                structure_id=services,
                acteur_nom="K",
                type=TypeActe.SERVICE_MODIFIE,
                objet="CHM-TECH",
                survenu_le="2026-12-06T10:00:00+01:00",
            )
        _, recu = fournisseur.post(SERVICE, {"idStructure": services, "idService": service.pk})
        assert recu["informationsGenerales"] == {
            "codeService": "CHM-TECH",
            "nomService": "Services techniques",
            "descriptionService": "Ateliers",
        }
        assert recu["adressePostale"] == {"adresse": "3 rue X", "telephone": "0100000000"}
        parametres = recu["parametres"]
        assert (parametres["miseEnPaiement"], parametres["numeroEngagement"]) == (True, True)
        assert parametres["dateDebutValidite"] == "2020-01-01T00:00:00.000+01:00"
        assert parametres["dateFinValidite"] == "2026-01-31T00:00:00.000+01:00"
        assert parametres["dateModification"] == "2026-12-06T10:00:00.000+01:00"
        assert parametres["dateCreation"]
        assert fournisseur.post(SERVICE, {"idService": service.pk})[1] == recu

    def test_sans_limite(self, fournisseur, cohort, pk):
        with cohort.monde():
            service = Service.objects.get(structure=pk(ETAT), code="FIC0DSD042")
        _, recu = fournisseur.post(SERVICE, {"idStructure": pk(ETAT), "idService": service.pk})
        assert set(recu["parametres"]) == {"dateCreation", "miseEnPaiement", "numeroEngagement"}

    def test_consulter_refuse(self, fournisseur, cohort, autre_cohort, services, pk):
        def code(**corps):
            return fournisseur.post(SERVICE, corps)[1]["codeRetour"]

        with cohort.monde():
            ici = Service.objects.filter(structure=services, etat=EtatService.ACTIF).first()
            supprime = Service.objects.get(structure=services, code="CHM-SUPPR")
        with autre_cohort.monde():
            ailleurs = Service.objects.first()
        assert code(idStructure=services) == 29013
        assert code(idStructure=services, idService=INEXISTANT) == 29014
        assert code(idStructure=services, idService=supprime.pk) == 29014
        assert code(idStructure=pk(VALMORAN), idService=ici.pk) == 29014
        assert code(idStructure=INEXISTANT, idService=ici.pk) == 29014
        assert code(idService=ailleurs.pk) == 29014


class TestDestinataires:
    def noms(self, programme, sens="Ascendant", colonne="", **corps):
        recu = programme.post(DESTINATAIRE, {**corps, "parametresRecherche": {"triSens": sens, "triColonne": colonne}})[
            1
        ]
        return [ligne["nomDestinataire"] for ligne in recu["listeDestinataires"]]

    def test_reponse(self, fournisseur, pk):
        _, recu = fournisseur.post(DESTINATAIRE, {"identifiant": VALMORAN})
        assert recu["listeDestinataires"] == [
            {
                "idStructureCPP": pk(VALMORAN),
                "siret": VALMORAN,
                "nomDestinataire": "COMMUNE DE VALMORAN",
                "adresseCodePostal": "99010",
                "adresseVille": "VALMORAN",
            }
        ]

    @pytest.mark.parametrize("texte", ["valmoran", "99010", "commune Valmoran", "0002000140"])
    def test_nom_ville_code_postal(self, fournisseur, texte):
        assert "COMMUNE DE VALMORAN" in self.noms(fournisseur, nomVilleCodePostal=texte)

    def test_actives_et_publiques(self, fournisseur, trois):
        assert self.noms(fournisseur, identifiant=factories.INACTIVE) == []
        assert self.noms(fournisseur, nomVilleCodePostal="zebulon") == []
        assert self.noms(fournisseur, nomVilleCodePostal="zebulon", typeStructure="PRIVEE") == [
            s.raison_sociale for s in trois
        ]

    def test_rien(self, fournisseur):
        _, recu = fournisseur.post(DESTINATAIRE, {"nomVilleCodePostal": "??"})
        assert (recu["codeRetour"], recu["parametresRetour"]) == (20000, RIEN)

    @pytest.mark.parametrize("colonne", ["NomDestinataire", "Siret", "AdresseCodePostal", "AdresseVille"])
    def test_tri(self, fournisseur, trois, colonne):
        noms = [s.raison_sociale for s in trois]
        corps = {"nomVilleCodePostal": "zebulon", "typeStructure": "PRIVEE", "colonne": colonne}
        assert self.noms(fournisseur, **corps) == noms
        assert self.noms(fournisseur, sens="Descendant", **corps) == noms[::-1]


class TestServicesExecutants:
    def codes(self, programme, **corps):
        recu = programme.post(EXECUTANT, {"parametresRecherche": {"triSens": "Ascendant"}, **corps})[1]
        return [ligne["codeServiceExecutant"] for ligne in recu["listeServices"]]

    def test_criteres(self, fournisseur, cohort, pk):
        ici = pk(MONTBRISAC)
        with cohort.monde():
            Service.objects.filter(structure=ici, code="CHM-RESTO").update(etat=EtatService.INACTIF)
        tous = ["CHM-PHARMA", "CHM-RESTO", "CHM-TECH", "FACTURES_PUBLIQUES"]
        assert self.codes(fournisseur, idDestinataireCPP=ici) == tous
        assert self.codes(fournisseur, idDestinataireCPP=ici, actif=False) == tous
        assert self.codes(fournisseur, idDestinataireCPP=ici, actif=True) == [c for c in tous if c != "CHM-RESTO"]
        assert self.codes(fournisseur, idDestinataireCPP=ici, codeServiceExecutant="chm") == tous[:3]
        assert self.codes(fournisseur, idDestinataireCPP=ici, nomServiceExecutant="techn") == ["CHM-TECH"]
        assert self.codes(fournisseur, idDestinataireCPP=ici, parametresRecherche=None) == tous[::-1]

    def test_refus(self, fournisseur):
        for corps, code in (({}, 29013), ({"idDestinataireCPP": INEXISTANT}, 29014)):
            _, recu = fournisseur.post(EXECUTANT, corps)
            assert (recu["codeRetour"], recu["listeServices"], recu["parametresRetour"]) == (code, [], RIEN)


def test_chaine_nominale_d_un_autre_compte(hopital, cohort):
    """A public body reads the same directory as a supplier."""
    assert chercher(hopital, identifiantStructure=VALMORAN) == chercher(
        client_api(cohort), identifiantStructure=VALMORAN
    )
