"""A recipient's CPPStatut file: its name, its lines, its compte rendu (flux-edi.md §15, §17 n° 18)."""

import pytest

from edi import formats
from edi.enums import EtatStatuts
from edi.evenements import integrer_statuts
from edi.models import FichierSortant, FichierStatuts
from edi.services import reception, statuts
from invoices.enums import Statut
from invoices.formats.erreurs import FichierIllisible
from invoices.models import Facture
from sandbox.events.models import DueEvent
from tests import factories
from tests.edi.conftest import laisser_passer
from tests.edi.test_sortants import lire

pytestmark = pytest.mark.django_db
NOM = "FEN1200A_VAL001_VAL0011200000000000000001"


def fichier(*lignes, racine="CPPStatut", liste="CPPFactureStatuts"):
    corps = "".join(
        "<CPPFactureStatutUnitaire>"
        + "".join(f"<{balise}>{valeur}</{balise}>" for balise, valeur in ligne.items())
        + "</CPPFactureStatutUnitaire>"
        for ligne in lignes
    )
    return f"<{racine}><Enveloppe/><{liste}>{corps}</{liste}></{racine}>".encode()


@pytest.fixture
def acheteur(fiche, ouvrir, destinataire):
    return ouvrir(fiche(de=destinataire, code_partenaire="VAL001", emetteur=False, recepteur=True))[0]


@pytest.fixture
def recue(structure, destinataire, compte, mandat):
    return factories.facture(structure, destinataire, compte=compte, numero="F-1", statut=Statut.MISE_A_DISPOSITION)


@pytest.fixture
def envoyer(acheteur, cohort):
    def faire(contenu, nom=NOM, acces=acheteur):
        with cohort.monde():
            assert reception.recevoir(acces, nom, contenu) == nom
        laisser_passer(cohort)
        with cohort.monde():
            return FichierStatuts.objects.order_by("-pk").first()

    return faire


def test_chaque_ligne_est_traitee_ou_dit_pourquoi(envoyer, recue, structure, cohort):
    autre = factories.facture(structure, recue.destinataire, numero="F-2", statut=Statut.MISE_A_DISPOSITION)
    recu = envoyer(
        fichier(
            {"Numero": "F-1", "Statut": "SERVICE_FAIT", "Fournisseur": structure.identifiant, "Date": "2026-12-07"},
            {"Numero": "F-2", "Statut": "REJETEE", "Commentaire": "sans motif"},
            {"Numero": "F-9", "Statut": "SERVICE_FAIT"},
            {"Statut": "SERVICE_FAIT"},
            {"Numero": "F-2", "Statut": "BIDON"},
            {"Numero": "F-2", "Statut": "SERVICE_FAIT", "Date": "hier"},
        )
    )
    assert (recu.etat, str(recu), recu.est_traite) == (EtatStatuts.INTEGRE_PARTIEL, NOM, True)
    assert [r["resultat"] for r in recu.resultats] == ["PRIS EN COMPTE", *["REJETE"] * 5]
    for rang, mots in enumerate(("motif", "aucune facture F-9", "manque", "proposé", "AAAA-MM-JJ"), start=1):
        assert mots in recu.resultats[rang]["libelle"]
    with cohort.monde():
        assert Facture.objects.get(pk=recue.pk).statut == Statut.SERVICE_FAIT
        assert Facture.objects.get(pk=autre.pk).statut == Statut.MISE_A_DISPOSITION
        cr = FichierSortant.objects.get(fiche=recu.fiche, nature="CR")
        racine = lire(cr)
        assert cr.nom == NOM.replace("FEN", "CSO")
        assert racine.findtext("Flux/EtatCourantDepotFlux") == "IN_INTEGRE_PARTIEL"
        assert [dp.findtext("Resultat") for dp in racine.findall("ListeDP/DP")][:2] == ["PRIS EN COMPTE", "REJETE"]
        assert statuts.integrer(recu.pk) is None
        assert integrer_statuts(DueEvent(kind=statuts.KIND, cible=0)) is None


def test_tout_pris_puis_le_meme_nom_est_refuse(envoyer, recue, cohort):
    contenu = fichier({"Numero": "F-1", "Statut": "SERVICE_FAIT"})
    assert envoyer(contenu).etat == EtatStatuts.INTEGRE
    second = envoyer(contenu)
    assert (second.etat, [c["code"] for c in second.erreurs]) == (EtatStatuts.REJETE, ["IRR_UNICITE"])
    with cohort.monde():
        assert FichierSortant.objects.filter(fiche=second.fiche, nom=NOM.replace("FEN", "CSO") + "_2").exists()


def test_le_meme_envoi_pendant_l_attente_est_le_meme(acheteur, monde):
    for _ in range(2):
        reception.recevoir(acheteur, NOM, b"<x/>")
    assert FichierStatuts.objects.count() == 1


def test_deux_fournisseurs_du_meme_numero(envoyer, recue, cohort, structure):
    factories.facture(
        factories.structure(cohort, 2), recue.destinataire, numero="F-1", statut=Statut.MISE_A_DISPOSITION
    )
    recu = envoyer(fichier({"Numero": "F-1", "Statut": "SERVICE_FAIT"}))
    assert "indiquez Fournisseur" in recu.resultats[0]["libelle"]


def test_la_facture_d_un_autre_destinataire_ne_se_touche_pas(envoyer, cohort, structure):
    ailleurs = factories.publique(cohort, "00020002200010")
    autre = factories.facture(structure, ailleurs, numero="F-7", statut=Statut.MISE_A_DISPOSITION)
    assert envoyer(fichier({"Numero": "F-7", "Statut": "SERVICE_FAIT"})).etat == EtatStatuts.REJETE
    with cohort.monde():
        assert Facture.objects.get(pk=autre.pk).statut == Statut.MISE_A_DISPOSITION


@pytest.mark.parametrize(
    ("nom", "codes"),
    [
        ("FEN1200A", ["IRR_FORM"]),
        (NOM + ".xml", ["IRR_FORM"]),
        (NOM.replace("1200000", "1106000"), ["IRR_CODE_INTER"]),
        (NOM.replace("VAL001", "ABC123"), ["IRR_CODE_APP"]),
    ],
    ids=["court", "extension", "interface", "application"],
)
def test_le_nom(envoyer, nom, codes):
    recu = envoyer(fichier({"Numero": "F-1", "Statut": "SERVICE_FAIT"}), nom)
    assert ([c["code"] for c in recu.erreurs], recu.etat) == (codes, EtatStatuts.REJETE)


def test_un_emetteur_ne_depose_pas_de_statut(envoyer, partenaire):
    nom = NOM.replace("VAL001", "ABC123")
    recu = envoyer(fichier({"Numero": "F-1", "Statut": "SERVICE_FAIT"}), nom, partenaire)
    assert [c["code"] for c in recu.erreurs] == ["IRR_CODE_INTER"]


@pytest.mark.parametrize(
    ("contenu", "code"),
    [
        (b"", "IRR_VIDE_F"),
        (b"pas du xml", "IRR_SYNTAX"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><CPPStatut>&b;</CPPStatut>', "IRR_SYNTAX"),
        (fichier({"Numero": "F-1"}, racine="Autre"), "IRR_SYNTAX"),
        (fichier({"Numero": "F-1"}, liste="CPPFluxStatuts"), "IRR_SYNTAX"),
        (fichier(), "IRR_SYNTAX"),
        (fichier(*[{"Numero": "F-1"}] * 501), "IRR_TAILLE_F"),
    ],
    ids=["vide", "texte", "doctype", "racine", "flux-statuts", "sans-ligne", "trop"],
)
def test_ce_qui_ne_se_lit_pas(envoyer, contenu, code):
    recu = envoyer(contenu)
    assert ([c["code"] for c in recu.erreurs], recu.etat) == ([code], EtatStatuts.REJETE)


def test_ce_que_nous_ecrivons_se_relit(cohort):
    statut = formats.StatutLu(numero="F-1", statut="REJETEE", motif="AUTRE", commentaire="à < b\x01", le="2026-12-07")
    enveloppe = formats.Enveloppe(cohort.sim_reference, "ABC1231200", "ABC123")
    (lu,) = formats.lire_statuts(formats.ecrire_statuts(enveloppe, [statut]))
    assert lu == formats.StatutLu(numero="F-1", statut="REJETEE", motif="AUTRE", commentaire="à < b", le="2026-12-07")
    with pytest.raises(FichierIllisible):
        formats.lire_statuts(b"<a/>")
