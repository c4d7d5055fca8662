"""How a flow moves: its delay, the incidents of a trainer, what is read once (api.md A-07, A-08)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from invoices.enums import EtatElement, EtatFlux, Statut
from invoices.formats.cii import ecrire_cii
from invoices.models import ElementFlux, Facture
from invoices.services import compte_rendu, examen, integration, recevabilite
from invoices.services import flux as services
from sandbox import clock
from sandbox.cohorts.models import Cohort
from sandbox.events import engine
from sandbox.events.models import DueEvent
from sandbox.mail.models import Message
from tests.invoices.core.conftest import FACTURE
from tests.invoices.core.test_flux_lots import zip_de


@pytest.fixture(autouse=True)
def _rien_de_lu(monkeypatch):
    """What other tests have read is not waited for here."""
    monkeypatch.setattr(recevabilite, "lus_en_attente", recevabilite.LusEnAttente())


def cii(**champs):
    return ecrire_cii(replace(FACTURE, **champs))


def lot(nombre=3):
    return zip_de(**{f"{n}.xml": cii(numero=f"L-{n}") for n in range(nombre)})


@pytest.fixture
def deposer(compte, structure, cohort):
    def faire(contenu, nom="lot.zip", **champs):
        with cohort.monde():
            return services.deposer_flux(
                cohort, compte=compte, fournisseur=structure, nom=nom, contenu=contenu, place=1, **champs
            )

    return faire


@pytest.fixture
def jouer(deposer, cohort):
    """Deposit, then let the engine do all that is due for a minute; the flow, read again."""

    def faire(contenu, nom="lot.zip", **champs):
        flux = deposer(contenu, nom, **champs)
        engine.advance(cohort, cohort.simulated_now() + timedelta(minutes=1))
        with cohort.monde():
            flux.refresh_from_db()
            flux.recus = list(flux.elements.all())
        return flux

    return faire


# --- the delay of the session


@pytest.mark.parametrize("delai", [0, 5, 600])
def test_le_delai_est_celui_de_la_session(deposer, cohort, monkeypatch, delai):
    instant = clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: instant)
    Cohort.objects.filter(pk=cohort.pk).update(delai_flux=delai)
    cohort.refresh_from_db()
    deposer(cii(), "facture.xml")
    with cohort.monde():
        attentes = {e.kind: (e.reel_le - instant).total_seconds() for e in DueEvent.objects.all()}
    assert attentes == {services.COMMENCER: pytest.approx(0.4 * delai), services.INTEGRER: delai}


def test_sans_delai_le_flux_est_traite_au_premier_passage(deposer, cohort):
    Cohort.objects.filter(pk=cohort.pk).update(delai_flux=0)
    cohort.refresh_from_db()
    flux = deposer(cii(), "facture.xml")
    bilan = engine.play_due(cohort)
    assert (bilan.effets["En cours de traitement"], bilan.effets["Flux intégré"]) == (1, 1)
    with cohort.monde():
        flux.refresh_from_db()
        assert Facture.objects.get().statut == Statut.DEPOSEE
    assert flux.etat == EtatFlux.INTEGRE
    assert flux.commence_le is not None


# --- incidents


@pytest.mark.parametrize(("contenu", "nom"), [(cii(), "facture.xml"), (lot(), "lot.zip")], ids=["seule", "lot"])
def test_un_flux_incidente_n_integre_rien(jouer, cohort, contenu, nom):
    flux = jouer(contenu, nom, incident=EtatFlux.INCIDENTE)
    assert (flux.etat, flux.etat_final, flux.recus) == (EtatFlux.INCIDENTE, True, [])
    with cohort.monde():
        assert not Facture.objects.exists()
        message = Message.objects.get(type="N9")
        detail = compte_rendu.detaille(flux)
    (erreur,) = detail["listeErreurTechnique"]
    assert (erreur["codeErreur"], detail["etatCourantDepotFlux"]) == ("INCIDENT", "IN_INCIDENTE")
    assert "deposez a nouveau le flux entier" in erreur["libelleErreur"]
    assert detail["listeErreurDP"] == []
    assert message.objet.endswith("– Incidenté")
    assert "déposez à nouveau le flux entier, sans rien y changer" in message.corps
    assert jouer(contenu, nom).etat == EtatFlux.INTEGRE, "the same file may be sent again"


def test_un_flux_integre_partiellement_par_incident(jouer, cohort):
    flux = jouer(lot(), incident=EtatFlux.INTEGRE_PARTIEL)
    assert flux.etat == EtatFlux.INTEGRE_PARTIEL
    (refusee,) = [e for e in flux.recus if e.etat == EtatElement.REJETEE]
    assert [c["code"] for c in refusee.refus] == ["INCIDENT"]
    with cohort.monde():
        assert Facture.objects.count() == 2
        (erreur,) = compte_rendu.detaille(flux)["listeErreurDP"]
    assert erreur["numeroDP"] == refusee.numero
    assert erreur["libelleErreurDP"] == (
        "La facture n'a pas pu etre integree : incident de traitement simule par le formateur. Elle n'a pas de defaut."
    )
    seule = jouer(cii(numero=refusee.numero), "facture.xml")
    assert seule.etat == EtatFlux.INTEGRE, "its number may serve again"


def test_la_facture_refusee_par_incident_ne_doit_rien_a_l_ordre(deposer, cohort):
    flux = deposer(lot(7), incident=EtatFlux.INTEGRE_PARTIEL)
    with cohort.monde():
        integration.ouvrir(flux.pk)
        rang = integration._rang_refuse(flux)
        assert 1 <= rang <= 7
        flux.numero = "CPP1"
        assert integration._rang_refuse(flux) == rang
        flux.incident = ""
        assert integration._rang_refuse(flux) == 0


def test_un_flux_d_une_facture_n_a_pas_de_part_a_garder(jouer):
    """Nothing to part: the incident leaves it alone."""
    assert jouer(cii(), "facture.xml", incident=EtatFlux.INTEGRE_PARTIEL).etat == EtatFlux.INTEGRE
    un = zip_de(**{"1.xml": cii(numero="SEULE")})
    assert jouer(un, incident=EtatFlux.INTEGRE_PARTIEL).etat == EtatFlux.INTEGRE


# --- read once, prepared before the transaction


@pytest.fixture
def lectures(monkeypatch):
    """Names of the documents read, in order."""
    vrai, faites = recevabilite.lire_document, []

    def lire(contenu, fichier, *reste, **champs):
        faites.append(fichier)
        return vrai(contenu, fichier, *reste, **champs)

    monkeypatch.setattr(recevabilite, "lire_document", lire)
    return faites


def test_chaque_document_d_un_lot_est_lu_une_fois(jouer, lectures):
    assert jouer(lot()).etat == EtatFlux.INTEGRE
    assert lectures == ["0.xml", "1.xml", "2.xml"]
    assert recevabilite.lus_en_attente.poids == 0


def test_une_facture_seule_est_lue_une_fois(jouer, lectures):
    assert jouer(cii(), "facture.xml").etat == EtatFlux.INTEGRE
    assert lectures == ["facture.xml"]


def test_ce_qu_un_autre_processus_a_lu_est_relu(jouer, lectures, monkeypatch):
    monkeypatch.setattr(recevabilite.LusEnAttente, "MEMOIRE", 0)
    assert jouer(lot()).etat == EtatFlux.INTEGRE
    assert lectures == ["0.xml", "1.xml", "2.xml"] * 2


def test_les_lus_en_attente_sont_bornes_en_memoire_et_en_duree(monkeypatch):
    from invoices.syntaxes import CII

    lu = recevabilite.lire_document(cii(), "f.xml", CII, strict=False)
    lus = recevabilite.LusEnAttente()
    instant = [0.0]
    monkeypatch.setattr(recevabilite.time, "monotonic", lambda: instant[0])
    monkeypatch.setattr(recevabilite.LusEnAttente, "MEMOIRE", 2 * lus.FOIS * lu.taille_xml)
    cles = [(str(n), "f.xml", CII.code, False) for n in range(4)]
    for cle in cles[:3]:
        lus.garder(cle, lu)
    lus.garder(cles[0], lu)
    assert lus.poids == lus.MEMOIRE
    assert lus.rendre(cles[2]) is None
    assert lus.rendre(cles[0]) is lu
    assert lus.rendre(cles[0]) is None
    instant[0] = lus.DUREE + 1
    lus.garder(cles[3], lu)
    assert lus.rendre(cles[1]) is None
    assert lus.rendre(cles[3]) is lu
    assert lus.poids == 0


def test_la_norme_est_controlee_hors_de_la_transaction(jouer, monkeypatch, cohort):
    """SQLite has one writer: Saxon must not hold it."""
    from sandbox.events import registry

    vrai, dehors = examen.valider_en16931, []
    en_cours = []
    for kind in (services.ELEMENT, services.INTEGRER):
        avant = registry.kind(kind)

        def play(event, avant=avant):
            en_cours.append(event)
            try:
                return avant.play(event)
            finally:
                en_cours.pop()

        monkeypatch.setitem(registry._kinds, kind, replace(avant, play=play))

    def valider(document):
        dehors.append(not en_cours)
        return vrai(document)

    monkeypatch.setattr(examen, "valider_en16931", valider)
    assert jouer(lot(2)).etat == EtatFlux.INTEGRE
    assert jouer(cii(numero="S-1"), "facture.xml").etat == EtatFlux.INTEGRE
    assert dehors == [True] * 3


def test_une_facture_de_plus_dans_une_tranche_ne_coute_que_ses_ecritures(
    deposer, cohort, django_assert_max_num_queries
):
    flux = deposer(lot(9))
    with cohort.monde():
        integration.ouvrir(flux.pk, integration.recevoir(flux.pk))
        (premier,) = DueEvent.objects.filter(kind=services.ELEMENT).values_list("cible", flat=True)
        with django_assert_max_num_queries(11):
            tranche = integration.charger(premier)
            integration.examiner(tranche)
        with django_assert_max_num_queries(10 + 9 * 15):
            assert integration.integrer_tranche(premier, tranche) == integration.TRAITEES
        assert Facture.objects.count() == 9
        assert DueEvent.objects.filter(kind="invoices.acheminer").count() == 9


@pytest.mark.parametrize("nombre", [10, 11])
def test_un_lot_se_partage_en_tranches(jouer, cohort, nombre):
    flux = jouer(lot(nombre))
    assert (flux.etat, len(flux.recus)) == (EtatFlux.INTEGRE, nombre)
    with cohort.monde():
        assert DueEvent.objects.filter(kind=services.ELEMENT).count() == (nombre + 9) // 10


def test_une_panne_imprevue_ne_refuse_qu_une_facture(deposer, jouer, cohort, monkeypatch):
    """A fault of ours, on the second one of the slice."""
    vrai = integration.creer

    def casser(flux, element, *reste):
        if element.rang == 2:
            raise RuntimeError("imprévu")
        return vrai(flux, element, *reste)

    monkeypatch.setattr(integration, "creer", casser)
    flux = jouer(lot(3))
    assert flux.etat == EtatFlux.INTEGRE_PARTIEL
    assert [(e.etat, [c["code"] for c in e.refus]) for e in flux.recus] == [
        (EtatElement.INTEGREE, []),
        (EtatElement.REJETEE, ["IRR_EXTRAC"]),
        (EtatElement.INTEGREE, []),
    ]
    with cohort.monde():
        assert Facture.objects.count() == 2
        assert DueEvent.objects.filter(kind="invoices.acheminer").count() == 2
        assert not DueEvent.objects.exclude(echec="").exists()


def test_charger_passe_les_flux_clos_et_les_elements_absents(jouer, cohort):
    flux = jouer(lot(2))
    with cohort.monde():
        assert integration.charger(flux.recus[0].pk) is None
        assert integration.charger(10**9) is None
        assert integration.recevoir(flux.pk) is None
        assert integration.integrer_tranche(10**9) is None


def test_une_tache_et_une_reception_se_nomment(deposer, cohort):
    flux = deposer(lot(2))
    with cohort.monde():
        reception = integration.recevoir(flux.pk)
        integration.ouvrir(flux.pk, reception)
        premier = ElementFlux.objects.first().pk
        tranche = integration.charger(premier)
        assert integration.integrer_tranche(premier) == integration.TRAITEES
        assert integration.integrer_tranche(premier) is None
    assert str(reception) == str(tranche) == flux.numero
    assert str(integration.Tranche([])) == ""
