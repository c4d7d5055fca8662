"""What waits in ``out``: comptes rendus, life cycle, pivot, directory (flux-edi.md §14 to §17)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import etree

from edi import abonnements, queries
from edi.enums import Nature
from edi.models import FichierSortant
from edi.services import annuaires, comptes_rendus, cycle_de_vie, pivots, reception, sortants
from edi.services.acces import AccesRefuse
from invoices.enums import Acteur, Action, EtatFlux
from invoices.models import Facture, Flux
from invoices.services import flux as flux_services
from invoices.services import transitions
from sandbox.documents import store
from sandbox.events.models import DueEvent
from structures.enums import EtatRaccordement
from tests import factories
from tests.edi.conftest import cii, laisser_passer, nom

pytestmark = pytest.mark.django_db


def lire(fichier):
    return etree.fromstring(store.open_bytes(fichier.empreinte))


def avancer(facture, action, acteur=Acteur.PLATEFORME, **precisions):
    return transitions.apply(facture, action, acteur=acteur, **precisions)


@pytest.fixture
def recevoir(partenaire, cohort):
    """Deposit in ``in`` as the server does; gives the flow."""

    def faire(contenu, sequence=1, acces=partenaire):
        with cohort.monde():
            return Flux.objects.get(numero=reception.recevoir(acces, nom(sequence), contenu))

    return faire


@pytest.fixture
def acheteur(fiche, ouvrir, destinataire):
    """Access of the recipient, COMMUNE DE VALMORAN."""
    return ouvrir(fiche(de=destinataire, code_partenaire="VAL001", emetteur=False, recepteur=True))[0]


class TestCompteRendu:
    def test_d_un_flux_partiel_chaque_facture_avec_son_sort(self, recevoir, partenaire, cohort, compte, structure):
        import io
        import tarfile

        lot = io.BytesIO()
        with tarfile.open(fileobj=lot, mode="w:gz") as archive:
            for i, contenu in enumerate([cii("L-1"), cii("L-2", date_facture=cohort.ancrage.replace(year=2027))], 1):
                membre = tarfile.TarInfo(f"{nom(i)}.xml")
                membre.size = len(contenu)
                archive.addfile(membre, io.BytesIO(contenu))
        flux = recevoir(lot.getvalue())
        assert flux.nom_fichier.endswith(".tar.gz")
        with cohort.monde():
            assert comptes_rendus.du_flux(flux.pk) is None  # not treated yet
            flux_services.integrer(flux.pk)
            premier = comptes_rendus.du_flux(flux.pk)
            assert comptes_rendus.du_flux(flux.pk) == premier
            racine = lire(premier)
        assert (racine.tag, racine.get("forme")) == ("CompteRenduIntegration", "simplifiee-bac-a-sable")
        assert racine.findtext("Flux/EtatCourantDepotFlux") == EtatFlux.INTEGRE_PARTIEL
        assert racine.findtext("Flux/NumeroFluxDepot") == flux.numero
        assert racine.findtext("Enveloppe/EnveloppeUnitaire/Partenaires/Recepteur/Id") == "ABC123"
        lignes = [(dp.findtext("NumeroDP"), dp.findtext("Resultat")) for dp in racine.findall("ListeDP/DP")]
        assert lignes == [("L-1", "INTEGREE"), ("L-2", "REJETEE")]
        assert racine.findtext("ListeDP/DP[2]/LibelleErreurDP")

    def test_ni_du_portail_ni_d_un_flux_disparu(self, cohort, compte, structure, mandat):
        with cohort.monde():
            flux = flux_services.deposer_flux(
                cohort, compte=compte, fournisseur=structure, nom="f.xml", contenu=cii(), place=1
            )
            flux_services.integrer(flux.pk)
            assert comptes_rendus.du_flux(flux.pk) is None
            assert comptes_rendus.du_flux(0) is None

    def test_ce_que_l_arret_a_perdu_se_rattrape(self, recevoir, partenaire, cohort):
        flux = recevoir(cii())
        with cohort.monde():
            flux_services.integrer(flux.pk)
            FichierSortant.objects.all().delete()
            assert comptes_rendus.rattraper(partenaire.fiche) == 1
            assert comptes_rendus.rattraper(partenaire.fiche) == 0
            assert FichierSortant.objects.get(flux=flux).nom == nom().replace("FSO", "CSO")

    def test_le_fournisseur_est_celui_de_la_fiche(self, recevoir, partenaire, fiche, ouvrir, cohort, compte):
        """Another structure of the same gestionnaire, unless the fiche is connected for its customers (§7 n° 10)."""
        autre = factories.structure(cohort, 2)
        factories.rattachement(compte, autre)
        factories.mandat(autre)
        partie = {"fournisseur": factories_partie(autre)}
        clients = ouvrir(fiche(code_partenaire="CLI001", pour_qui="CLIENTS"))[0]
        with cohort.monde():
            refuse = Flux.objects.get(numero=reception.recevoir(partenaire, nom(1), cii("P-1", **partie)))
            accepte = Flux.objects.get(numero=reception.recevoir(clients, nom(1, code="CLI001"), cii("P-2", **partie)))
            for flux in (refuse, accepte):
                flux_services.integrer(flux.pk)
                flux.refresh_from_db()
            assert (refuse.etat, accepte.etat) == (EtatFlux.REJETE, EtatFlux.INTEGRE)


def factories_partie(structure):
    from invoices.formats.cii import PartieAEcrire

    return PartieAEcrire(structure.identifiant, structure.raison_sociale)


class TestCycleDeVie:
    def test_un_fichier_par_changement_a_l_emetteur_abonne(
        self, partenaire, acheteur, facture_deposee, monde, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            avancer(facture_deposee, Action.ACHEMINER)
            avancer(facture_deposee, Action.LIVRER)
            avancer(facture_deposee, Action.REJETER, Acteur.DESTINATAIRE, motif="AUTRE", commentaire="Trop cher")
        fichiers = FichierSortant.objects.filter(nature=Nature.CYCLE_DE_VIE, fiche=partenaire.fiche).order_by("pk")
        assert [lire(f).findtext(".//Statut") for f in fichiers] == [
            *("DEPOSEE", "EN_COURS_ACHEMINEMENT", "MISE_A_DISPOSITION", "REJETEE"),
        ]
        assert fichiers[0].nom == "FEN1200A_ABC123_ABC1231200000000000000001"
        racine = lire(fichiers[3])
        statut = racine.find("CPPFactureStatuts/CPPFactureStatutUnitaire")
        lus = {fils.tag: fils.text for fils in statut}
        assert (racine.tag, lus["Numero"], lus["Statut"]) == ("CPPStatut", facture_deposee.numero, "REJETEE")
        assert (lus["Motif"], lus["Commentaire"]) == ("AUTRE", "Trop cher")
        assert lus["Date"].startswith(str(monde.ancrage))
        assert cycle_de_vie.annoncer(facture_deposee.pk) == 0
        assert not FichierSortant.objects.filter(nature=Nature.CYCLE_DE_VIE, fiche=acheteur.fiche).exists()

    def test_a_la_fiche_par_qui_le_flux_est_venu(self, fiche, ouvrir, cohort, compte):
        autre = factories.structure(cohort, 2)
        factories.rattachement(compte, autre)
        factories.mandat(autre)
        clients = ouvrir(fiche(code_partenaire="CLI001", pour_qui="CLIENTS"))[0]
        with cohort.monde():
            contenu = cii("P-2", fournisseur=factories_partie(autre))
            flux_services.integrer(
                Flux.objects.get(numero=reception.recevoir(clients, nom(1, code="CLI001"), contenu)).pk
            )
            assert cycle_de_vie.annoncer(Facture.objects.get(numero="P-2").pk) == 1

    @pytest.mark.parametrize(
        "champs",
        [{"interfaces": ["FSO1106A"]}, {"emetteur": False, "recepteur": True}, {"etat": EtatRaccordement.CLOTUREE}],
        ids=["non-abonne", "recepteur", "cloturee"],
    )
    def test_personne_d_autre(self, partenaire, facture_deposee, monde, champs):
        for champ, valeur in champs.items():
            setattr(partenaire.fiche, champ, valeur)
        partenaire.fiche.save()
        avancer(facture_deposee, Action.ACHEMINER)
        assert cycle_de_vie.annoncer(facture_deposee.pk) == 0

    def test_la_facture_d_un_autre_ou_disparue(self, partenaire, cohort, monde):
        etrangere = factories.facture(factories.structure(cohort, 2), factories.publique(cohort))
        avancer(etrangere, Action.ACHEMINER)
        assert cycle_de_vie.annoncer(etrangere.pk) == 0
        assert cycle_de_vie.annoncer(0) == 0

    def test_sans_acces_dans_la_session_une_lecture_de_plus(self, facture_deposee, cohort):
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            abonnements.facture_statut(cohort_id=cohort.pk, facture_id=facture_deposee.pk, statut="X")
            abonnements.flux_traite(cohort_id=cohort.pk, flux_id=0)
        assert len(requetes) == 2


class TestPivot:
    def test_a_la_mise_a_disposition_une_seule_fois(
        self, acheteur, facture_deposee, cohort, django_capture_on_commit_callbacks
    ):
        with cohort.monde(), django_capture_on_commit_callbacks(execute=True):
            avancer(facture_deposee, Action.ACHEMINER)
            avancer(facture_deposee, Action.LIVRER)
        with cohort.monde():
            assert pivots.promettre(facture_deposee.pk) == 1  # promised already: nothing more
            assert DueEvent.objects.filter(kind=pivots.KIND).count() == 1
        laisser_passer(cohort)
        with cohort.monde():
            fichier = FichierSortant.objects.get(fiche=acheteur.fiche)
            racine = lire(fichier)
            assert fichier.nom == "FEN0036A_VAL001_VAL0010036000000000000001"
            assert racine.tag == "CPPFacturePivot"
            assert racine.findtext(".//DonneesFacture/Id") == facture_deposee.numero
            assert racine.findtext(".//Recepteur/Id") == "VAL001"
            evenement = DueEvent.objects.get(kind=pivots.KIND)
            arrivee = evenement.payload["arrivee"]
            assert pivots.deposer(facture_deposee.pk, acheteur.fiche_id, arrivee) == fichier

    def test_ce_qui_n_y_est_plus(self, acheteur, facture_deposee, monde):
        assert pivots.promettre(facture_deposee.pk) == 0  # not there yet
        assert pivots.promettre(0) == 0
        assert pivots.deposer(0, acheteur.fiche_id, 1) is None
        assert pivots.deposer(facture_deposee.pk, 0, 1) is None
        acheteur.fiche.etat = EtatRaccordement.CLOTUREE
        acheteur.fiche.save()
        assert pivots.deposer(facture_deposee.pk, acheteur.fiche_id, 1) is None
        assert pivots.promettre(facture_deposee.pk) == 0
        evenement = DueEvent(kind=pivots.KIND, cible=0, payload={"fiche": 0, "arrivee": 0})
        from edi.evenements import deposer_pivot

        assert deposer_pivot(evenement) is None


class TestAnnuaire:
    def test_un_double_clic_n_en_fait_qu_un_et_releve_on_en_redemande(self, partenaire, monde):
        premier, neuf = annuaires.demander(partenaire.fiche)
        assert (premier.nom, neuf) == ("FAR0037A_ABC123_ABC1230037000000000000001", True)
        assert annuaires.demander(partenaire.fiche) == (premier, False)
        racine = lire(premier)
        assert (racine.tag, racine[0].tag) == ("AnnuaireStructuresPubliques", "Structure")
        assert sortants.relever(partenaire.fiche, premier.nom)
        assert not sortants.relever(partenaire.fiche, premier.nom)
        second, neuf = annuaires.demander(partenaire.fiche)
        assert (second.nom[-1], neuf) == ("2", True)
        assert list(queries.en_attente(partenaire.fiche)) == [second]

    @pytest.mark.parametrize(
        "champs", [{"etat": EtatRaccordement.VALIDEE}, {"interfaces": []}], ids=["pas-active", "non-abonne"]
    )
    def test_refuse(self, partenaire, monde, champs):
        for champ, valeur in champs.items():
            setattr(partenaire.fiche, champ, valeur)
        partenaire.fiche.save()
        with pytest.raises(AccesRefuse):
            annuaires.demander(partenaire.fiche)
