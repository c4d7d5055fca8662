"""Two sessions with identical identifiers: every URL, tried with the ids of the other one, answers 404.

A new route with a parameter must say here which id of the other world it is tried with, or why it has none.
"""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.enums import UsageJeton
from accounts.models import Jeton
from api.enums import TypePanne
from api.models import AppelApi
from api.services import pannes
from edi.models import AccesSftp, FichierSortant
from invoices.enums import Espace, EtatFlux, Statut
from invoices.models import Facture, Flux, PieceJointe, Telechargement
from sandbox import clock
from sandbox.documents import store
from sandbox.mail.services import send
from sandbox.snapshots import services as snapshots
from structures.enums import Role
from structures.models import FicheRaccordement
from structures.services import banque, comptes_techniques, piste
from tests import factories
from tests.conftest import connecter

pytestmark = pytest.mark.django_db

SANS_MONDE = {
    "formation:rejoindre_code": "public : le code est la clé d'entrée de la session",
    "accounts:modifier": "le paramètre nomme un champ du compte connecté",
    "formation:document": "composé pour le poste du navigateur, le paramètre ne désigne aucune ligne",
    "formation:exercice": "exercice du pack, ouvert pour le poste du navigateur",
    "formation:exercice_document": "composé pour le poste du navigateur, les paramètres ne désignent aucune ligne",
    "api:docs_operation": "documentation publique, le paramètre nomme une opération",
    "api:passerelle": "le paramètre nomme une opération ; le monde est celui du jeton (tests/api)",
}
"""Routes whose parameter names nothing of a world."""


def _routes(motifs=None, prefixe=""):
    """(name with namespace, names of its parameters) of every route that has some."""
    for motif in motifs if motifs is not None else get_resolver().url_patterns:
        if isinstance(motif, URLResolver):
            espace = f"{motif.namespace}:" if motif.namespace else ""
            yield from _routes(motif.url_patterns, prefixe + espace)
        elif isinstance(motif, URLPattern) and motif.pattern.converters:
            yield prefixe + (motif.name or ""), sorted(motif.pattern.converters)


TOUTES = sorted({(nom, tuple(parametres)) for nom, parametres in _routes()})
ROUTES = [(nom, parametres) for nom, parametres in TOUTES if nom not in SANS_MONDE]


def test_les_exceptions_sont_des_routes():
    assert set(SANS_MONDE) <= {nom for nom, _ in TOUTES}


@pytest.fixture
def voisin(autre_cohort):
    """The other world, filled: an account, a structure, a draft, a sent invoice, a message, a flow, a snapshot."""
    compte = factories.compte(autre_cohort)
    structure = factories.structure(autre_cohort)
    lien = factories.rattachement(compte, structure)
    destinataire = factories.publique(autre_cohort)
    brouillon = factories.brouillon(structure, destinataire, compte=compte)
    envoyee = factories.facture(structure, destinataire, compte=compte)
    recue = factories.facture(structure, destinataire, compte=compte, numero="F-4", statut=Statut.MISE_A_DISPOSITION)
    with autre_cohort.monde():
        commun = {"cohort": autre_cohort, "place": 1}
        piece = PieceJointe.objects.create(
            **commun,
            facture=envoyee,
            principale=True,
            nom="facture.pdf",
            empreinte=store.store(b"%PDF-secret"),
            taille=11,
        )
        telechargements = {
            espace: Telechargement.objects.create(
                **commun, compte=compte, espace=espace, factures=[envoyee.pk], cle=str(espace)
            ).pk
            for espace in Espace
        }
        flux = Flux.objects.create(
            **commun,
            numero="CPP0011117000000000000777",
            nom_fichier="secret.pdf",
            syntaxe="IN_DP_E2_CII_FACTURX",
            etat=EtatFlux.REJETE,
            empreinte=piece.empreinte,
            taille=11,
            compte=compte,
            fournisseur=structure,
        )
        jeton = Jeton.objects.create(
            **commun,
            compte=compte,
            usage=UsageJeton.ACTIVATION,
            jeton="jeton-de-l-autre-session",
            expire_le=clock.real_now() + Jeton.VALIDITE,
        )
        coordonnees = banque.ajouter(structure, par=compte, nom="Secret", iban="FR7699999000010000001010176")
        technique, _ = comptes_techniques.creer(structure, par=compte)
        application = piste.preparer(compte)
        fiche = FicheRaccordement.objects.create(
            **commun, structure=structure, mode="EDI", environnement="QUALIFICATION", etat="SOUMISE"
        )
        AccesSftp.objects.create(**commun, fiche=fiche, identifiant="secret-abc123", mot_de_passe="!")
        sortant = FichierSortant.objects.create(
            **commun, fiche=fiche, nature="CR", nom="CR", cle="cr:1", empreinte=piece.empreinte, taille=11
        )
        appel = AppelApi.objects.create(
            **commun, application=application, methode="POST", chemin="/secret", statut=200, correlation="Id-1 0"
        )
        panne = pannes.poser(autre_cohort, TypePanne.ERREUR, minutes=5, par="")
        message = send(autre_cohort, compte.login_email, "Secret", "corps", type="N1", place=1)
    instantane = snapshots.take(autre_cohort, "secret")
    return {
        "code": autre_cohort.code,
        "numero": 1,
        "compte": compte.pk,
        "structure": structure.pk,
        "lien": lien.pk,
        "rattachement": lien.pk,
        "technique": technique.pk,
        "application": application.pk,
        "raccordement": fiche.pk,
        "sortant": sortant.pk,
        "appel": appel.pk,
        "panne": panne.pk,
        "coordonnees": coordonnees.pk,
        "brouillon": brouillon.pk,
        "facture": envoyee.pk,
        "recue": recue.pk,
        "piece": piece.pk,
        "flux": flux.numero,
        "telechargement": telechargements[Espace.EMISES],
        "telechargement_recu": telechargements[Espace.RECUES],
        "telechargement_a_valider": telechargements[Espace.A_VALIDER],
        "jeton": jeton.jeton,
        "message": message.pk,
        "instantane": instantane.pk,
    }


@pytest.fixture
def agent(cohort, destinataire, au_poste):
    """Browser of an agent of the same public recipient, in this session: who opens « Factures reçues »."""
    qui = factories.compte(cohort, 2, login_email="agent@session.example")
    factories.rattachement(qui, destinataire, role=Role.UTILISATEUR)
    return connecter(au_poste(2), qui)


def _parametres(nom, noms, voisin):
    """Ids of the other world for this route."""
    espace, _, vue = nom.partition(":")
    valeurs = {}
    for parametre in noms:
        if parametre in ("code", "jeton"):
            valeurs[parametre] = voisin[parametre]
        elif espace == "invoices" and vue.startswith("flux") and parametre == "numero":
            valeurs[parametre] = voisin["flux"]
        elif espace == "invoices" and parametre in ("page", "rang"):
            valeurs[parametre] = 1
        elif espace == "invoices" and parametre == "empreinte":
            valeurs[parametre] = "0" * 64
        elif parametre == "action":
            valeurs[parametre] = "instruire" if espace == "formation" else "reprendre"
        elif parametre == "lien":
            valeurs[parametre] = voisin["lien"]
        elif nom.startswith("structures:banque") and parametre == "compte":
            valeurs[parametre] = voisin["coordonnees"]
        elif nom == "edi:sortant" and parametre == "fichier":
            valeurs[parametre] = voisin["sortant"]
        elif parametre == "piece":
            valeurs[parametre] = voisin["piece"]
        elif parametre == "numero":
            valeurs[parametre] = voisin["numero"]
        elif parametre == "pk":
            quoi = {
                "formation:message": "message",
                "formation:restaurer": "instantane",
                "formation:debloquer": "compte",
                "formation:renvoyer": "compte",
                "formation:expirer": "compte",
                "accounts:passer": "compte",
                "formation:repondre_rattachement": "rattachement",
                "formation:raccordement": "raccordement",
                "formation:raccordement_avancer": "raccordement",
                "formation:compte_technique_expirer": "technique",
                "formation:api_appel": "appel",
                "formation:lever_panne": "panne",
                "api:appel": "appel",
                "structures:fiche_raccordement": "raccordement",
                "structures:modifier_fiche": "raccordement",
                "structures:renouveler_fiche": "raccordement",
                "structures:avancer_fiche": "raccordement",
                "structures:application_piste": "application",
                "structures:secret_piste": "application",
                "structures:nouveau_secret_piste": "application",
                "structures:activer_application": "application",
                "structures:fiche": "structure",
                "structures:annuaire_fiche": "structure",
                "structures:annuaire_entite": "structure",
                "invoices:telechargement": "telechargement",
                "invoices:telechargement_fichier": "telechargement",
                "invoices:recues_telechargement": "telechargement_recu",
                "invoices:recues_telechargement_fichier": "telechargement_recu",
                "invoices:a_valider_telechargement": "telechargement_a_valider",
                "invoices:a_valider_telechargement_fichier": "telechargement_a_valider",
                "invoices:brouillon": "brouillon",
                "invoices:depot": "brouillon",
                "invoices:supprimer": "brouillon",
            }
            if espace == "edi":
                quoi[nom] = "raccordement"
            defaut = "structure" if espace == "structures" else "recue" if vue.startswith("recues_") else "facture"
            valeurs[parametre] = voisin[quoi.get(nom, defaut)]
        else:
            pytest.fail(f"{nom} : dites ici ce que désigne son paramètre « {parametre} »")
    return valeurs


@pytest.mark.parametrize(("nom", "noms"), ROUTES, ids=[nom for nom, _ in ROUTES])
def test_l_autre_session_n_existe_pas(nom, noms, voisin, gestionnaire, agent, formateur_client):
    url = reverse(nom, kwargs=_parametres(nom, noms, voisin))
    portail = agent if nom.startswith("invoices:recues_") else gestionnaire
    client = formateur_client if url.startswith("/formateur/") else portail
    reponses = {methode: getattr(client, methode)(url).status_code for methode in ("get", "post")}
    # A link to activate an account answers a page that says it is unknown, with the status of what is not there.
    assert set(reponses.values()) <= {404, 405, 410}, reponses
    assert 404 in reponses.values() or 410 in reponses.values(), reponses


def test_les_identifiants_sont_bien_les_memes(voisin, gestionnaire, cohort, autre_cohort):
    """The crawl would prove nothing on worlds that share nothing."""
    with cohort.monde():
        ici = set(Facture.objects.values_list("siren_fournisseur", flat=True))
    with autre_cohort.monde():
        la = set(Facture.objects.values_list("siren_fournisseur", flat=True))
    assert la
    assert ici <= la


def test_les_recues_ne_montrent_que_leur_monde(voisin, agent):
    for nom in ("synthese", "rechercher", "tableau_de_bord"):
        page = agent.get(reverse(f"invoices:recues_{nom}")).content.decode()
        assert "F-4" not in page
        assert f"/factures-recues/{voisin['recue']}/" not in page
    assert agent.get(reverse("invoices:recues_traiter"), {"factures": voisin["recue"]}).status_code == 404


def test_les_listes_ne_montrent_que_leur_monde(voisin, gestionnaire, facture_deposee):
    for nom in (
        "invoices:synthese",
        "invoices:rechercher",
        "invoices:flux",
        "formation:messagerie",
        "structures:liste",
    ):
        page = gestionnaire.get(reverse(nom)).content.decode()
        assert "Secret" not in page
        assert "secret.pdf" not in page
        assert f"/factures-emises/{voisin['facture']}/" not in page
