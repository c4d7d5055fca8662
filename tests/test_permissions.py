"""Every URL × every role: the answer written by hand in tests/data/permissions.toml, whatever the decorators say.

Structure A is the one the addresses name; B is another company of the same session; tests/test_isolation.py tries the
ids of another session. A new route is one line of the table.
"""

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.enums import EtatCompte, Niveau, UsageJeton
from accounts.models import Jeton
from accounts.profils import Profil
from api.enums import TypePanne
from api.models import AppelApi
from api.services import pannes
from edi.models import AccesSftp, FichierSortant
from formation.documentation import droits
from formation.services import matelas
from formation.services.documents_exercice import DOCUMENTS
from invoices.enums import Cadre, Espace, EtatFlux, ModeDepot
from invoices.enums import Statut as StatutFacture
from invoices.models import Flux, PieceJointe, Telechargement
from sandbox import clock
from sandbox.cohorts.models import Participant
from sandbox.documents import store
from sandbox.mail.services import send
from sandbox.paths import ROOT
from sandbox.snapshots import services as snapshots
from structures.enums import Environnement, EnvironnementPiste, EtatRaccordement, ModeRaccordement, Role
from structures.enums import StatutRattachement as Statut
from structures.models import ApplicationPiste, CompteTechnique, CoordonneesBancaires, FicheRaccordement
from structures.permissions import ACTES, Acte, Exigence
from tests import factories
from tests.conftest import client_au_poste, connecter, fermer

pytestmark = pytest.mark.django_db

FICHIER = ROOT / "tests/data/permissions.toml"
TABLE = tomllib.loads(FICHIER.read_text(encoding="utf-8"))
QUOI_FAIRE = f'écrivez sa ligne dans {FICHIER.relative_to(ROOT)} : "espace:nom" = "METHODES famille | pk=objet"'

# role: (profile, level, role, state) of its attachment to A.
ATTACHES = {
    "en_attente": (Profil.ORGANISATION, Niveau.MODIFICATION, Role.UTILISATEUR, Statut.EN_COURS_DE_VALIDATION),
    "detache": (None, Niveau.MODIFICATION, Role.UTILISATEUR, Statut.SUPPRIMEE),
    "desactive": (None, Niveau.MODIFICATION, Role.UTILISATEUR, Statut.DESACTIVEE),
    "refuse": (None, Niveau.MODIFICATION, Role.UTILISATEUR, Statut.REFUSEE),
    "utilisateur": (Profil.FACTURES_EMISES, Niveau.MODIFICATION, Role.UTILISATEUR, Statut.VALIDEE),
    "factures_consultation": (Profil.FACTURES_EMISES, Niveau.CONSULTATION, Role.UTILISATEUR, Statut.VALIDEE),
    "organisation_consultation": (Profil.ORGANISATION, Niveau.CONSULTATION, Role.UTILISATEUR, Statut.VALIDEE),
    "organisation_modification": (Profil.ORGANISATION, Niveau.MODIFICATION, Role.UTILISATEUR, Statut.VALIDEE),
    "raccordement_consultation": (Profil.RACCORDEMENT, Niveau.CONSULTATION, Role.UTILISATEUR, Statut.VALIDEE),
    "raccordement_modification": (Profil.RACCORDEMENT, Niveau.MODIFICATION, Role.UTILISATEUR, Statut.VALIDEE),
    "valideur_consultation": (Profil.FACTURES_A_VALIDER, Niveau.CONSULTATION, Role.UTILISATEUR, Statut.VALIDEE),
    "valideur_modification": (Profil.FACTURES_A_VALIDER, Niveau.MODIFICATION, Role.UTILISATEUR, Statut.VALIDEE),
    "gestionnaire": (None, Niveau.MODIFICATION, Role.GESTIONNAIRE_PRINCIPAL, Statut.VALIDEE),
}
RECEPTION = {"recues_consultation": Niveau.CONSULTATION, "recues_modification": Niveau.MODIFICATION}
"""Accounts of the public recipient of A's invoices, with « Factures reçues » at this level."""
CONNECTES = ("sans_rattachement", *ATTACHES, "gestionnaire_b", *RECEPTION)
DEMANDEURS = {
    Espace.EMISES: "gestionnaire",
    Espace.RECUES: "recues_modification",
    Espace.A_VALIDER: "gestionnaire",
}
"""Who asked for the download that the addresses name, in each application."""
CONSOLE = ("anonyme", "autre_formateur", "formateur")
TOUTES_METHODES = {"GET", "POST"}
PLEINS_DROITS = {"gestionnaire", "formateur", "recues_modification"}
"""Who is tried with the methods that a page does not accept, where it opens for them: to others, refusing before or
after is the same."""
ROLES = ("sans_place", "sans_compte", *CONNECTES)
ENSEMBLES = {
    "tous": {*ROLES, *CONSOLE},
    "places": {"sans_compte", *CONNECTES},
    "connectes": set(CONNECTES),
    "rattaches": {role for role, (_, _, _, statut) in ATTACHES.items() if statut == Statut.VALIDEE},
}


@dataclass(frozen=True)
class Route:
    """A line of the table: the family of each method, what the parameters name, the field that the page needs."""

    nom: str
    familles: dict[str, str]
    objets: dict[str, str]
    champs: dict[str, str]

    def regle(self, methode):
        return TABLE["familles"][self.familles[methode]]

    def attendu(self, role, methode):
        if methode not in self.familles:
            return "405"
        regle = self.regle(methode)
        ouverts = regle["ouvert"]
        noms = [ouverts] if isinstance(ouverts, str) else ouverts
        if role in set().union(*(ENSEMBLES.get(nom, {nom}) for nom in noms)):
            return "ouvert"
        if role in regle.get("absent", ()):
            return "404"
        if role in ("sans_place", "sans_compte", "anonyme"):
            return {"sans_place": "rejoindre", "sans_compte": "connexion", "anonyme": "connexion formateur"}[role]
        return str(regle["sinon"])


def _lire(nom, ligne):
    tete, _, suite = ligne.partition("|")
    familles = {}
    for part in tete.split(";"):
        methodes, famille = part.split()
        familles |= dict.fromkeys(methodes.split(","), famille)
    mots = suite.split()
    objets = dict(mot.split("=") for mot in mots if not mot.startswith("?"))
    return Route(nom, familles, objets, dict(mot[1:].split("=") for mot in mots if mot.startswith("?")))


ROUTES = [_lire(nom, ligne) for nom, ligne in TABLE["routes"].items()]
ECRANS = {ecran.nom: ecran for ecran in droits.ecrans()}


@pytest.fixture
def monde_a(cohort):
    """Session with structure A (seat 1) and what its addresses name, structure B (seat 2); one account a role."""
    a, b = factories.structure(cohort, 1), factories.structure(cohort, 2)
    adresses = {role: f"{role.replace('_', '.')}@session.example" for role in CONNECTES}
    comptes = {role: factories.compte(cohort, 1, login_email=adresse) for role, adresse in adresses.items()}
    liens = {}
    for role, (profil, niveau, fonction, statut) in ATTACHES.items():
        profils = None if profil is None else [profil]
        liens[role] = factories.rattachement(
            comptes[role], a, role=fonction, profils=profils, niveau=niveau, statut=statut
        )
    factories.rattachement(comptes["gestionnaire_b"], b)
    compte_technique = factories.compte(cohort, 1, login_email="tech.1@cpro.example", etat=EtatCompte.TECHNIQUE)
    factories.mandat(a)
    publique = factories.publique(cohort)
    for role, niveau in RECEPTION.items():
        factories.rattachement(
            comptes[role], publique, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES], niveau=niveau
        )
    commun = {"cohort": cohort, "place": 1}
    auteur = comptes["gestionnaire"]
    envoyee = factories.facture(a, publique, compte=auteur)
    a_valider = factories.facture(
        b, publique, numero="F-5", statut=StatutFacture.A_VALIDER_1, cadre=Cadre.A9, valideur=a
    )
    recue = factories.facture(a, publique, compte=auteur, numero="F-4", statut=StatutFacture.MISE_A_DISPOSITION)
    brouillon = factories.brouillon(a, publique, compte=auteur, numero="F-2")
    depose = factories.brouillon(a, publique, compte=auteur, numero="F-3", mode_depot=ModeDepot.DEPOT_PDF_PORTAIL)
    with cohort.monde():
        empreinte = store.store(PDF.read_bytes())
        pieces = [
            PieceJointe.objects.create(
                **commun, facture=facture, principale=True, nom="facture.pdf", empreinte=empreinte, taille=11
            )
            for facture in (envoyee, depose, recue, a_valider)
        ]
        telechargements = {
            espace: Telechargement.objects.create(
                **commun, compte=comptes[role], espace=espace, factures=[envoyee.pk], cle=str(espace)
            ).pk
            for espace, role in DEMANDEURS.items()
        }
        flux = Flux.objects.create(
            **commun,
            numero="CPP0011117000000000000777",
            nom_fichier="facture.pdf",
            syntaxe="IN_DP_E2_CII_FACTURX",
            etat=EtatFlux.REJETE,
            empreinte=empreinte,
            taille=11,
            compte=auteur,
            fournisseur=a,
        )
        jetons = {
            usage: Jeton.objects.create(
                **commun,
                compte=auteur,
                usage=usage,
                jeton=f"jeton-{usage}",
                nouvelle_adresse="autre@session.example",
                expire_le=clock.real_now() + Jeton.VALIDITE,
            ).jeton
            for usage in UsageJeton
        }
        banque = CoordonneesBancaires.objects.create(
            **commun,
            structure=a,
            nom="Courant",
            iban="FR7699999000000000000000055",
            rib=empreinte,
            rib_nom="r.pdf",
        )
        application = ApplicationPiste.objects.create(
            **commun, compte=auteur, nom="APP_ESSAI", environnement=EnvironnementPiste.SANDBOX
        )
        technique = CompteTechnique.objects.create(
            **commun, compte=compte_technique, structure=a, numero=1, expire_le=clock.now() + timedelta(days=424)
        )
        fiches = {
            etat: FicheRaccordement.objects.create(
                **commun,
                structure=a,
                cree_par=auteur,
                mode=ModeRaccordement.API,
                etat=etat,
                environnement=Environnement.QUALIFICATION,
                contact_nom="Nadia",
                contact_email="nadia@session.example",
            ).pk
            for etat in (EtatRaccordement.BROUILLON, EtatRaccordement.SOUMISE)
        }
        brouillon_edi = fiches[EtatRaccordement.BROUILLON]
        AccesSftp.objects.create(**commun, fiche_id=brouillon_edi, identifiant="essai-abc123", mot_de_passe="!")
        sortant = FichierSortant.objects.create(
            **commun, fiche_id=brouillon_edi, nature="CR", nom="CR", cle="cr:1", empreinte=empreinte, taille=11
        )
        matelas.generer(Participant.objects.get(numero=1))
        appel = AppelApi.objects.create(
            **commun, application=application, methode="GET", chemin="/cpro/x", statut=403, correlation="Id-1 0"
        )
        panne = pannes.poser(cohort, TypePanne.ERREUR, minutes=5, par="")
        message = send(cohort, auteur.login_email, "Objet", "corps", type="N1", place=1)
    objets = {
        "structure": a.pk,
        "publique": publique.pk,
        "compte": auteur.pk,
        "lien": liens["utilisateur"].pk,
        "demande": liens["en_attente"].pk,
        "banque": banque.pk,
        "application": application.pk,
        "raccordement": fiches[EtatRaccordement.BROUILLON],
        "raccordement_soumis": fiches[EtatRaccordement.SOUMISE],
        "sortant": sortant.pk,
        "action": "abandonner",
        "action_aife": "instruire",
        "compte_technique": technique.pk,
        "appel": appel.pk,
        "panne": panne.pk,
        "facture": envoyee.pk,
        "recue": recue.pk,
        "piece_recue": pieces[2].pk,
        "telechargement": telechargements[Espace.EMISES],
        "telechargement_recu": telechargements[Espace.RECUES],
        "telechargement_a_valider": telechargements[Espace.A_VALIDER],
        "a_valider": a_valider.pk,
        "piece_a_valider": pieces[3].pk,
        "brouillon": brouillon.pk,
        "depot": depose.pk,
        "piece": pieces[0].pk,
        "page": 1,
        "flux": flux.numero,
        "jeton": jetons[UsageJeton.ACTIVATION],
        "jeton_mot_de_passe": jetons[UsageJeton.MOT_DE_PASSE],
        "jeton_adresse": jetons[UsageJeton.ADRESSE],
        "champ": "telephone",
        "document": DOCUMENTS[0].cle,
        "exercice": "ex3",
        "piece_exercice": "bc",
        "operation": "transverses/v1/recuperer/devises",
        "message": message.pk,
        "code": cohort.code,
        "poste": 1,
        "instantane": snapshots.take(cohort, "essai").pk,
    }
    return cohort, comptes, objets


PDF = next(iter(sorted((ROOT / "tests/data").rglob("*.pdf"))), None)


def _navigateur(role, cohort, comptes):
    client = Client()
    if role == "formateur":
        client.force_login(cohort.formateur, backend="django.contrib.auth.backends.ModelBackend")
    elif role == "autre_formateur":
        autre = factories.formateur("autre@session.example")
        client.force_login(autre, backend="django.contrib.auth.backends.ModelBackend")
    elif role not in ("sans_place", "anonyme"):
        client = client_au_poste(cohort)
    return connecter(client, comptes[role]) if role in comptes else client


def _reponse(reponse):
    """What the answer means for who asked."""
    code, ou = reponse.status_code, reponse.headers.get("Location", "")
    if code == 302 and ou == reverse("formation:rejoindre"):
        return "rejoindre"
    if code == 302 and ou.startswith(f"{reverse('accounts:connexion')}?suite="):
        return "connexion"
    if code == 302 and ou.startswith(f"{reverse('formation:connexion')}?"):
        return "connexion formateur"
    return str(code) if code in (403, 404, 405) or code >= 500 else "ouvert"


def _essayer(client, methode, url, champs):
    """The answer, and nothing left of what it did."""
    temoins = client.cookies.output(header="", sep=";")
    bloc = transaction.atomic()
    bloc._from_testcase = True  # a durable block may open inside, as it may inside a test
    with bloc:
        recue = client.get(url, champs) if methode == "GET" else client.post(url, champs)
        reponse = _reponse(recue)
        fermer(recue)  # of a download: its file
        transaction.set_rollback(True)
    client.cookies = SimpleCookie(temoins)
    return reponse


@pytest.mark.une_base
@pytest.mark.parametrize("role", [*ROLES, *CONSOLE])
def test_chaque_role_recoit_la_reponse_ecrite(role, monde_a):
    cohort, comptes, objets = monde_a
    client = _navigateur(role, cohort, comptes)
    ecarts = []
    for route in ROUTES:
        if (role in CONSOLE) != ECRANS[route.nom].chemin.startswith("/formateur/"):
            continue
        url = reverse(route.nom, kwargs={parametre: objets[objet] for parametre, objet in route.objets.items()})
        ouverte = role in PLEINS_DROITS and any(route.attendu(role, m) == "ouvert" for m in route.familles)
        for methode in sorted({*route.familles} | (TOUTES_METHODES if ouverte else set())):
            attendu = route.attendu(role, methode)
            obtenu = _essayer(client, methode, url, route.champs)
            if obtenu != attendu:
                ecarts.append(f"{methode} {route.nom} : {obtenu}, attendu {attendu}")
    assert ecarts == [], "\n" + "\n".join(ecarts)


def test_toute_route_a_sa_ligne():
    absentes = sorted(set(ECRANS) - set(TABLE["routes"]))
    assert absentes == [], f"route sans réponse écrite ; {QUOI_FAIRE}"


def test_toute_ligne_a_sa_route():
    assert sorted(set(TABLE["routes"]) - set(ECRANS)) == [], "ces routes n'existent plus : retirez leur ligne"


def test_les_familles_sont_bien_ecrites():
    connus = {*ROLES, *CONSOLE, *ENSEMBLES}
    assert {famille for route in ROUTES for famille in route.familles.values()} == set(TABLE["familles"])
    for famille in TABLE["familles"].values():
        ouverts = famille["ouvert"]
        assert {*([ouverts] if isinstance(ouverts, str) else ouverts), *famille.get("absent", ())} <= connus


@pytest.mark.parametrize("route", ROUTES, ids=[route.nom for route in ROUTES])
def test_la_documentation_dit_la_meme_chose(route):
    """Of what opening the page takes; acting in it may take more (``structures.acces.exiger``)."""
    methode = "GET" if "GET" in route.familles else "POST"
    assert ECRANS[route.nom].acces == route.regle(methode)["doc"]


# comptes-structures.md §5.1, §5.2, §9.2, by hand: who may do what on a structure.
_MODIFIER, _GERER = "organisation_modification", "gestionnaire"
QUI = {
    Acte.CONSULTER_FICHE: "rattaches",
    Acte.CONSULTER_UTILISATEURS: {"organisation_consultation", _MODIFIER, _GERER},
    Acte.CONSULTER_HISTORIQUE: {"organisation_consultation", _MODIFIER, _GERER},
    Acte.MODIFIER_STRUCTURE: {_MODIFIER, _GERER},
    Acte.ACTIVER_STRUCTURE: {_MODIFIER, _GERER},
    Acte.CHANGER_IDENTIFIANT: {_MODIFIER, _GERER},
    Acte.GERER_SERVICES: {_MODIFIER, _GERER},
    Acte.GERER_BANQUE: {_MODIFIER, _GERER},
    Acte.SOUSCRIRE_MANDAT: {"utilisateur", _GERER},
    Acte.TRAITER_RATTACHEMENTS: {_MODIFIER, _GERER},
    Acte.GERER_UTILISATEURS: {_MODIFIER, _GERER},
    Acte.TRANSFERER_GESTION: {_GERER},
    Acte.GERER_COMPTES_TECHNIQUES: {_GERER},
    Acte.CONSULTER_RACCORDEMENT: {"raccordement_consultation", "raccordement_modification", _GERER},
    Acte.GERER_RACCORDEMENT: {"raccordement_modification", _GERER},
}
COLONNES = {
    "sans_rattachement": "Sans rattachement validé",
    "factures_consultation": "Utilisateur, « Factures émises consultation »",
    "utilisateur": "Utilisateur, « Factures émises modification »",
    "organisation_consultation": "Utilisateur, « Organisation consultation »",
    "organisation_modification": "Utilisateur, « Organisation modification »",
    "raccordement_consultation": "Utilisateur, « Raccordement EDI/API consultation »",
    "raccordement_modification": "Utilisateur, « Raccordement EDI/API modification »",
    "gestionnaire": "Gestionnaire principal",
}
"""Role of this test → column of the generated matrix."""


def test_la_matrice_engendree_dit_qui_peut_quoi():
    assert set(QUI) == set(ACTES)
    section = droits.page().split("## Ce que chacun peut faire sur une structure", 1)[1].split("\n## ", 1)[0]
    lignes = [[c.strip() for c in ligne.split("|")[1:-1]] for ligne in section.splitlines() if ligne.startswith("|")]
    entete = lignes[0]
    par_code = {ligne[1].strip("`"): dict(zip(entete, ligne, strict=True)) for ligne in lignes[2:]}
    for acte, roles in QUI.items():
        permis = ENSEMBLES["rattaches"] if roles == "rattaches" else roles
        lus = {role for role, colonne in COLONNES.items() if par_code[acte][colonne] == "oui"}
        assert lus == permis & set(COLONNES), acte
    assert {ligne["Il faut"] for ligne in par_code.values()} == {str(e) for e in Exigence}


def test_les_droits_lus_en_base_sont_ceux_de_la_matrice(monde_a):
    """What the rows of each account give, attachments that are not valid included."""
    from structures.permissions import permet
    from structures.queries import droits as lire

    cohort, comptes, objets = monde_a
    with cohort.monde():
        for acte, roles in QUI.items():
            permis = ENSEMBLES["rattaches"] if roles == "rattaches" else roles
            obtenus = {role for role, qui in comptes.items() if permet(lire(qui), acte, objets["structure"])}
            assert obtenus == permis, acte
