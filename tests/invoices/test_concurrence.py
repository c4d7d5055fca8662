"""Several at once on the same invoice: one wins, the other is told who did what (factures.md §4, §5, §7).

Each query waits a little at random: the browsers really cross. PostgreSQL only, since SQLite has one writer.
"""

import io
import zipfile
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from accounts.profils import Profil
from formation.services import exercices
from invoices.enums import EtatElement, Statut, TypeFacture
from invoices.formats.cii import ecrire_cii
from invoices.models import (
    ActionUtilisateur,
    ElementFlux,
    EvenementComplementaire,
    Facture,
    Flux,
    HistoriqueStatut,
    PieceJointe,
    Telechargement,
    Validation,
)
from invoices.services import flux, telechargements
from sandbox.cohorts.models import Cohort, Participant
from sandbox.events import engine
from sandbox.events.models import DueEvent
from sandbox.snapshots import services as instantanes
from structures.enums import Role
from tests import factories
from tests.conftest import client_au_poste, connecter
from tests.invoices.core.circuits import monter
from tests.invoices.core.conftest import FACTURE
from tests.invoices.views.conftest import url
from tests.structures.test_concurrence import TOURS, ensemble, sans_panne

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="la base SQLite des essais est en mémoire"),
]
S = Statut


class Scene:
    """Seat 1 issues, two agents of the recipient answer, a colleague of seat 1 in another browser."""

    def __init__(self):
        self.cohort = factories.cohort()
        self.compte = factories.compte(self.cohort)
        self.structure = factories.structure(self.cohort)
        factories.rattachement(self.compte, self.structure)
        factories.mandat(self.structure)
        self.collegue = factories.compte(self.cohort, 2, prenom="Hugo")
        factories.rattachement(self.collegue, self.structure, role=Role.UTILISATEUR)
        self.valmoran = factories.publique(self.cohort)
        self.agents = [self._agent(nom) for nom in ("Aline", "Bruno")]
        self.numero = 0

    def _agent(self, prenom):
        qui = factories.compte(self.cohort, 3, prenom=prenom, login_email=f"{prenom.lower()}@valmoran.example")
        factories.rattachement(qui, self.valmoran, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
        return qui

    def facture(self, statut=S.MISE_A_DISPOSITION, **champs):
        self.numero += 1
        return factories.facture(
            self.structure,
            self.valmoran,
            statut=statut,
            compte=self.compte,
            depuis=self.cohort.simulated_now(),
            **({"numero": f"F-{self.numero}", "cle_envoi": f"{self.numero}"} | champs),
        )

    def poster(self, compte, nom, *args, **champs):
        client = connecter(client_au_poste(self.cohort, compte.place), compte)
        client.raise_request_exception = False

        def jouer():
            reponse = client.post(url(nom, *args), champs)
            reponse.close()  # a file that is sent piece by piece
            return reponse

        return jouer

    def traiter(self, agent, factures, statut, **champs):
        """What the confirmation page of these invoices sends, as it was read now."""
        vus = {f"vu-{f.pk}": f"{f.statut}:{self.lignes(f)[-1].pk}" for f in factures}
        ids = [f.pk for f in factures]
        return self.poster(agent, "recues_traiter", factures=ids, statut=statut, etape="confirmer", **vus, **champs)

    def lignes(self, facture):
        with self.cohort.monde():
            return list(HistoriqueStatut.objects.filter(facture=facture).order_by("pk"))

    def lue(self, facture):
        with self.cohort.monde():
            return Facture.objects.get(pk=facture.pk)

    def compter(self, modele, **filtre):
        with self.cohort.monde():
            return modele.objects.filter(**filtre).count()

    def dans_le_monde(self, geste):
        """A worker: its own session object, its own world."""

        def jouer():
            cohort = Cohort.objects.get(pk=self.cohort.pk)
            with cohort.monde():
                return geste(cohort)

        return jouer

    def remise_a_zero(self):
        return lambda: instantanes.reset_place(Cohort.objects.get(pk=self.cohort.pk), 1)

    def sans_echec(self):
        with self.cohort.monde():
            assert not list(DueEvent.objects.exclude(echec="").values_list("kind", "echec"))


@pytest.fixture
def scene(transactional_db):
    return Scene()


def texte(reponse):
    return reponse.content.decode().replace("&#x27;", "'")


def test_deux_agents_traitent_la_meme_facture(scene):
    aline, bruno = scene.agents
    for _ in range(TOURS):
        facture = scene.facture()
        rejet = {"motif": "MONTANT_ERR", "commentaire": "Le montant est faux."}
        reponses = ensemble(
            scene.traiter(aline, [facture], S.SERVICE_FAIT), scene.traiter(bruno, [facture], S.REJETEE, **rejet)
        )
        codes = sans_panne(reponses)
        assert sorted(codes) == [302, 409]
        gagnant = "Aline" if codes[0] == 302 else "Bruno"
        assert gagnant in texte(reponses[codes.index(409)])
        assert len(scene.lignes(facture)) == 4


def test_un_lot_croise_un_autre_lot_et_une_facture_seule(scene):
    """The same invoices ticked in both orders: neither waits for the other for ever."""
    aline, bruno = scene.agents
    for _ in range(TOURS):
        factures = [scene.facture() for _ in range(4)]
        suspension = {"motif": "JUSTIF_ABS", "commentaire": "Bon de livraison manquant."}
        codes = sans_panne(
            ensemble(
                scene.traiter(aline, factures, S.SERVICE_FAIT),
                scene.traiter(bruno, factures[::-1], S.SUSPENDUE, **suspension),
                scene.traiter(bruno, [factures[1]], S.MANDATEE),
            )
        )
        assert set(codes) <= {200, 302, 409}
        assert [len(scene.lignes(f)) for f in factures] == [4] * 4


def test_la_facture_et_son_avoir_traites_ensemble(scene):
    aline, bruno = scene.agents
    for _ in range(TOURS):
        facture = scene.facture()
        avoir = scene.facture(type_facture=TypeFacture.AVOIR, numero_facture_origine=facture.numero)
        rejet = {"motif": "MONTANT_ERR", "commentaire": "Le montant est faux."}
        codes = sans_panne(
            ensemble(
                scene.traiter(aline, [facture], S.REJETEE, **rejet),
                scene.traiter(bruno, [avoir], S.PRISE_EN_COMPTE_DESTINATAIRE),
            )
        )
        assert set(codes) <= {302, 409}
        assert scene.lue(facture).statut == S.REJETEE or codes[0] == 409


def test_le_meme_double_clic_n_ecrit_qu_une_ligne(scene):
    aline, _ = scene.agents
    facture = scene.facture()
    assert sans_panne(ensemble(*[scene.traiter(aline, [facture], S.SERVICE_FAIT) for _ in range(3)])) == [302] * 3
    assert len(scene.lignes(facture)) == 4


# --- validation


def test_le_valideur_repond_pendant_que_son_silence_est_constate(transactional_db):
    """T12 and an answer at the same instant, the second validator named by it: his own delay is whole."""
    for tour in range(TOURS):
        circuit = monter(factories.cohort())
        cohort = circuit.cohort
        facture = circuit.deposer(numero=f"S-{tour}")
        (demande,) = circuit.demandes(facture)
        client = connecter(client_au_poste(cohort, 2), circuit.comptes[2])
        client.raise_request_exception = False
        champs = {
            "vu": facture.statut,
            "demande": demande.pk,
            "etape": "confirmer",
            "decision": "valider",
            "qualite": "COTRAITANT",
            "valideur_2": circuit.mandataire.pk,
        }

        def repondre(client=client, facture=facture, champs=champs):
            return client.post(url("a_valider_repondre", facture.pk), champs)

        def constater(pk=cohort.pk, limite=demande.echeance):
            engine.advance(Cohort.objects.get(pk=pk), limite)

        reponse, _ = ensemble(repondre, constater)
        assert reponse.status_code in (302, 409), reponse
        lue = circuit.lue(facture.pk)
        with cohort.monde():
            assert not list(DueEvent.objects.exclude(echec="").values_list("kind", "echec"))
            demandes = list(Validation.objects.filter(facture=facture).order_by("pk"))
        assert demandes[0].decision == ("VALIDEE" if reponse.status_code == 302 else "SILENCE")
        if reponse.status_code == 302:
            assert (lue.statut, [d.decision for d in demandes[1:]]) == (S.A_VALIDER_2, [""])


# --- what the supplier does of it


def test_recycler_deux_fois(scene):
    for _ in range(TOURS):
        facture = scene.facture(S.A_RECYCLER)
        champs = {
            "destinataire": scene.valmoran.pk,
            "code_service": "",
            "numero_engagement": "E-1",
            "commentaire": "Corrigé",
            "vu": S.A_RECYCLER,
            "action": "confirmer",
        }
        codes = sans_panne(
            ensemble(*[scene.poster(q, "recycler", facture.pk, **champs) for q in (scene.compte, scene.collegue)])
        )
        assert sorted(codes) == [302, 409]
        assert scene.lue(facture).recyclages == 1
        assert scene.compter(EvenementComplementaire, facture=facture) == 1


def test_completer_deux_fois_pendant_un_rejet_et_un_depot(scene):
    """The deposit of a flow by the same account locks it: no crossing with the trace of the completion."""
    aline, _ = scene.agents
    for tour in range(TOURS):
        facture = scene.facture(S.SUSPENDUE)
        rejet = {"motif": "MONTANT_ERR", "commentaire": "Le montant est faux."}
        contenu = ecrire_cii(replace(FACTURE, numero=f"C-{tour}"))

        def depot(cohort, contenu=contenu):
            return flux.deposer_flux(
                cohort, compte=scene.compte, fournisseur=scene.structure, nom="f.xml", contenu=contenu, place=1
            )

        gestes = [
            scene.poster(
                qui,
                "completer",
                facture.pk,
                vu=S.SUSPENDUE,
                commentaire="Voici.",
                pieces_jointes=SimpleUploadedFile(f"{qui.prenom}.pdf", b"%PDF-1.7 bon de livraison"),
                piece_type="BON_LIVRAISON",
                confirme="on",
            )
            for qui in (scene.compte, scene.collegue)
        ]
        *reponses, depose = ensemble(
            *gestes, scene.traiter(aline, [facture], S.REJETEE, **rejet), scene.dans_le_monde(depot)
        )
        codes = sans_panne(reponses)
        assert isinstance(depose, Flux), depose
        statuts = [ligne.statut for ligne in scene.lignes(facture)[4:]]
        assert statuts in ([S.COMPLETEE], [S.REJETEE], [S.COMPLETEE, S.REJETEE]), codes
        assert codes[:2].count(302) == statuts.count(S.COMPLETEE)
        assert scene.compter(PieceJointe, facture=facture, principale=False) == statuts.count(S.COMPLETEE)


def test_acquitter_traiter_le_rejet_et_dupliquer_plusieurs_fois(scene):
    factures = [scene.facture(S.REJETEE) for _ in range(3)]
    ids, a_l_envers = [f.pk for f in factures], [f.pk for f in factures[::-1]]
    gens = (scene.compte, scene.collegue)
    sans_panne(
        ensemble(
            *[scene.poster(q, "acquitter", action="tout") for q in gens],
            *[scene.poster(q, "acquitter", factures=a_l_envers) for q in gens],
            *[scene.poster(q, "traiter_rejets", factures=ids) for q in gens],
        )
    )
    codes = ActionUtilisateur.Code
    assert scene.compter(ActionUtilisateur, code=codes.TRAITEMENT_REJET) == 3
    with scene.cohort.monde():
        acquittees = list(ActionUtilisateur.objects.filter(code=codes.ACQUITTEMENT_REJET).values_list("facture"))
    assert len(acquittees) == len(set(acquittees))
    reponses = ensemble(*[scene.poster(scene.compte, "dupliquer", ids[0], cle="page-1") for _ in range(3)])
    assert sans_panne(reponses) == [302] * 3
    assert len({r.url for r in reponses}) == 1
    assert scene.compter(Facture, statut=S.BROUILLON) == 1


# --- flows and downloads


def _flux(scene, numero, nom):
    with scene.cohort.monde():
        return flux.deposer_flux(
            scene.cohort,
            compte=scene.compte,
            fournisseur=scene.structure,
            nom=nom,
            contenu=ecrire_cii(replace(FACTURE, numero=numero)) + f"<!-- {nom} -->".encode(),
            place=1,
        )


def test_deux_flux_portent_le_meme_numero_et_chacun_est_integre_par_deux_workers(scene):
    for tour in range(TOURS):
        recus = [_flux(scene, f"X-{tour}", f"{lettre}.xml") for lettre in "ab"]
        faits = ensemble(
            *[scene.dans_le_monde(lambda _c, pk=f.pk: flux.integrer(pk) or "déjà") for f in recus for _ in range(2)]
        )
        assert all(isinstance(fait, str) for fait in faits), faits
        assert scene.compter(Facture, numero=f"X-{tour}") == 1
        assert scene.compter(ElementFlux, flux__in=recus, etat=EtatElement.INTEGREE) == 1
        assert scene.compter(ElementFlux, flux__in=recus, etat=EtatElement.REJETEE) == 1


def test_le_meme_fichier_depose_trois_fois_d_un_coup(scene):
    recus = ensemble(*[lambda: _flux(scene, "Y-1", "y.xml").pk for _ in range(3)])
    assert len(set(recus)) == 1, recus


def test_la_meme_archive_demandee_deux_fois_et_fabriquee_deux_fois(scene, monkeypatch):
    monkeypatch.setattr("invoices.tasks.produire_telechargement.delay", lambda *_: None)
    factures = [scene.facture() for _ in range(2)]
    aline, bruno = scene.agents
    champs = {"factures": [f.pk for f in factures], "format": "PDF", "cle": "page-1"}
    codes = sans_panne(
        ensemble(
            *[scene.poster(aline, "recues_telecharger_lot", **champs) for _ in range(2)],
            scene.poster(bruno, "recues_telecharger_lot", **champs | {"factures": champs["factures"][::-1]}),
        )
    )
    assert codes == [302] * 3
    assert scene.compter(EvenementComplementaire, libelle=telechargements.TELECHARGEE) == 2
    with scene.cohort.monde():
        demande = Telechargement.objects.get(compte=aline)

    def fabriquer(travail):
        travail.sortie.write(b"archive")
        travail.avancer(2)
        return "Factures.zip"

    faits = ensemble(
        *[scene.dans_le_monde(lambda _c: telechargements.produire(demande.pk, fabriquer)) for _ in range(2)]
    )
    assert True in faits, faits
    assert all(isinstance(fait, bool) for fait in faits), faits
    with scene.cohort.monde():
        demande.refresh_from_db()
    assert demande.etat == Telechargement.Etat.PRET


def test_trois_travailleurs_se_partagent_des_lots(scene):
    """Each slice is played once, each flow closed after its last invoice, whoever was at it."""
    Cohort.objects.filter(pk=scene.cohort.pk).update(delai_flux=0)
    scene.cohort.refresh_from_db()
    recus = [_lot(scene, f"T{rang}", 25) for rang in range(3)]
    bilans = ensemble(*[lambda: engine.play_due(Cohort.objects.get(pk=scene.cohort.pk))] * 3)
    assert all(isinstance(bilan, engine.Bilan) for bilan in bilans), bilans
    scene.sans_echec()
    with scene.cohort.monde():
        assert {Flux.objects.get(pk=f.pk).etat for f in recus} == {"IN_INTEGRE"}
        assert not DueEvent.objects.filter(kind__contains="flux", etat="prevu").exists()
    assert scene.compter(Facture, flux__in=recus) == 75
    assert scene.compter(HistoriqueStatut, facture__flux__in=recus, statut=S.DEPOSEE) == 75


def _lot(scene, prefixe, nombre):
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as archive:
        for rang in range(nombre):
            archive.writestr(f"{rang}.xml", ecrire_cii(replace(FACTURE, numero=f"{prefixe}-{rang}")))
    with scene.cohort.monde():
        return flux.deposer_flux(
            scene.cohort,
            compte=scene.compte,
            fournisseur=scene.structure,
            nom="lot.zip",
            contenu=sortie.getvalue(),
            place=1,
        )


# --- exercises and resets


def test_un_exercice_ouvert_trois_fois_d_un_coup(scene):
    with scene.cohort.monde():
        poste = Participant.objects.get(numero=1)

    def ouvrir(cohort):
        poste.cohort = cohort
        return exercices.ouvrir(poste, exercices.trouver(cohort, "ex5"))

    assert sorted(ensemble(*[scene.dans_le_monde(ouvrir)] * 3), key=str) == [False, False, True]
    assert scene.compter(Facture, numero="ARB-2026-104") == 1


def test_un_poste_remis_a_zero_pendant_que_l_on_travaille(scene):
    """Nobody fails; what the seat had is gone."""
    aline, _ = scene.agents
    suspendue, rejetee = scene.facture(S.SUSPENDUE), scene.facture(S.REJETEE)
    recue, recyclee = scene.facture(), scene.facture(S.A_RECYCLER)
    recu = _flux(scene, "Z-1", "z.xml")
    *reponses, integre, zero = ensemble(
        scene.traiter(aline, [recue], S.SERVICE_FAIT),
        scene.poster(scene.compte, "completer", suspendue.pk, vu=S.SUSPENDUE, commentaire="Voici.", confirme="on"),
        scene.poster(scene.compte, "acquitter", action="tout"),
        scene.poster(scene.compte, "dupliquer", rejetee.pk, cle="page-1"),
        scene.poster(scene.compte, "recycler", recyclee.pk, vu=S.A_RECYCLER, action="confirmer"),
        scene.poster(aline, "recues_telecharger_lot", factures=[recue.pk], format="PDF", cle="p"),
        lambda: engine.advance(Cohort.objects.get(pk=scene.cohort.pk), scene.cohort.simulated_now()),
        scene.remise_a_zero(),
    )
    sans_panne(reponses)
    assert not isinstance(integre, Exception), integre
    assert zero is None
    scene.sans_echec()
    assert scene.compter(Facture, place=1) == 0
    assert scene.compter(Flux, pk=recu.pk) == 0
