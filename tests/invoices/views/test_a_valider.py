"""« Factures à valider »: work list, answer, explanation of the circuit (factures.md §5.2, A9, A12)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Niveau
from accounts.profils import Profil
from invoices.enums import Action, Cadre, Qualite, Statut, TypeTva
from invoices.models import LignePoste, Validation
from sandbox.cohorts.enums import Regime
from sandbox.cohorts.models import Cohort
from structures.enums import Role
from structures.models import Habilitation
from tests import factories
from tests.conftest import client_au_poste, connecter
from tests.invoices.core.circuits import AUTRE_MOTIF, MAUVAIS, TRANSMISE, a_paris, monter
from tests.invoices.views.conftest import erreurs, url

pytestmark = pytest.mark.django_db
S = Statut


@pytest.fixture
def circuit(cohort):
    return monter(cohort)


@pytest.fixture
def navigateurs(circuit):
    """Browsers of the supplier (1), the first validator (2), the second one (3)."""
    return {place: connecter(client_au_poste(circuit.cohort, place), circuit.comptes[place]) for place in (1, 2, 3)}


@pytest.fixture
def titulaire(navigateurs):
    return navigateurs[2]


def collegue(circuit, structure, nom, **champs):
    """Browser of somebody else of this structure, with « Factures à valider »."""
    qui = factories.compte(circuit.cohort, 2, login_email=f"{nom}@session.example")
    lien = factories.rattachement(
        qui, structure, **({"role": Role.UTILISATEUR, "profils": [Profil.FACTURES_A_VALIDER]} | champs)
    )
    return connecter(client_au_poste(circuit.cohort, 2), qui), lien


def demande(circuit, facture):
    (attendue,) = [d for d in circuit.demandes(facture) if not d.decision]
    return attendue.pk


def champs(circuit, facture, **saisis):
    return {"vu": facture.statut, "demande": demande(circuit, facture), "etape": "confirmer"} | saisis


def accord(circuit, facture, **saisis):
    return champs(circuit, facture, **({"decision": "valider", "qualite": Qualite.TITULAIRE} | saisis))


def refus(circuit, facture, **saisis):
    base = {"decision": "refuser", "motif": AUTRE_MOTIF, "complement": "TVA facturée à tort."}
    return champs(circuit, facture, **(base | saisis))


def texte(reponse):
    return " ".join(reponse.content.decode().split())


# --- « Synthèse »


def test_synthese_vide(titulaire):
    page = texte(titulaire.get(url("a_valider_synthese")))
    assert "Aucune facture à valider" in page
    assert url("a_valider_circuit") in page


def test_synthese_montre_ce_qui_attend_ma_reponse_et_rien_d_autre(circuit, titulaire):
    circuit.deposer(numero="A-MOI")
    circuit.deposer(numero="A-UN-AUTRE", valideur=circuit.mandataire)
    circuit.deposer(numero="ENTRE-NOUS", cadre=Cadre.A12)
    repondue = circuit.deposer(numero="REPONDUE")
    circuit.repondre(repondue, Action.VALIDER)
    ma_facture = factories.facture(circuit.titulaire, circuit.destinataire, numero="EMISE-PAR-MOI")
    page = texte(titulaire.get(url("a_valider_synthese")))
    assert "A-MOI" in page
    assert "ENTRE-NOUS" in page
    for absente in ("A-UN-AUTRE", "REPONDUE", ma_facture.numero):
        assert absente not in page
    assert "A9 : Dépôt par un sous-traitant d&#x27;une facture" in page
    assert "A12 : Dépôt par un cotraitant d&#x27;une facture" in page
    assert "en attente du mandataire" in page
    assert "VOLTAIGNE ÉLECTRICITÉ" in page
    assert "COMMUNE DE VALMORAN" in page
    assert "22/12/2026" in page
    assert "15 jours restants" in page
    assert "Valideur 1" in page
    assert "120,00" in page


@pytest.mark.parametrize(
    ("jour", "classe", "mots"),
    [
        (16, "", "6 jours restants"),
        (17, "echeance-proche", "5 jours restants"),
        (21, "echeance-proche", "1 jour restant"),
        (22, "echeance-dernier", "dernier jour"),
    ],
)
def test_l_echeance_se_colore(circuit, titulaire, jour, classe, mots):
    circuit.deposer()
    circuit.aller(a_paris(12, jour, 10))
    page = texte(titulaire.get(url("a_valider_synthese")))
    assert mots in page
    assert ("echeance-" in page) is bool(classe)
    assert classe in page


def test_le_valideur_1_corrige_le_valideur_2(circuit, navigateurs):
    facture = circuit.deposer()
    circuit.repondre(facture, Action.VALIDER, qualite=Qualite.COTRAITANT, valideur_2=circuit.mandataire.pk)
    assert facture.numero not in texte(navigateurs[2].get(url("a_valider_synthese")))
    page = texte(navigateurs[3].get(url("a_valider_synthese")))
    assert facture.numero in page
    assert "Valideur 2" in page
    circuit.repondre(circuit.lue(facture.pk), Action.MAUVAIS_VALIDEUR, par=3)
    assert facture.numero not in texte(navigateurs[3].get(url("a_valider_synthese")))
    page = texte(navigateurs[2].get(url("a_valider_synthese")))
    assert "à corriger par vous" in page
    assert url("a_valider_corriger", facture.pk) in page


def test_la_plus_urgente_d_abord_et_les_tris(circuit, titulaire):
    circuit.deposer(numero="C-12", cadre=Cadre.A12)
    circuit.deposer(numero="B-VIEILLE")
    circuit.jours(3)
    circuit.deposer(numero="A-NEUVE", montant_a_payer=Decimal(900))

    def ordre(**criteres):
        page = titulaire.get(url("a_valider_synthese"), criteres).content.decode()
        return sorted(("A-NEUVE", "B-VIEILLE", "C-12"), key=page.index)

    assert ordre() == ["B-VIEILLE", "A-NEUVE", "C-12"]
    assert ordre(tri="numero") == ["A-NEUVE", "B-VIEILLE", "C-12"]
    assert ordre(tri="-echeance") == ["C-12", "A-NEUVE", "B-VIEILLE"]
    assert ordre(tri="-montant")[0] == "A-NEUVE"
    assert ordre(tri="n'importe quoi") == ordre()


def test_25_par_page_a_requetes_constantes(circuit, titulaire):
    def poser(debut, fin):
        for rang in range(debut, fin):
            factories.facture(
                circuit.fournisseur,
                circuit.destinataire,
                numero=f"P-{rang:02d}",
                statut=S.A_VALIDER_1,
                cadre=Cadre.A9,
                valideur=circuit.titulaire,
            )

    def requetes(**criteres):
        with CaptureQueriesContext(connection) as vues:
            page = titulaire.get(url("a_valider_synthese"), criteres).content.decode()
        return len(vues), page.count('scope="row"')

    poser(0, 1)
    une, _ = requetes()
    poser(1, 30)
    assert requetes() == (une, 25)
    assert requetes(page=2)[1] == 5
    assert une <= 13


def test_en_consultation_on_lit_sans_repondre(circuit):
    facture = circuit.deposer()
    client, _ = collegue(circuit, circuit.titulaire, "lecteur", niveau=Niveau.CONSULTATION)
    page = texte(client.get(url("a_valider_synthese")))
    assert facture.numero in page
    assert url("a_valider_repondre", facture.pk) not in page
    assert client.get(url("a_valider_repondre", facture.pk)).status_code == 403
    assert client.post(url("a_valider_repondre", facture.pk), accord(circuit, facture)).status_code == 403
    assert circuit.lue(facture.pk).statut == S.A_VALIDER_1


def test_un_droit_limite_a_un_service_ne_voit_que_le_sien(circuit):
    client, lien = collegue(circuit, circuit.titulaire, "chantiers")
    with circuit.cohort.monde():
        service = factories.service(circuit.titulaire, "CHANTIERS")
        Habilitation.objects.filter(rattachement=lien).update(service=service)
    sans_service = circuit.deposer(numero="SANS-SERVICE")
    du_service = circuit.deposer(numero="DU-SERVICE", service_valideur=service)
    page = texte(client.get(url("a_valider_synthese")))
    assert "DU-SERVICE" in page
    assert "SANS-SERVICE" not in page
    assert client.get(url("a_valider_repondre", sans_service.pk)).status_code in (403, 404)
    assert client.get(url("a_valider_repondre", du_service.pk)).status_code == 200


def test_d_autres_ne_peuvent_pas_repondre(circuit, navigateurs, autre_client):
    facture = circuit.deposer()
    for client in (navigateurs[1], navigateurs[3], autre_client):
        assert client.get(url("a_valider_repondre", facture.pk)).status_code == 404
        assert client.post(url("a_valider_repondre", facture.pk), accord(circuit, facture)).status_code == 404
    assert circuit.lue(facture.pk).statut == S.A_VALIDER_1


# --- « Valider » / « Refuser »


def test_la_page_montre_la_facture_a_cote_de_la_reponse(circuit, titulaire):
    facture = circuit.deposer(
        numero="VOL-2026-077",
        numero_marche="M-2026-033",
        type_tva=TypeTva.SANS_TVA,
        commentaire="Autoliquidation de la TVA",
        lignes=[("20", "185.00", "0"), ("30", "50.00", "0")],
    )
    page = texte(titulaire.get(url("a_valider_repondre", facture.pk)))
    for attendu in ("VOL-2026-077", "M-2026-033", "5 200,00 €", "Fenêtre 1", "Mention présente sur la facture"):
        assert attendu in page
    assert "Vous êtes titulaire du marché" in page
    assert "Vous êtes cotraitant" in page
    assert "Vous êtes mandataire du groupement" in page
    assert url("a_valider_pdf", facture.pk) in page
    assert "jusqu'au 22/12/2026 inclus (15 jours)" in page
    assert "checked" not in page, "rien n'est choisi d'avance"


def test_la_page_d_une_a12(circuit, titulaire):
    facture = circuit.deposer(cadre=Cadre.A12)
    page = texte(titulaire.get(url("a_valider_repondre", facture.pk)))
    assert "Aucun délai ne court" in page
    assert "Vous êtes titulaire" not in page
    assert "Aucune mention sur la facture" in page
    assert 'name="recherche"' not in page
    assert "un avoir, puis une nouvelle facture" in page


def test_le_choix_du_bouton_arrive_deja_coche(circuit, titulaire):
    facture = circuit.deposer()
    page = texte(titulaire.get(url("a_valider_repondre", facture.pk), {"decision": "refuser"}))
    assert page.count("checked") == 1


@pytest.mark.parametrize(
    ("saisis", "attendus"),
    [
        ({}, ["Votre réponse : Choisissez « Valider » ou « Refuser »."]),
        ({"decision": "peut-être"}, ["Votre réponse : Réponse inconnue."]),
        ({"decision": "valider"}, ["En quelle qualité validez-vous ? : Cochez la qualité en laquelle vous validez."]),
        (
            {"decision": "valider", "qualite": "CURIEUX"},
            ["En quelle qualité validez-vous ? : Cette qualité n&#x27;est pas proposée pour cette facture."],
        ),
        ({"decision": "valider", "qualite": "COTRAITANT"}, ["Désignez le mandataire du groupement"]),
        (
            {"decision": "refuser"},
            ["Motif du refus : Choisissez le motif du refus.", "10 caractères au moins (0 caractère saisi)"],
        ),
        (
            {"decision": "refuser", "motif": "MONTANT_ERR", "complement": "Montant faux."},
            ["Ce motif n&#x27;est pas proposé"],
        ),
        ({"decision": "refuser", "motif": MAUVAIS, "complement": "court"}, ["(5 caractères saisis)"]),
        ({"decision": "refuser", "motif": MAUVAIS, "complement": "x" * 256}, ["256 caractères saisis, 255 au plus"]),
        ({"decision": "valider", "qualite": "COTRAITANT", "valideur_2": "abc"}, ["dans la liste"]),
    ],
)
def test_ce_qui_manque_se_dit_et_la_saisie_reste(circuit, titulaire, saisis, attendus):
    facture = circuit.deposer()
    reponse = titulaire.post(url("a_valider_repondre", facture.pk), champs(circuit, facture, **saisis))
    assert reponse.status_code == 422
    lues = " | ".join(erreurs(reponse))
    assert all(attendu in lues for attendu in attendus), lues
    assert len(erreurs(reponse)) == len(attendus)
    assert saisis.get("complement", "") in reponse.content.decode()
    assert circuit.lue(facture.pk).statut == S.A_VALIDER_1


def test_valider_demande_confirmation_puis_part(circuit, titulaire):
    facture = circuit.deposer()
    question = titulaire.post(
        url("a_valider_repondre", facture.pk), accord(circuit, facture, etape="enregistrer", complement="Conforme.")
    )
    page = texte(question)
    assert question.status_code == 200
    assert "Elle est transmise à son destinataire, COMMUNE DE VALMORAN." in page
    assert "Confirmer la validation" in page
    assert 'name="complement" value="Conforme."' in page
    assert circuit.lue(facture.pk).statut == S.A_VALIDER_1, "rien n'est écrit avant la confirmation"
    fin = titulaire.post(url("a_valider_repondre", facture.pk), accord(circuit, facture, complement="Conforme."))
    assert (fin.status_code, fin["Location"]) == (302, url("a_valider_synthese"))
    assert "Votre réponse est enregistrée" in texte(titulaire.get(fin["Location"]))
    circuit.router()
    assert circuit.statuts(facture) == [S.DEPOSEE, S.A_VALIDER_1, S.VALIDEE_1, *TRANSMISE]


@pytest.mark.parametrize(
    ("regime", "cadre", "motif", "phrase"),
    [
        (Regime.HISTORIQUE, Cadre.A9, AUTRE_MOTIF, "Elle s&#x27;arrête là"),
        (Regime.REFORME_2026, Cadre.A9, AUTRE_MOTIF, "avec ce commentaire : c&#x27;est lui qui décide"),
        (Regime.REFORME_2026, Cadre.A12, AUTRE_MOTIF, "un avoir, puis une nouvelle facture"),
        (Regime.HISTORIQUE, Cadre.A9, MAUVAIS, "qui choisit un autre valideur"),
    ],
)
def test_refuser_dit_ce_qui_suivra(circuit, titulaire, regime, cadre, motif, phrase):
    Cohort.objects.filter(pk=circuit.cohort.pk).update(regime=regime)
    circuit.cohort.refresh_from_db()
    facture = circuit.deposer(cadre=cadre)
    question = titulaire.post(
        url("a_valider_repondre", facture.pk), refus(circuit, facture, motif=motif, etape="enregistrer")
    )
    assert phrase in texte(question)
    assert "Confirmer le refus" in texte(question)
    titulaire.post(url("a_valider_repondre", facture.pk), refus(circuit, facture, motif=motif))
    attendu = S.ERREUR_FOURNISSEUR_SUR_VALIDEUR if motif == MAUVAIS else S.REFUSEE_1
    assert circuit.statuts(facture)[2] == attendu


def test_l_accord_explique_sous_la_reforme(circuit, titulaire):
    Cohort.objects.filter(pk=circuit.cohort.pk).update(regime=Regime.REFORME_2026)
    circuit.cohort.refresh_from_db()
    facture = circuit.deposer()
    page = titulaire.get(url("a_valider_repondre", facture.pk))
    assert "obligatoire aussi pour valider" in texte(page)
    reponse = titulaire.post(url("a_valider_repondre", facture.pk), accord(circuit, facture))
    assert reponse.status_code == 422
    assert "Complément d&#x27;information : Obligatoire pour valider" in erreurs(reponse)[0]
    titulaire.post(url("a_valider_repondre", facture.pk), accord(circuit, facture, complement="Conforme."))
    assert S.VALIDEE_1 in circuit.statuts(facture)


def test_modifier_ma_reponse_garde_la_saisie_sans_erreur(circuit, titulaire):
    facture = circuit.deposer()
    reponse = titulaire.post(url("a_valider_repondre", facture.pk), refus(circuit, facture, etape="modifier"))
    assert reponse.status_code == 200
    assert "TVA facturée à tort." in reponse.content.decode()
    assert erreurs(reponse) == []


def test_un_cotraitant_cherche_et_designe_le_mandataire(circuit, titulaire):
    facture = circuit.deposer()
    adresse = url("a_valider_repondre", facture.pk)
    siret = factories.siret_du_poste
    fragment = titulaire.get(adresse, {"recherche": siret(3)}, headers={"HX-Request": "true"})
    assert 'id="resultats-valideur"' in fragment.content.decode()
    assert "<h1" not in fragment.content.decode()
    assert "OSTREVAL PLÂTRERIE" in texte(fragment)
    for exclue in (siret(1), siret(2), "zzzz", "??"):
        fragment = titulaire.get(adresse, {"recherche": exclue}, headers={"HX-Request": "true"})
        assert "Aucune structure active" in texte(fragment), exclue
    sans_script = titulaire.post(
        adresse, accord(circuit, facture, qualite=Qualite.COTRAITANT, recherche=siret(3), etape="chercher")
    )
    assert f'name="valideur_2" value="{circuit.mandataire.pk}"' in texte(sans_script)
    assert sans_script.content.decode().count("checked") == 2, "réponse et qualité restent cochées"
    choisi = accord(circuit, facture, qualite=Qualite.COTRAITANT, valideur_2=circuit.mandataire.pk)
    question = titulaire.post(adresse, choisi | {"etape": "enregistrer"})
    assert "Elle part chez OSTREVAL PLÂTRERIE, valideur 2" in texte(question)
    change = titulaire.post(adresse, choisi | {"etape": "changer"})
    assert 'name="recherche"' in texte(change)
    titulaire.post(adresse, choisi)
    circuit.router()
    lue = circuit.lue(facture.pk)
    assert (lue.statut, lue.valideur_2_id) == (S.A_VALIDER_2, circuit.mandataire.pk)


def test_un_mandataire_impossible(circuit, titulaire):
    facture = circuit.deposer()
    inactive = factories.publique(circuit.cohort, factories.INACTIVE)
    for pk, message in [
        (circuit.fournisseur.pk, "ne peut pas être le fournisseur"),
        (circuit.titulaire.pk, "votre propre structure"),
        (inactive.pk, "inconnu"),
    ]:
        reponse = titulaire.post(
            url("a_valider_repondre", facture.pk),
            accord(circuit, facture, qualite=Qualite.COTRAITANT, valideur_2=pk),
        )
        assert reponse.status_code == 422
        assert message in erreurs(reponse)[0]


def test_un_mandataire_public_avertit(circuit, titulaire):
    """D-37."""
    facture = circuit.deposer()
    choisi = accord(circuit, facture, qualite=Qualite.COTRAITANT, valideur_2=circuit.destinataire.pk)
    question = titulaire.post(url("a_valider_repondre", facture.pk), choisi | {"etape": "enregistrer"})
    assert "personne ne validera" in texte(question)
    assert titulaire.post(url("a_valider_repondre", facture.pk), choisi).status_code == 302


# --- somebody else was faster


def test_double_clic_une_seule_reponse(circuit, titulaire):
    facture = circuit.deposer()
    page = accord(circuit, facture)
    for routee in (False, True):
        reponse = titulaire.post(url("a_valider_repondre", facture.pk), page)
        assert (reponse.status_code, reponse["Location"]) == (302, url("a_valider_synthese"))
        if routee:
            continue
        circuit.router()
    assert circuit.statuts(facture).count(S.VALIDEE_1) == 1


def test_un_collegue_a_repondu_avant_moi(circuit, titulaire):
    facture = circuit.deposer()
    page = refus(circuit, facture)
    autre, _ = collegue(circuit, circuit.titulaire, "hugo")
    autre.post(url("a_valider_repondre", facture.pk), accord(circuit, facture))
    reponse = titulaire.post(url("a_valider_repondre", facture.pk), page)
    assert reponse.status_code == 409
    assert "Nadia Poste02 l&#x27;a passée au statut « Validée 1 » le 07/12/2026 à 09:00" in texte(reponse)
    assert S.REFUSEE_1 not in circuit.statuts(facture)


def test_la_facture_en_route_ne_disparait_pas_pour_celui_qui_repond(circuit, titulaire):
    """Between its validation and its arrival, for a second or two."""
    facture = factories.facture(
        circuit.fournisseur,
        circuit.destinataire,
        statut=S.EN_COURS_ACHEMINEMENT,
        cadre=Cadre.A9,
        valideur=circuit.titulaire,
    )
    page = {"vu": S.A_VALIDER_1, "decision": "valider", "qualite": "TITULAIRE", "etape": "confirmer", "demande": "1"}
    reponse = titulaire.post(url("a_valider_repondre", facture.pk), page)
    assert reponse.status_code == 409
    assert "En cours d&#x27;acheminement" in texte(reponse)
    suite = titulaire.get(url("a_valider_repondre", facture.pk))
    assert (suite.status_code, suite["Location"]) == (302, url("a_valider_synthese"))


def test_un_brouillon_qui_me_nomme_reste_secret(circuit, titulaire):
    brouillon = factories.brouillon(
        circuit.fournisseur, circuit.destinataire, cadre=Cadre.A9, valideur=circuit.titulaire
    )
    assert titulaire.get(url("a_valider_repondre", brouillon.pk)).status_code == 404


def test_le_delai_echu_refuse_la_reponse(circuit, titulaire):
    facture = circuit.deposer()
    page = accord(circuit, facture)
    with circuit.cohort.monde():
        Validation.objects.update(echeance=circuit.cohort.simulated_now() - timedelta(seconds=1))
    assert "Le délai a pris fin" in texte(titulaire.get(url("a_valider_repondre", facture.pk)))
    reponse = titulaire.post(url("a_valider_repondre", facture.pk), page)
    assert reponse.status_code == 409
    assert "réputée acceptée" in texte(reponse)


def test_hors_de_mon_tour(circuit, navigateurs):
    facture = circuit.deposer()
    page = refus(circuit, facture)
    circuit.repondre(facture, Action.VALIDER, qualite=Qualite.COTRAITANT, valideur_2=circuit.mandataire.pk)
    adresse = url("a_valider_repondre", facture.pk)
    assert navigateurs[2].get(adresse)["Location"] == url("a_valider_facture", facture.pk)
    facture = circuit.lue(facture.pk)
    reponse = navigateurs[2].post(adresse, page | {"vu": facture.statut})
    assert reponse.status_code == 409
    assert "attend maintenant la réponse de OSTREVAL PLÂTRERIE, valideur 2" in texte(reponse)
    question = navigateurs[3].get(adresse)
    assert "vous désigne comme valideur 2, mandataire du groupement" in texte(question)
    assert "Vous êtes titulaire" not in texte(question)
    navigateurs[3].post(adresse, accord(circuit, facture, qualite=Qualite.MANDATAIRE))
    circuit.router()
    assert circuit.lue(facture.pk).statut == S.MISE_A_DISPOSITION
    assert navigateurs[3].get(adresse)["Location"] == url("a_valider_facture", facture.pk)


def test_une_saisie_forgee_ne_casse_rien(circuit, titulaire):
    facture = circuit.deposer()
    reponse = titulaire.post(
        url("a_valider_repondre", facture.pk),
        {"decision": "valider", "qualite": "TITULAIRE", "etape": "confirmer", "demande": "9" * 40, "valideur_2": "²"},
    )
    assert reponse.status_code == 422


# --- the explanation


@pytest.mark.parametrize(
    ("regime", "phrase"),
    [(Regime.HISTORIQUE, "La facture s'arrête. Son"), (Regime.REFORME_2026, "c'est lui qui décide")],
)
def test_le_circuit_s_explique_selon_le_regime(circuit, navigateurs, regime, phrase):
    Cohort.objects.filter(pk=circuit.cohort.pk).update(regime=regime)
    page = texte(navigateurs[2].get(url("a_valider_circuit")))
    assert phrase in page
    assert Regime(regime).label in page
    assert "15 jours" in page


def test_le_circuit_montre_ou_en_sont_mes_factures(circuit, navigateurs):
    facture = circuit.deposer(numero="MIENNE")
    circuit.repondre(facture, Action.MAUVAIS_VALIDEUR, complement="Ce marché n'est pas le nôtre.")
    page = texte(navigateurs[1].get(url("a_valider_circuit")))
    assert "MIENNE" in page
    assert "Doit choisir un autre valideur" in page
    assert "Ce marché n&#x27;est pas le nôtre." in page
    assert url("corriger_valideur", facture.pk) in page
    for autre in (navigateurs[2], navigateurs[3]):
        assert "MIENNE" not in texte(autre.get(url("a_valider_circuit")))


def test_le_circuit_a_requetes_constantes(circuit, navigateurs):
    def requetes():
        with CaptureQueriesContext(connection) as vues:
            page = texte(navigateurs[1].get(url("a_valider_circuit")))
        return len(vues), page.count('class="circuit"')

    circuit.deposer(numero="UNE")
    une, _ = requetes()
    for rang in range(5):
        circuit.deposer(numero=f"AUTRE-{rang}")
    assert requetes() == (une, 6)


def test_le_circuit_sans_aucun_droit(circuit):
    qui = factories.compte(circuit.cohort, 1, login_email="nouveau@session.example")
    page = texte(connecter(client_au_poste(circuit.cohort), qui).get(url("a_valider_circuit")))
    assert "Circuit de validation" in page
    assert url("a_valider_synthese") not in page


def test_rien_de_l_autre_session(circuit, autre_client, autre_cohort):
    autre = monter_ailleurs(autre_cohort)
    assert autre.numero not in texte(connecte(circuit, 2).get(url("a_valider_synthese")))
    with autre_cohort.monde():
        assert LignePoste.objects.filter(facture=autre).exists()


def connecte(circuit, place):
    return connecter(client_au_poste(circuit.cohort, place), circuit.comptes[place])


def monter_ailleurs(cohort):
    entreprise = factories.structure(cohort, 5)
    valideur = factories.structure(cohort, 6)
    return factories.facture(
        entreprise,
        factories.publique(cohort),
        numero="SECRETE",
        statut=S.A_VALIDER_1,
        cadre=Cadre.A9,
        valideur=valideur,
    )
