"""Snapshots, restore, reset of a session and of a seat (formation.md CON-9, CON-10)."""

import json
import zlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.enums import EtatCompte
from accounts.models import Compte, Jeton
from formation.services import sessions
from invoices.enums import ModeDepot
from invoices.models import Facture, Flux, LignePoste
from sandbox import clock
from sandbox.cohorts.models import Cohort, Participant, Trace
from sandbox.documents import store
from sandbox.events import engine, horloge
from sandbox.events.models import DueEvent
from sandbox.events.scheduling import Promesse, schedule
from sandbox.mail.models import Message
from sandbox.mail.services import send
from sandbox.snapshots import services, tables
from sandbox.snapshots.models import Snapshot
from structures.models import Structure
from tests import factories

J = timedelta(days=1)


def travailler(cohort, place=1):
    """A seat that has done something: account, structure, mandate, draft, invoice, mail, promise."""
    compte = factories.compte(cohort, place)
    entreprise = factories.structure(cohort, place)
    factories.rattachement(compte, entreprise)
    factories.mandat(entreprise)
    valmoran = factories.publique(cohort)
    factories.brouillon(entreprise, valmoran, compte=compte, numero=f"B-{place}")
    facture = factories.facture(entreprise, valmoran, compte=compte, numero=f"F-{place}")
    with cohort.monde():
        send(cohort, compte.login_email, "Bonjour", "é€\u202f« »", type="essai", place=place)
        schedule(
            cohort,
            Promesse(
                kind="invoices.acheminer",
                cle=f"p{place}",
                du_le=cohort.sim_reference + J,
                cible=facture.pk,
                place=place,
            ),
        )
    return facture


def contenu(cohort):
    return {t.nom: tables.lire(t, cohort.pk) for t in tables.tables()}


def _personnes(place):
    """Portal accounts of a seat that a person uses; inside the world."""
    return Compte.objects.filter(place=place, personnage__isnull=True).exclude(etat=EtatCompte.TECHNIQUE)


def lignes_de(cohort, place):
    """The rows of a seat, in every table."""
    return {
        t.nom: [ligne for ligne in tables.lire(t, cohort.pk) if ligne[t.colonnes.index("place")] == place]
        for t in tables.tables()
    }


# --- taking and restoring


def test_une_session_neuve_est_dans_son_etat_initial(cohort):
    initial = services.initial(cohort)
    assert initial.etat_hash == services.state_hash(cohort)
    assert (initial.nom, initial.simule_le) == ("initial", cohort.sim_reference)
    assert str(initial) == "initial"


def test_restaurer_rend_le_meme_etat(cohort):
    travailler(cohort)
    with cohort.monde():
        pris = services.take(cohort, "avant", "essai")
    assert services.state_hash(cohort) == pris.etat_hash
    avant = contenu(cohort)
    engine.advance(cohort, cohort.sim_reference + 5 * J)
    travailler(cohort, 2)
    assert services.state_hash(cohort) != pris.etat_hash
    services.restore(cohort, pris)
    assert services.state_hash(cohort) == pris.etat_hash
    assert contenu(cohort) == avant


def test_l_empreinte_voit_chaque_colonne_sauf_le_temps_reel(cohort):
    facture = travailler(cohort)
    avant = services.state_hash(cohort)
    with cohort.monde():
        Facture.objects.filter(pk=facture.pk).update(commentaire="autre")
    assert services.state_hash(cohort) != avant
    with cohort.monde():
        Facture.objects.filter(pk=facture.pk).update(commentaire="")
        DueEvent.objects.update(joue_le=clock.real_now(), reel_le=clock.real_now())
    assert services.state_hash(cohort) == avant
    with cohort.monde():
        DueEvent.objects.update(etat="joue")
    assert services.state_hash(cohort) != avant


def test_restaurer_rend_la_date_et_abandonne_le_saut(cohort):
    t = cohort.sim_reference
    with cohort.monde():
        pris = services.take(cohort, "lundi")
    engine.advance(cohort, t + 9 * J)
    horloge.regler(cohort, "accelerated", 30)
    Cohort.objects.filter(pk=cohort.pk).update(cible=t + 50 * J)
    services.restore(cohort, pris)
    assert (cohort.simulated_now(), cohort.horloge_mode, cohort.cible) == (t, "stopped", None)
    assert cohort.wake_at is None


def test_restaurer_une_horloge_en_marche_la_relance_de_sa_date(cohort, monkeypatch):
    horloge.regler(cohort, "accelerated", 24)
    with cohort.monde():
        schedule(cohort, Promesse(kind="invoices.livrer", cle="x", du_le=cohort.simulated_now() + J))
        pris = services.take(cohort, "en marche")
    plus_tard = clock.real_now() + timedelta(hours=5)
    monkeypatch.setattr(clock, "real_now", lambda: plus_tard)
    services.restore(cohort, pris)
    assert cohort.simulated_now() == pris.simule_le
    assert cohort.wake_at is not None
    assert cohort.wake_at > plus_tard


def test_une_page_ouverte_voit_qu_on_a_restaure(cohort):
    avant = cohort.revision
    services.reset(cohort)
    assert cohort.revision > avant


def test_le_meme_nom_remplace(cohort):
    with cohort.monde():
        premier = services.take(cohort, "a")
        travailler(cohort)
        second = services.take(cohort, "a")
        assert Snapshot.objects.filter(nom="a").count() == 1
    assert premier.pk == second.pk
    assert premier.etat_hash != second.etat_hash


def test_les_plus_anciens_s_effacent_sauf_l_initial(cohort, monkeypatch):
    monkeypatch.setattr(services, "GARDES", 3)
    with cohort.monde():
        for n in range(6):
            services.take(cohort, f"n{n}")
        assert list(Snapshot.objects.order_by("pk").values_list("nom", flat=True)) == ["initial", "n3", "n4", "n5"]


def test_un_instantane_d_un_autre_schema_est_refuse(cohort):
    initial = services.initial(cohort)
    initial.schema = "0" * 64
    avant = services.state_hash(cohort)
    with pytest.raises(services.InstantaneIncompatible, match="« initial » vient d'une autre version"):
        services.restore(cohort, initial)
    assert services.state_hash(cohort) == avant
    with cohort.monde():
        Snapshot.objects.update(schema="0" * 64)
    with pytest.raises(services.InstantaneIncompatible):
        services.reset_place(cohort, 1)


def test_le_schema_nomme_toutes_les_tables_et_colonnes(db, monkeypatch):
    nom = tables.schema()
    amputees = tables.tables()[:-1]
    tables.schema.cache_clear()
    monkeypatch.setattr(tables, "tables", lambda: amputees)
    try:
        assert tables.schema() != nom
    finally:
        tables.schema.cache_clear()


def test_les_parents_precedent_leurs_enfants():
    vues = set()
    for table in tables.tables():
        visees = {tables.table_visee(champ) for champ in table.champs} & {t.nom for t in tables.tables()}
        assert visees <= vues | {table.nom}, table.nom
        vues.add(table.nom)


def test_le_paquet_est_compresse_et_range_par_son_contenu(cohort):
    initial = services.initial(cohort)
    paquet = store.open_bytes(initial.empreinte)
    assert len(paquet) == initial.taille
    assert {"structures_structure", "events_dueevent"} <= set(json.loads(zlib.decompress(paquet)))


# --- every kind of column


def test_chaque_type_de_colonne_revient_identique(cohort):
    facture = travailler(cohort)
    with cohort.monde():
        Facture.objects.filter(pk=facture.pk).update(
            montant_ht=Decimal("9999999999999.123456"),
            montant_tva=Decimal("-0.000001"),
            remise_globale=Decimal(0),
            montant_ttc=Decimal("0.100000"),
            date_facture=date(2000, 1, 1),
            date_echeance=None,
            rejet_traite=True,
            commentaire="é « œ » ’ \u202f 😀 \\ \" ' % %s\nligne",
            extraction={"é": ["«", None, True, 1.5, {"b": [], "a": 0}]},
            statut_depuis=datetime(2026, 12, 7, 8, 0, 0, 123456, tzinfo=UTC),
            date_depot=datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
            cree_par=None,
        )
        LignePoste.objects.update(quantite=Decimal("0.0001"), taux=Decimal("5.50"))
        avant = list(Facture.objects.order_by("pk").values())
        lignes = list(LignePoste.objects.order_by("pk").values())
        pris = services.take(cohort, "tout")
        portable = contenu(cohort)
        services.restore(cohort, pris)
        assert list(Facture.objects.order_by("pk").values()) == avant
        assert list(LignePoste.objects.order_by("pk").values()) == lignes
    assert contenu(cohort) == portable


def test_les_lignes_voyagent_sous_la_meme_forme_quelle_que_soit_la_base(cohort):
    """The portable form itself: what a snapshot of SQLite and one of PostgreSQL have in common."""
    facture = travailler(cohort)
    with cohort.monde():
        Facture.objects.filter(pk=facture.pk).update(
            montant_ht=Decimal("100.5"), extraction={"b": 1}, statut_depuis=datetime(2026, 12, 7, 8, tzinfo=UTC)
        )
    table = next(t for t in tables.tables() if t.nom == "invoices_facture")
    ligne = next(x for x in tables.lire(table, cohort.pk) if x[0] == facture.pk)
    vue = dict(zip(table.colonnes, ligne, strict=True))
    assert vue["montant_ht"] == "100.500000"
    assert vue["date_facture"] == "2026-12-07"
    assert vue["statut_depuis"] == "2026-12-07 08:00:00"
    assert vue["rejet_traite"] is False
    assert vue["extraction"] == '{"b": 1}'
    assert vue["date_echeance"] is None
    assert json.loads(json.dumps(ligne)) == ligne


@pytest.mark.parametrize(
    ("convertir", "valeur"),
    [(tables._datetime, None), (tables._date, None), (tables._json, None), (tables._bool, None)],
)
def test_une_colonne_vide_reste_vide(convertir, valeur):
    assert convertir(valeur) is None


def test_un_instant_naif_ou_date_donne_le_meme_texte():
    naif = datetime(2026, 12, 7, 8)  # noqa: DTZ001 -- what SQLite hands back
    assert tables._datetime(naif) == tables._datetime(naif.replace(tzinfo=UTC)) == "2026-12-07 08:00:00"
    assert tables._json({"é": 1}) == '{"é": 1}'


def test_une_grosse_table_s_ecrit_en_plusieurs_fois(cohort):
    with cohort.monde():
        Message.objects.bulk_create(
            Message(cohort=cohort, adresse="a@b.example", objet=f"{n}", corps="", type="essai", expediteur="x")
            for n in range(1203)
        )
        pris = services.take(cohort, "gros")
        services.restore(cohort, pris)
        assert Message.objects.count() == 1203
    assert services.state_hash(cohort) == pris.etat_hash


def test_apres_une_restauration_les_nouveaux_numeros_ne_heurtent_personne(cohort):
    travailler(cohort)
    with cohort.monde():
        pris = services.take(cohort, "a")
        services.restore(cohort, pris)
        send(cohort, "a@b.example", "neuf", "", type="essai", place=1)
        assert Message.objects.count() == 2


def test_une_restauration_qui_echoue_ne_change_rien(cohort, monkeypatch):
    travailler(cohort)
    avant = services.state_hash(cohort)

    def tomber(table, lignes):
        raise OSError("disque plein")

    monkeypatch.setattr(tables, "ecrire", tomber)
    with pytest.raises(OSError, match="disque plein"):
        services.reset(cohort)
    assert services.state_hash(cohort) == avant


# --- reset of a session


def test_reinitialiser_garde_les_participants_et_les_identifiants(cohort):
    with cohort.monde():
        Participant.objects.filter(numero=1).update(prenom="Nadia", arrive_le=clock.real_now())
        avant = list(Participant.objects.values())
        valmoran = Structure.objects.get(identifiant=factories.VALMORAN).pk
    travailler(cohort)
    services.reset(cohort)
    with cohort.monde():
        assert list(Participant.objects.values()) == avant
        assert Structure.objects.get(identifiant=factories.VALMORAN).pk == valmoran
        assert not Facture.objects.exists()
        assert not Message.objects.exists()
        assert not DueEvent.objects.exists()
        assert Trace.objects.exists(), "le journal n'est pas effacé"
    assert services.state_hash(cohort) == services.initial(cohort).etat_hash


def test_reinitialiser_deux_fois_revient_au_meme(cohort):
    travailler(cohort)
    services.reset(cohort)
    une = contenu(cohort)
    services.reset(cohort)
    assert contenu(cohort) == une


def test_reinitialiser_une_session_laisse_les_autres(cohort, autre_cohort):
    travailler(cohort)
    travailler(autre_cohort)
    avant = contenu(autre_cohort)
    services.reset(cohort)
    services.reset_place(cohort, 1)
    assert contenu(autre_cohort) == avant


# --- reset of one seat


def test_reinitialiser_un_poste_laisse_les_autres(cohort):
    travailler(cohort, 1)
    travailler(cohort, 2)
    deux, commun = lignes_de(cohort, 2), lignes_de(cohort, None)
    services.reset_place(cohort, 1)
    assert lignes_de(cohort, 2) == deux
    assert lignes_de(cohort, None) == commun
    with cohort.monde():
        assert not Facture.objects.filter(place=1).exists()
        assert not _personnes(1).exists()
        assert not Message.objects.filter(place=1).exists()
        assert not DueEvent.objects.filter(place=1).exists()


def test_reinitialiser_un_poste_rend_ce_qu_il_avait_au_depart(cohort):
    depart = lignes_de(cohort, 1)
    with cohort.monde():
        Structure.objects.filter(place=1).delete()
    travailler(cohort, 1)
    services.reset_place(cohort, 1)
    assert lignes_de(cohort, 1) == depart
    assert services.state_hash(cohort) == services.initial(cohort).etat_hash


def test_ce_qui_vise_le_poste_reinitialise_part_avec_lui(cohort):
    """Seat 2 has been attached to seat 1's company, and has an invoice whose validator it is."""
    travailler(cohort, 1)
    travailler(cohort, 2)
    with cohort.monde():
        entreprise = Structure.objects.get(identifiant=factories.siret_du_poste(1))
        invite = _personnes(2).get()
    invite.cohort = cohort
    factories.rattachement(invite, entreprise, role="UTILISATEUR")
    with cohort.monde():
        Facture.objects.filter(numero="F-2").update(valideur=entreprise)
        garde = Facture.objects.get(numero="B-2").pk
    services.reset_place(cohort, 1)
    with cohort.monde():
        assert not Structure.objects.filter(pk=entreprise.pk).exists()
        assert not invite.rattachements.filter(structure=entreprise.pk).exists()
        assert list(Facture.objects.values_list("pk", flat=True)) == [garde]
        assert Compte.objects.filter(pk=invite.pk).exists()
    services.take(cohort, "cohérent")
    if connection.vendor == "sqlite":
        connection.check_constraints()


def test_un_poste_reinitialise_ne_remonte_pas_le_temps(cohort):
    travailler(cohort, 1)
    arrivee = cohort.sim_reference + 4 * J
    engine.advance(cohort, arrivee)
    services.reset_place(cohort, 1)
    cohort.refresh_from_db()
    assert cohort.simulated_now() == arrivee


def test_un_poste_reinitialise_n_attend_plus_rien(cohort):
    horloge.regler(cohort, "real")
    travailler(cohort, 1)
    cohort.refresh_from_db()
    assert cohort.wake_at is not None
    services.reset_place(cohort, 1)
    cohort.refresh_from_db()
    assert cohort.wake_at is None


# --- the end of a session


def test_purger_ne_laisse_rien_et_n_oublie_personne(cohort, autre_cohort):
    travailler(cohort)
    travailler(autre_cohort)
    avant, pk = contenu(autre_cohort), cohort.pk
    sessions.purger(cohort)
    assert not Cohort.objects.filter(pk=pk).exists()
    for table in tables.tables():
        assert tables.lire(table, pk) == []
    assert contenu(autre_cohort) == avant


def test_purger_emporte_aussi_participants_journal_et_instantanes(cohort):
    pk = cohort.pk
    sessions.purger(cohort)
    with connection.cursor() as curseur:
        for nom in ("cohorts_participant", "cohorts_trace", "snapshots_snapshot"):
            curseur.execute(f"SELECT count(*) FROM {nom} WHERE cohort_id = %s", [pk])  # noqa: S608
            assert curseur.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_la_base_reste_coherente_apres_restauration(capsys):
    """Deferred foreign keys are checked at commit: a wrong order or an orphan would raise here."""
    session = factories.cohort()
    travailler(session, 1)
    travailler(session, 2)
    with session.monde():
        Flux.objects.create(
            cohort=session,
            place=1,
            numero="CPP1",
            nom_fichier="f.pdf",
            syntaxe="x",
            empreinte="0" * 64,
            taille=1,
            compte=_personnes(1).get(),
            fournisseur=Structure.objects.get(identifiant=factories.siret_du_poste(1)),
        )
        Jeton.objects.create(
            cohort=session,
            place=2,
            compte=_personnes(2).get(),
            usage="activation",
            jeton="j",
            expire_le=clock.real_now(),
        )
        Facture.objects.filter(numero="F-1").update(mode_depot=ModeDepot.UPLOAD_PORTAIL)
        pris = services.take(session, "plein")
    services.reset_place(session, 1)
    services.restore(session, pris)
    assert services.state_hash(session) == pris.etat_hash
    services.reset(session)
    call_command("cohort", "purge", session.code, "--json")
    assert json.loads(capsys.readouterr().out) == {"code": session.code, "purgee": True}


def test_un_identifiant_d_application_survit_a_la_restauration(cohort, compte):
    """PostgreSQL reads a UUID as an object, which no JSON holds: it travels as its digits."""
    with cohort.monde():
        application = compte.applications_piste.create(
            cohort=cohort, place=1, nom="Mon logiciel", environnement="SANDBOX"
        )
        garde = services.take(cohort, "avant")
        compte.applications_piste.all().delete()
    services.restore(cohort, garde)
    with cohort.monde():
        assert compte.applications_piste.get().client_id == application.client_id
