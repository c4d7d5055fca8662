"""The acceptance table of the dossier, row by row: A01–A22 (factures.md §10.2).

Through the screens where the row speaks of a person, through the services where it speaks of the API. A21 names the
API; the portal's own refusal of the same file is what is checked here.
"""

import re
from datetime import date, datetime
from decimal import Decimal as D

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from accounts.profils import Profil
from invoices import lifecycle
from invoices.enums import AVANT_ENVOI, Action, Cadre, EtatFlux, ModeDepot, Statut, TypeFacture
from invoices.formats.cii import FactureAEcrire, LigneAEcrire, PartieAEcrire, ecrire_cii
from invoices.models import Facture, Flux, HistoriqueStatut, LigneTva
from invoices.rules.pieces import MO
from invoices.services import flux, retours
from invoices.services.transitions import Auteur
from sandbox.cohorts.enums import Regime
from sandbox.cohorts.models import Cohort
from structures.enums import Role
from structures.queries import droits
from tests import factories
from tests.conftest import connecter
from tests.invoices.core.circuits import PARIS, TRANSMISE, a_paris, monter
from tests.invoices.views.conftest import erreurs, url

pytestmark = pytest.mark.django_db
S = Statut
PDF = b"%PDF-1.4 essai"
MESSAGES = {
    "SBX_001": "Le service exécutant est obligatoire pour ce destinataire",
    "SBX_002": "Le numéro d'engagement est obligatoire pour ce destinataire",
    "SBX_006": "L'engagement juridique est inconnu",
    "SBX_010": "Une facture portant ce numéro existe déjà pour ce fournisseur et cette année",
    "SBX_020": "Les montants de l'en-tête ne correspondent pas aux totaux",
    "SBX_021": "Une facture déjà payée doit avoir un montant à payer nul",
    "SBX_022": "Les montants d'un avoir doivent être positifs",
    "SBX_040": "Le type de la pièce jointe n'est pas autorisé",
    "SBX_041": "Le nom de la pièce jointe est invalide",
    "SBX_042": "La pièce jointe dépasse 10 Mo",
    "SBX_044": "Le fichier est vide",
    "SBX_072": "Le motif est obligatoire",
}
"""The wording of factures.md §2.14, final full stop aside: what follows it names what was found."""


def texte(reponse):
    html = re.sub(r"<[^>]+>", " ", reponse.content.decode())
    return " ".join(html.replace("&#x27;", "'").replace("&amp;", "&").split())


def relire(facture):
    with facture.cohort.monde():
        return Facture.objects.get(pk=facture.pk)


@pytest.fixture
def envoyer(gestionnaire):
    """« Confirmer et envoyer » a draft, as the browser does."""
    return lambda facture: gestionnaire.post(url("envoyer", facture.pk), {"version": facture.version})


@pytest.fixture
def neuf(structure, compte, mandat, destinataire):
    """Make another draft of seat 1."""

    def _neuf(vers=None, **champs):
        return factories.brouillon(structure, vers or destinataire, compte=compte, **champs)

    return _neuf


@pytest.fixture
def accepte(envoyer):
    def _accepte(facture):
        reponse = envoyer(facture)
        assert reponse.status_code == 302, erreurs(reponse)
        apres = relire(facture)
        assert apres.statut not in AVANT_ENVOI
        return apres

    return _accepte


@pytest.fixture
def refuse(envoyer):
    """Refused under this code, alone, at its field; the draft has not moved."""

    def _refuse(facture, code):
        reponse = envoyer(facture)
        assert reponse.status_code == 422
        lignes = [ligne.replace("&#x27;", "'") for ligne in erreurs(reponse)]
        assert len(lignes) == 1, lignes
        assert MESSAGES[code] in lignes[0]
        assert relire(facture).statut == S.BROUILLON

    return _refuse


@pytest.fixture
def circuit(cohort):
    return monter(cohort)


@pytest.fixture
def agent(cohort, destinataire, au_poste):
    """Browser of an agent of the recipient, « Factures reçues modification »; on these services only, if given."""

    def _agent(*services, place=2, a=destinataire):
        qui = factories.compte(cohort, place, login_email=f"agent{place}@valmoran.example", prenom="Aline")
        lien = factories.rattachement(qui, a, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
        for service in services:
            with cohort.monde():
                lien.habilitations.update(service=service)
        return connecter(au_poste(place), qui)

    return _agent


def cachees(html):
    """Hidden fields of the form of « Traiter »: which invoices, in which status the page showed them."""
    champs = {}
    for nom, valeur in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html):
        if nom != "csrfmiddlewaretoken":
            champs.setdefault(nom, []).append(valeur)
    for nom, valeur in re.findall(r'<textarea name="(commentaire)"[^>]*hidden[^>]*>(.*?)</textarea>', html, re.DOTALL):
        champs[nom] = [valeur]
    return champs


def demander(client, facture, **saisie):
    """« Traiter », first step: the answer is the confirmation, or the form with its errors."""
    page = client.get(url("recues_traiter"), {"factures": facture.pk})
    return client.post(url("recues_traiter"), cachees(page.content.decode()) | saisie | {"etape": "verifier"})


def confirmer(client, confirmation):
    return client.post(url("recues_traiter"), cachees(confirmation.content.decode()) | {"etape": "confirmer"})


def flux_de(cohort, compte, structure, **champs):
    """One CII file sent and integrated; the flow read again."""
    facture = FactureAEcrire(
        **{
            "numero": "FX-1",
            "date_facture": cohort.ancrage,
            "fournisseur": PartieAEcrire(structure.identifiant, structure.raison_sociale),
            "destinataire": PartieAEcrire(factories.VALMORAN, "COMMUNE DE VALMORAN"),
            "lignes": (LigneAEcrire("Fenêtre", D(1), D(100)),),
        }
        | champs
    )
    with cohort.monde(), transaction.atomic():
        recu = flux.deposer_flux(
            cohort,
            compte=compte,
            fournisseur=structure,
            nom="FSO1100A_BAC001_BAC0010000000000000000001.xml",
            contenu=ecrire_cii(facture),
            place=1,
        )
        flux.integrer(recu.pk)
        return Flux.objects.get(pk=recu.pk)


# --- sending


def test_a01_service_obligatoire_absent(refuse, neuf, cohort):
    refuse(neuf(factories.publique(cohort, factories.DEPARTEMENT)), "SBX_001")


def test_a02_etat_engagement_absent_puis_inconnu(refuse, accepte, neuf, cohort):
    etat = factories.publique(cohort, factories.ETAT)
    refuse(neuf(etat, code_service="FIC0DSD042"), "SBX_002")
    refuse(neuf(etat, code_service="FIC0DSD042", numero_engagement="9999"), "SBX_006")
    accepte(neuf(etat, code_service="FIC0DSD042", numero_engagement="1512345678"))


def test_a03_meme_numero_meme_annee_autre_destinataire(refuse, accepte, neuf, cohort):
    accepte(neuf())
    refuse(neuf(factories.publique(cohort, factories.MAIRIE_LENTE)), "SBX_010")


def test_a04_meme_numero_l_annee_suivante(accepte, neuf, cohort):
    accepte(neuf(date_facture=date(2025, 12, 31)))
    assert accepte(neuf(date_facture=date(2026, 1, 1))).annee == 2026
    with cohort.monde():
        assert Facture.objects.envoyees().filter(numero="F-2026-001").count() == 2


def test_a05_rejetee_puis_renvoyee_sous_le_meme_numero(refuse, accepte, neuf):
    rejetee = accepte(neuf())
    with rejetee.cohort.monde():
        Facture.objects.filter(pk=rejetee.pk).update(statut=S.REJETEE)
    refuse(neuf(), "SBX_010")


def test_a06_flux_rejete_puis_renvoye_sous_le_meme_numero(cohort, compte, structure):
    rejete = flux_de(cohort, compte, structure, date_facture=date(2027, 6, 1))
    assert rejete.etat == EtatFlux.REJETE
    with cohort.monde():
        assert not Facture.objects.exists()
    assert flux_de(cohort, compte, structure).etat == EtatFlux.INTEGRE
    with cohort.monde():
        assert Facture.objects.get().numero == "FX-1"


def test_a07_tolerance_d_un_centime(accepte, refuse, neuf):
    def depose(numero, base):
        facture = neuf(numero=numero, mode_depot=ModeDepot.DEPOT_PDF_PORTAIL)
        with facture.cohort.monde():
            facture.lignes.all().delete()
            LigneTva.objects.filter(facture=facture).update(base=D(base))
        return facture

    accepte(depose("F-01", "100.01"))
    refuse(depose("F-02", "100.02"), "SBX_020")


def test_a08_deja_payee_avec_un_montant_a_payer(refuse, accepte, neuf):
    refuse(neuf(cadre=Cadre.A2, montant_a_payer=D(10)), "SBX_021")
    accepte(neuf(cadre=Cadre.A2, montant_a_payer=D(0)))


def test_a09_un_avoir_est_positif(refuse, accepte, neuf):
    refuse(neuf(type_facture=TypeFacture.AVOIR, lignes=[("-1", "50", "20")]), "SBX_022")
    accepte(neuf(type_facture=TypeFacture.AVOIR, lignes=[("1", "50", "20")]))


@pytest.mark.parametrize(
    ("nom", "taille", "code"),
    [
        ("facture.exe", 10, "SBX_040"),
        ("x" * 47 + ".pdf", 10, "SBX_041"),
        ("vide.pdf", 0, "SBX_044"),
        ("lourd.pdf", 11 * MO, "SBX_042"),
    ],
    ids=["exe", "51 signes", "vide", "11 Mo"],
)
def test_a10_pieces_jointes_refusees(gestionnaire, structure, cohort, nom, taille, code):
    fichier = SimpleUploadedFile(nom, (PDF * (taille // len(PDF) + 1))[:taille])
    champs = {"cle": "page-1", "version": "0", "fournisseur": structure.pk, "pieces_jointes": fichier}
    reponse = gestionnaire.post(url("saisir"), champs | {"action": "enregistrer"})
    assert reponse.status_code == 422
    assert MESSAGES[code] in texte(reponse)
    with cohort.monde():
        assert all(not facture.pieces.exists() for facture in Facture.objects.all())


# --- what comes back


def test_a11_suspendre_sans_motif(agent, structure, destinataire):
    facture = factories.facture(structure, destinataire, statut=S.MISE_A_DISPOSITION)
    reponse = demander(agent(), facture, statut="SUSPENDUE", commentaire="Il manque le bon de livraison.")
    assert reponse.status_code == 422
    assert any(MESSAGES["SBX_072"] in ligne for ligne in erreurs(reponse))
    assert relire(facture).statut == S.MISE_A_DISPOSITION


def test_a12_completer_rend_la_facture_au_destinataire(gestionnaire, agent, structure, destinataire, cohort, compte):
    facture = factories.facture(structure, destinataire, statut=S.SUSPENDUE, compte=compte, numero="ARB-A12")
    client = agent()
    assert "ARB-A12" not in client.get(url("recues_synthese")).content.decode()
    envoi = {"vu": "SUSPENDUE", "confirme": "on", "commentaire": "", "piece_type": "BON_LIVRAISON"}
    piece = SimpleUploadedFile("BL-109.pdf", PDF, "application/pdf")
    assert gestionnaire.post(url("completer", facture.pk), envoi | {"pieces_jointes": piece}).status_code == 302
    assert relire(facture).statut == S.COMPLETEE
    assert "ARB-A12" in client.get(url("recues_synthese")).content.decode()


def test_a13_recycler_garde_le_numero_un_autre_numero_fait_une_autre_facture(
    gestionnaire, accepte, neuf, structure, compte, cohort
):
    departement = factories.publique(cohort, factories.DEPARTEMENT)
    champs = {"code_service": "DOR-COLLEGES", "numero_engagement": "DOR-26-0457"}
    retour = factories.facture(
        structure, departement, statut=S.A_RECYCLER, compte=compte, numero="ARB-2026-104", **champs
    )
    neuve = accepte(neuf(departement, numero="ARB-2026-105", **champs))
    assert neuve.pk != retour.pk
    assert (relire(retour).numero, relire(retour).statut) == ("ARB-2026-104", S.A_RECYCLER)
    assert "numero" not in retours.CHAMPS_DU_RECYCLAGE
    assert 'name="numero"' not in gestionnaire.get(url("recycler", retour.pk)).content.decode()
    with cohort.monde():
        retours.recycler(
            retour.pk,
            retours.Reroutage(
                destinataire_id=departement.pk,
                code_service="DOR-ROUTES",
                numero_engagement="DOR-26-0457",
                vu="A_RECYCLER",
            ),
            auteur=Auteur(nom=str(compte), compte=compte),
            droits=droits(compte),
        )
    apres = relire(retour)
    assert (apres.numero, apres.statut, apres.code_service) == ("ARB-2026-104", S.DEPOSEE, "DOR-ROUTES")


# --- validation


def test_a14_jour_15_a_23_h_59_puis_jour_16_a_0_h(circuit):
    facture = circuit.deposer()
    circuit.aller(a_paris(12, 22, 23, 59))
    assert circuit.lue(facture.pk).statut == S.A_VALIDER_1
    circuit.aller(a_paris(12, 23, 0, 0))
    assert circuit.statuts(facture) == [S.DEPOSEE, S.A_VALIDER_1, S.ABSENCE_VALIDATION_1_HORS_DELAI, *TRANSMISE]


def test_a15_une_a12_refusee_ne_se_voit_pas_du_destinataire(circuit, au_poste):
    facture = circuit.deposer(cadre=Cadre.A12)
    circuit.repondre(facture, Action.REFUSER)
    assert circuit.lue(facture.pk).statut == S.REFUSEE_1
    assert not vue_par_le_destinataire(circuit, facture, au_poste)


@pytest.mark.parametrize("regime", [Regime.HISTORIQUE, Regime.REFORME_2026])
def test_a16_une_a9_refusee_suit_le_regime(circuit, au_poste, regime):
    Cohort.objects.filter(pk=circuit.cohort.pk).update(regime=regime)
    circuit.cohort.refresh_from_db()
    facture = circuit.deposer()
    circuit.repondre(facture, Action.REFUSER, complement="Travaux jamais exécutés sur ce lot.")
    transmise = regime == Regime.REFORME_2026
    lue = circuit.lue(facture.pk)
    assert lue.statut == (S.MISE_A_DISPOSITION if transmise else S.REFUSEE_1)
    assert lifecycle.est_definitive(lue.situation()) is not transmise
    page = vue_par_le_destinataire(circuit, facture, au_poste)
    assert ("Travaux jamais exécutés sur ce lot." in page) is transmise


def vue_par_le_destinataire(circuit, facture, au_poste):
    """Text of the invoice's pages for an agent of the recipient; empty when they are refused."""
    qui = factories.compte(circuit.cohort, 1, login_email="agent@valmoran.example")
    factories.rattachement(qui, circuit.destinataire, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
    client = connecter(au_poste(1), qui)
    recherche = client.get(url("recues_rechercher"), {"numero": facture.numero}).content.decode()
    page = client.get(url("recues_facture", facture.pk))
    assert (url("recues_facture", facture.pk) in recherche) == (page.status_code == 200)
    if page.status_code != 200:
        return ""
    return texte(page) + texte(client.get(url("recues_facture", facture.pk), {"volet": "historique"}))


# --- délai global de paiement


def noter(facture, statut, instant):
    with facture.cohort.monde():
        HistoriqueStatut.objects.create(
            cohort=facture.cohort,
            place=facture.place,
            facture=facture,
            action=Action.SUSPENDRE,
            statut_avant=S.MISE_A_DISPOSITION,
            statut=statut,
            survenu_le=instant,
            auteur="Commune",
        )


@pytest.fixture
def retardee(structure, destinataire, compte):
    """§8.3: 12 000 € TTC made available on 1 September, suspended on the 11th, completed on the 18th."""
    facture = factories.facture(
        structure,
        destinataire,
        statut=S.MISE_A_DISPOSITION,
        compte=compte,
        date_facture=date(2026, 9, 1),
        montant_a_payer=D(12000),
        montant_ttc=D(12000),
    )
    noter(facture, S.SUSPENDUE, datetime(2026, 9, 11, 9, tzinfo=PARIS))
    noter(facture, S.COMPLETEE, datetime(2026, 9, 18, 9, tzinfo=PARIS))
    return facture


def test_a17_deux_suspensions_un_seul_arret_du_delai(gestionnaire, retardee, cohort):
    noter(retardee, S.SUSPENDUE, datetime(2026, 9, 25, 9, tzinfo=PARIS))
    noter(retardee, S.COMPLETEE, datetime(2026, 10, 2, 9, tzinfo=PARIS))
    dit = texte(gestionnaire.get(url("facture", retardee.pk)))
    assert "18/10/2026 Échéance : dernier jour pour payer" in dit
    assert "déjà suspendue" in dit.lower()


def test_a18_interets_et_indemnite(gestionnaire, retardee, cohort):
    noter(retardee, S.MISE_EN_PAIEMENT, datetime(2026, 11, 5, 9, tzinfo=PARIS))
    with cohort.monde():
        Facture.objects.update(statut=S.MISE_EN_PAIEMENT)
    dit = texte(gestionnaire.get(url("facture", retardee.pk), {"taux": "12,25"}))
    assert "72,49" in dit
    assert re.search(r"\b40(,00)?\s*€", dit)
    assert "112,49" in dit


# --- the window, the order of statuses, sizes, rights


def test_a19_apres_sept_jours_la_fenetre_ne_se_ferme_plus(poste, compte, structure, destinataire, cohort):
    instant = datetime(2026, 11, 30, 8, tzinfo=PARIS)
    factories.facture(structure, destinataire, statut=S.REJETEE, compte=compte, depuis=instant)
    connexion = {"login_email": compte.login_email, "mot_de_passe": factories.MOT_DE_PASSE}
    assert poste.post(reverse("accounts:connexion"), connexion).headers["Location"] == url("rejets")
    assert "Plus tard" not in texte(poste.get(url("rejets")))
    assert poste.get(url("synthese")).headers["Location"].startswith(url("rejets"))
    poste.post(url("acquitter"), {"action": "tout"})
    assert poste.get(url("synthese")).status_code == 200


def test_a20_mise_en_paiement_directe_permise_et_signalee(agent, structure, destinataire):
    facture = factories.facture(structure, destinataire, statut=S.MISE_A_DISPOSITION)
    client = agent()
    confirmation = demander(client, facture, statut="MISE_EN_PAIEMENT")
    assert "étapes sautées" in texte(confirmation).lower()
    confirmer(client, confirmation)
    assert relire(facture).statut == S.MISE_EN_PAIEMENT


def test_a21_un_pdf_de_plus_de_dix_mo_est_refuse(gestionnaire, structure, cohort):
    """The row speaks of the API; the portal answers HTTP 413 too, keeps its form and says why."""
    lourd = SimpleUploadedFile("facture.pdf", b"%PDF-1.7" + b"0" * int(10.1 * MO))
    envoi = {"cle": "depot-1", "cadre": Cadre.A1, "fournisseur": structure.pk, "fichier": lourd}
    reponse = gestionnaire.post(url("deposer"), envoi)
    assert reponse.status_code == 413
    assert "le maximum d'un PDF est de 10" in texte(reponse).replace("\u202f", " ")
    with cohort.monde():
        assert not Facture.objects.exists()
        assert not Flux.objects.exists()


def test_a22_un_droit_sur_le_service_x_n_ouvre_pas_le_service_y(agent, structure, destinataire):
    x, y = factories.service(destinataire, "X"), factories.service(destinataire, "Y")
    sienne = factories.facture(
        structure, destinataire, statut=S.MISE_A_DISPOSITION, numero="F-X", service=x, code_service="X"
    )
    autre = factories.facture(
        structure, destinataire, statut=S.MISE_A_DISPOSITION, numero="F-Y", service=y, code_service="Y"
    )
    client = agent(x)
    assert client.get(url("recues_facture", sienne.pk)).status_code == 200
    assert client.get(url("recues_facture", autre.pk)).status_code == 403
