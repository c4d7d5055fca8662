"""Another valideur after « mauvais valideur » (T13, T13b, D-37)."""

import pytest

from accounts.enums import Niveau
from accounts.profils import Profil
from invoices.enums import Action, Cadre, Qualite, Statut
from structures.enums import EtatService, Role
from tests import factories
from tests.conftest import client_au_poste, connecter
from tests.invoices.core.circuits import TRANSMISE, monter
from tests.invoices.views.conftest import erreurs, url

pytestmark = pytest.mark.django_db
S = Statut


@pytest.fixture
def circuit(cohort):
    return monter(cohort)


@pytest.fixture
def navigateurs(circuit):
    return {place: connecter(client_au_poste(circuit.cohort, place), circuit.comptes[place]) for place in (1, 2, 3)}


@pytest.fixture
def revenue(circuit):
    """Sent back to the supplier by the first validator."""
    facture = circuit.deposer()
    circuit.repondre(facture, Action.MAUVAIS_VALIDEUR, complement="Ce marché n'est pas le nôtre.")
    return circuit.lue(facture.pk)


@pytest.fixture
def revenue_2(circuit):
    """Sent back to the first validator by the second one."""
    facture = circuit.deposer()
    circuit.repondre(facture, Action.VALIDER, qualite=Qualite.COTRAITANT, valideur_2=circuit.mandataire.pk)
    circuit.repondre(circuit.lue(facture.pk), Action.MAUVAIS_VALIDEUR, par=3)
    return circuit.lue(facture.pk)


@pytest.fixture
def quatrieme(circuit):
    return factories.structure(circuit.cohort, 4, raison_sociale="BRÉVAL MENUISERIE")


def texte(reponse):
    return " ".join(reponse.content.decode().split())


def choix(facture, structure, **champs):
    return {"valideur": structure.pk, "vu": facture.statut, "etape": "confirmer"} | champs


def test_le_fournisseur_corrige_sous_le_meme_numero(circuit, navigateurs, revenue):
    adresse = url("corriger_valideur", revenue.pk)
    page = texte(navigateurs[1].get(adresse))
    assert "CORVAN BÂTIMENT a répondu qu'elle n'est pas le bon valideur." in page
    assert "Ce marché n&#x27;est pas le nôtre." in page
    assert "garde son numéro" in page
    question = navigateurs[1].post(adresse, choix(revenue, circuit.mandataire, etape="enregistrer"))
    assert "OSTREVAL PLÂTRERIE a 15 jours pour répondre" in texte(question)
    assert "personne ne validera" not in texte(question)
    assert circuit.lue(revenue.pk).statut == S.ERREUR_FOURNISSEUR_SUR_VALIDEUR
    fin = navigateurs[1].post(adresse, choix(revenue, circuit.mandataire))
    assert (fin.status_code, fin["Location"]) == (302, url("facture", revenue.pk))
    lue = circuit.lue(revenue.pk)
    assert (lue.statut, lue.numero, lue.valideur_id) == (S.A_VALIDER_1, revenue.numero, circuit.mandataire.pk)


def test_la_recherche_ecarte_ceux_qui_ne_peuvent_pas(circuit, navigateurs, revenue):
    adresse, siret = url("corriger_valideur", revenue.pk), factories.siret_du_poste

    def trouve(mot):
        return texte(navigateurs[1].get(adresse, {"recherche": mot}, headers={"HX-Request": "true"}))

    assert "OSTREVAL PLÂTRERIE" in trouve(siret(3))
    assert "COMMUNE DE VALMORAN" in trouve("commune valmoran"), "une structure publique se choisit, avec avertissement"
    assert "Aucune structure active" in trouve(siret(2))
    assert "Aucune structure active" in trouve(siret(1))
    sans_script = navigateurs[1].post(adresse, {"vu": revenue.statut, "recherche": siret(3), "etape": "chercher"})
    assert f'name="valideur" value="{circuit.mandataire.pk}"' in texte(sans_script)


@pytest.mark.parametrize("qui", ["personne", "ancien", "fournisseur", "inactive", "inconnu"])
def test_un_choix_impossible_se_dit(circuit, navigateurs, revenue, qui):
    choisi = {
        "personne": "",
        "ancien": circuit.titulaire.pk,
        "fournisseur": circuit.fournisseur.pk,
        "inactive": factories.publique(circuit.cohort, factories.INACTIVE).pk,
        "inconnu": 987_654,
    }[qui]
    message = {
        "personne": "Cherchez la structure valideur",
        "ancien": "vient de répondre",
        "fournisseur": "ne peut pas être le fournisseur",
        "inactive": "inconnu",
        "inconnu": "inconnu",
    }[qui]
    for etape in ("enregistrer", "confirmer"):
        reponse = navigateurs[1].post(
            url("corriger_valideur", revenue.pk), {"valideur": choisi, "vu": revenue.statut, "etape": etape}
        )
        assert reponse.status_code == 422
        assert message in erreurs(reponse)[0]
    assert circuit.lue(revenue.pk).statut == S.ERREUR_FOURNISSEUR_SUR_VALIDEUR


def test_un_valideur_public_est_accepte_avec_un_avertissement(circuit, navigateurs, revenue):
    adresse = url("corriger_valideur", revenue.pk)
    question = navigateurs[1].post(adresse, choix(revenue, circuit.destinataire, etape="enregistrer"))
    assert "personne ne validera" in texte(question)
    navigateurs[1].post(adresse, choix(revenue, circuit.destinataire))
    assert circuit.lue(revenue.pk).valideur_id == circuit.destinataire.pk


def test_le_service_valideur_se_choisit(circuit, navigateurs, revenue):
    ouvert = factories.service(circuit.mandataire, "CHANTIERS")
    ferme = factories.service(circuit.mandataire, "FERME", etat=EtatService.INACTIF)
    adresse = url("corriger_valideur", revenue.pk)
    question = texte(navigateurs[1].post(adresse, choix(revenue, circuit.mandataire, etape="enregistrer")))
    assert "CHANTIERS" in question
    assert "FERME" not in question
    refuse = navigateurs[1].post(adresse, choix(revenue, circuit.mandataire, service=ferme.pk))
    assert refuse.status_code == 422
    navigateurs[1].post(adresse, choix(revenue, circuit.mandataire, service=ouvert.pk))
    assert circuit.lue(revenue.pk).service_valideur_id == ouvert.pk


def test_changer_revient_a_la_recherche(circuit, navigateurs, revenue):
    reponse = navigateurs[1].post(
        url("corriger_valideur", revenue.pk), choix(revenue, circuit.mandataire, etape="changer")
    )
    assert 'name="recherche"' in texte(reponse)
    assert erreurs(reponse) == []


def test_double_clic_puis_page_perimee(circuit, navigateurs, revenue, quatrieme):
    adresse = url("corriger_valideur", revenue.pk)
    for _ in range(2):
        assert navigateurs[1].post(adresse, choix(revenue, circuit.mandataire)).status_code == 302
    assert circuit.statuts(revenue).count(S.A_VALIDER_1) == 2
    reponse = navigateurs[1].post(adresse, choix(revenue, quatrieme))
    assert reponse.status_code == 409
    assert "Nadia Poste01 l&#x27;a passée au statut « À valider 1 »" in texte(reponse)
    retour = navigateurs[1].get(adresse)
    assert (retour.status_code, retour["Location"]) == (302, url("facture", revenue.pk))


def test_une_page_ecrite_sur_un_autre_statut(circuit, navigateurs, revenue):
    reponse = navigateurs[1].post(
        url("corriger_valideur", revenue.pk), choix(revenue, circuit.mandataire, vu=S.A_VALIDER_1)
    )
    assert reponse.status_code == 409


def test_qui_n_est_pas_le_fournisseur(circuit, navigateurs, revenue, autre_client):
    adresse = url("corriger_valideur", revenue.pk)
    for client in (navigateurs[2], navigateurs[3], autre_client):
        assert client.get(adresse).status_code == 404
        assert client.post(adresse, choix(revenue, circuit.mandataire)).status_code == 404
    qui = factories.compte(circuit.cohort, 1, login_email="lecteur@session.example")
    factories.rattachement(
        qui,
        circuit.fournisseur,
        role=Role.UTILISATEUR,
        profils=[Profil.FACTURES_EMISES],
        niveau=Niveau.CONSULTATION,
    )
    lecteur = connecter(client_au_poste(circuit.cohort, 1), qui)
    assert lecteur.get(adresse).status_code == 403
    assert lecteur.post(adresse, choix(revenue, circuit.mandataire)).status_code == 403
    assert circuit.lue(revenue.pk).statut == S.ERREUR_FOURNISSEUR_SUR_VALIDEUR


def test_une_facture_qui_n_est_pas_revenue(circuit, navigateurs):
    facture = circuit.deposer()
    adresse = url("corriger_valideur", facture.pk)
    assert navigateurs[1].get(adresse)["Location"] == url("facture", facture.pk)
    assert navigateurs[1].post(adresse, choix(facture, circuit.mandataire)).status_code == 409


def test_une_a12_repart_sans_delai(circuit, navigateurs):
    facture = circuit.deposer(cadre=Cadre.A12)
    circuit.repondre(facture, Action.MAUVAIS_VALIDEUR)
    facture = circuit.lue(facture.pk)
    adresse = url("corriger_valideur", facture.pk)
    question = texte(navigateurs[1].post(adresse, choix(facture, circuit.destinataire, etape="enregistrer")))
    assert "sans délai" in question
    assert "La facture restera en attente." in question
    navigateurs[1].post(adresse, choix(facture, circuit.mandataire))
    assert circuit.demandes(facture)[-1].echeance is None


# --- the first validator, for the second one


def test_le_valideur_1_designe_un_autre_mandataire(circuit, navigateurs, revenue_2, quatrieme):
    adresse = url("a_valider_corriger", revenue_2.pk)
    page = texte(navigateurs[2].get(adresse))
    assert "Désigner un autre mandataire" in page
    assert "OSTREVAL PLÂTRERIE a répondu" in page
    assert navigateurs[2].get(url("a_valider_repondre", revenue_2.pk))["Location"] == adresse
    for structure, message in [
        (circuit.mandataire, "vient de répondre"),
        (circuit.titulaire, "votre propre structure"),
        (circuit.fournisseur, "ne peut pas être le fournisseur"),
    ]:
        reponse = navigateurs[2].post(adresse, choix(revenue_2, structure))
        assert reponse.status_code == 422
        assert message in erreurs(reponse)[0]
    question = navigateurs[2].post(adresse, choix(revenue_2, quatrieme, etape="enregistrer"))
    assert "BRÉVAL MENUISERIE" in texte(question)
    for _ in range(2):
        fin = navigateurs[2].post(adresse, choix(revenue_2, quatrieme))
        assert (fin.status_code, fin["Location"]) == (302, url("a_valider_synthese"))
    lue = circuit.lue(revenue_2.pk)
    assert (lue.statut, lue.valideur_2_id) == (S.A_VALIDER_2, quatrieme.pk)


def test_le_valideur_2_et_le_fournisseur_ne_corrigent_pas_a_sa_place(circuit, navigateurs, revenue_2, quatrieme):
    adresse = url("a_valider_corriger", revenue_2.pk)
    assert navigateurs[3].get(adresse).status_code == 409
    assert navigateurs[3].post(adresse, choix(revenue_2, quatrieme)).status_code == 409
    assert navigateurs[1].get(adresse).status_code == 404
    assert navigateurs[1].post(url("corriger_valideur", revenue_2.pk), choix(revenue_2, quatrieme)).status_code == 409
    assert circuit.lue(revenue_2.pk).statut == S.ERREUR_COTRAITANT_SUR_VALIDEUR


def test_deux_valideurs_d_un_bout_a_l_autre_par_les_ecrans(circuit, navigateurs, quatrieme):
    """A9 of a cotraitant's subcontractor: an error at each step, then the recipient."""
    facture = circuit.deposer(valideur=circuit.mandataire)

    def dire(place, facture, **champs):
        attendue = next(d.pk for d in circuit.demandes(facture) if not d.decision)
        corps = {"vu": facture.statut, "demande": attendue, "etape": "confirmer"} | champs
        assert navigateurs[place].post(url("a_valider_repondre", facture.pk), corps).status_code == 302
        circuit.router()
        return circuit.lue(facture.pk)

    facture = dire(3, facture, decision="refuser", motif="ERR_VALIDEUR", complement="Ce n'est pas notre sous-traitant.")
    navigateurs[1].post(url("corriger_valideur", facture.pk), choix(facture, circuit.titulaire))
    facture = circuit.lue(facture.pk)
    facture = dire(2, facture, decision="valider", qualite="COTRAITANT", valideur_2=quatrieme.pk)
    assert facture.statut == S.A_VALIDER_2
    qui = factories.compte(circuit.cohort, 3, login_email="quatre@session.example")
    factories.rattachement(qui, quatrieme)
    navigateurs[4] = connecter(client_au_poste(circuit.cohort, 3), qui)
    facture = dire(4, facture, decision="refuser", motif="ERR_VALIDEUR", complement="Nous ne sommes pas mandataires.")
    navigateurs[2].post(url("a_valider_corriger", facture.pk), choix(facture, circuit.mandataire))
    facture = circuit.lue(facture.pk)
    facture = dire(3, facture, decision="valider", qualite="MANDATAIRE")
    assert circuit.statuts(facture) == [
        S.DEPOSEE,
        S.A_VALIDER_1,
        S.ERREUR_FOURNISSEUR_SUR_VALIDEUR,
        S.A_VALIDER_1,
        S.VALIDEE_1,
        S.A_VALIDER_2,
        S.ERREUR_COTRAITANT_SUR_VALIDEUR,
        S.A_VALIDER_2,
        S.VALIDEE_2,
        *TRANSMISE,
    ]
    with circuit.cohort.monde():
        from invoices.views.circuit import etapes_de_validation

        etapes = etapes_de_validation(facture, circuit.cohort.zone)
    assert [etape.etat for etape in etapes] == ["passe", "retour", "passe", "retour", "passe", "passe"]
