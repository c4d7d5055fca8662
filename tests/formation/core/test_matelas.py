"""The data set of a seat (comptes-structures.md §10): described by the pack, made once, gone with the seat's reset."""

import csv
import io
from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError

from accounts import rules
from accounts.models import Compte
from accounts.profils import Profil
from accounts.services import comptes
from formation import queries as console
from formation.services import matelas, matelas_factures, packs
from invoices.enums import Acteur, Cadre, Statut
from invoices.models import Facture, HistoriqueStatut
from sandbox import calendrier
from sandbox.cohorts.models import Cohort, Participant, Trace
from sandbox.events import engine
from sandbox.events.models import DueEvent
from sandbox.mail.models import Message
from sandbox.snapshots import services as snapshots
from structures import queries
from structures import rules as regles
from structures.identifiants import est_fictif, est_siret
from structures.models import Mandat, Structure
from tests import factories


def poste(cohort, numero=1):
    lu = Participant.objects.get(numero=numero)
    lu.cohort = cohort
    return lu


@pytest.fixture
def participant(monde):
    return poste(monde)


@pytest.fixture
def jeu(participant):
    assert matelas.generer(participant)
    return matelas.lire(participant)


def valeurs(jeu, entite):
    return [(ligne.libelle, ligne.valeur) for ligne in jeu.lignes if ligne.entite == entite]


def test_avant_de_le_generer_il_n_y_a_rien(participant):
    assert matelas.lire(participant) is None
    assert matelas.prevu(participant.cohort)


def test_le_tableau_est_celui_du_dossier(jeu):
    """Row by row, the table of §10."""
    formes = {
        groupe.entite: Counter(ligne.libelle.split(" – ")[0] for ligne in groupe.lignes) for groupe in jeu.groupes
    }
    gp, us = "Compte gestionnaire principal", "Compte utilisateur"
    attendu = {
        "Fournisseur": (1, 1, 1),
        "Valideur": (1, 1, 1),
        "Destinataire": (1, 1, 2),
        "Destinataire 2": (1, 1, 3),
        "Destinataire État": (0, 0, 1),
        "Destinataire avec EJ obligatoire": (0, 0, 0),
        "Destinataire avec service obligatoire": (0, 0, 1),
        "Destinataire avec EJ ou service obligatoire": (0, 0, 1),
        "Destinataire avec EJ et service obligatoires": (0, 0, 1),
        "Destinataire sans paramètre": (0, 0, 0),
        "MOE": (1, 1, 2),
        "MOA": (1, 1, 2),
        "Acheteur": (0, 1, 0),
    }
    assert {nom: (f[gp], f[us], f["Service"]) for nom, f in formes.items()} == attendu
    assert all(f["SIRET"] == (nom != "Acheteur") for nom, f in formes.items())


def test_les_identifiants_sont_fictifs_justes_et_propres_au_poste(jeu, monde):
    assert matelas.generer(poste(monde, 2))
    siens, voisins = ({s.identifiant for s in Structure.objects.filter(place=n)} for n in (1, 2))
    assert not siens & voisins
    du_jeu = [ligne.valeur for ligne in jeu.lignes if ligne.libelle == "SIRET"]
    assert set(du_jeu) <= siens
    assert all(est_siret(s) and est_fictif(s) for s in du_jeu)


def test_les_exigences_sont_celles_que_dit_le_libelle(jeu):
    cas = {
        s.raison_sociale.removeprefix("JEU 01 "): regles.cas(s.parametres)
        for s in Structure.objects.publiques().filter(raison_sociale__startswith="JEU 01")
    }
    assert cas["DESTINATAIRE ÉTAT"] == regles.Cas.ETAT
    assert cas["DESTINATAIRE AVEC EJ OBLIGATOIRE"] == regles.Cas.ENGAGEMENT
    assert cas["DESTINATAIRE AVEC SERVICE OBLIGATOIRE"] == regles.Cas.SERVICE
    assert cas["DESTINATAIRE AVEC EJ OU SERVICE OBLIGATOIRE"] == regles.Cas.ENGAGEMENT_OU_SERVICE
    assert cas["DESTINATAIRE AVEC EJ ET SERVICE OBLIGATOIRES"] == regles.Cas.SERVICE_ET_ENGAGEMENT
    assert cas["DESTINATAIRE SANS PARAMÈTRE"] == cas["MOA"] == regles.Cas.RIEN


def test_chaque_compte_affiche_se_connecte(jeu, monde):
    logins = [ligne.valeur for ligne in jeu.lignes if ligne.libelle.startswith("Compte ")]
    assert len(logins) == len(set(logins)) == 13
    assert not any(rules.regles_non_respectees(jeu.mot_de_passe, login) for login in logins)
    for login in logins:
        compte = comptes.connecter(monde, login, jeu.mot_de_passe)
        assert (compte.place, queries.droits(compte).rattache) == (1, True)


def test_les_droits_des_comptes(jeu):
    def droits(login):
        return queries.droits(Compte.objects.get(login_email=login))

    assert droits("fournisseur.gp01@jeu.example").gestionnaire_de
    us = droits("fournisseur.us01@jeu.example")
    assert not us.gestionnaire_de
    assert us.profils == {Profil.FACTURES_EMISES, Profil.SOLLICITATIONS_EMISES}
    assert Profil.FACTURES_A_VALIDER in droits("valideur.us01@jeu.example").profils
    assert Profil.FACTURES_TRAVAUX in droits("moe.us01@jeu.example").profils
    assert droits("acheteur.us01@jeu.example").noms == ("JEU 01 DESTINATAIRE",)
    assert Mandat.objects.get(place=1).structure.raison_sociale == "JEU 01 FOURNISSEUR"


def test_le_mot_de_passe_est_stable_et_propre_au_poste(jeu, monde, autre_cohort):
    tous = [matelas.mot_de_passe(c, n) for c in (monde, autre_cohort) for n in (1, 2)]
    assert len(set(tous)) == 4
    assert tous[0] == jeu.mot_de_passe == matelas.mot_de_passe(monde, 1)
    assert jeu.mot_de_passe not in Compte.objects.get(login_email="moe.us01@jeu.example").mot_de_passe


# --- invoices


def test_une_vingtaine_de_factures_a_tous_les_stades(jeu, monde):
    decrites = packs.lire(monde.pack).matelas["factures"]
    assert [f.statut for f in jeu.factures] == [d["statut"] for d in decrites]
    assert len(jeu.factures) == 20
    assert {f.cadre for f in jeu.factures} == {"A1", "A2", "A9", "A12"}
    statuts = Counter(f.statut for f in jeu.factures)
    for attendu in (Statut.A_RECYCLER, Statut.SUSPENDUE, Statut.REJETEE, Statut.MISE_EN_PAIEMENT, Statut.A_VALIDER_1):
        assert statuts[attendu]
    assert [f.numero for f in jeu.factures[:2]] == ["JEU-01-01", "JEU-01-02"]


def test_leur_histoire_est_dans_le_passe_et_les_jours_ouvres(jeu, monde):
    maintenant = monde.simulated_now()
    for facture in Facture.objects.all():
        lignes = list(facture.historique.all())
        dates = [ligne.survenu_le for ligne in lignes]
        assert dates == sorted(dates)
        assert dates[-1] <= maintenant
        assert facture.date_depot == dates[0]
        assert facture.date_facture == facture.date_depot.astimezone(monde.zone).date()
        for ligne in lignes:
            if ligne.acteur in (Acteur.DESTINATAIRE, Acteur.COMPTABLE, Acteur.VALIDEUR_1):
                assert calendrier.est_ouvre(ligne.survenu_le.astimezone(monde.zone).date()), facture.numero
            assert not ligne.robot
        assert facture.valideur is not None or facture.cadre in (Cadre.A1, Cadre.A2)
    recyclee = HistoriqueStatut.objects.filter(statut=Statut.A_RECYCLER).first()
    assert (recyclee.motif, recyclee.auteur) == ("SE_ERR", "GP Destinataire 01")


def test_aucun_robot_ne_les_fait_bouger(jeu, monde):
    assert not DueEvent.objects.filter(etat=DueEvent.Etat.PREVU).exists()
    avant = dict(Facture.objects.values_list("numero", "statut"))
    engine.advance(monde, monde.simulated_now() + timedelta(days=60))
    assert dict(Facture.objects.values_list("numero", "statut")) == avant


def test_ni_courriel_ni_journal_pour_chacune(participant, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        matelas.generer(participant)
    assert not Message.objects.exists()
    assert [t.verbe for t in Trace.objects.order_by("pk")][1:] == ["génère son jeu de données"]


def test_en_regime_2026_rien_ne_se_recycle(db, formateur):
    cohort = factories.cohort(regime="reforme-2026", formateur=formateur)
    with cohort.monde():
        matelas.generer(poste(cohort))
        statuts = {f.numero: f.statut for f in matelas.lire(poste(cohort)).factures}
    assert statuts["JEU-01-03"] == Statut.MISE_A_DISPOSITION
    assert statuts["JEU-01-14"] == Statut.MISE_EN_PAIEMENT


def test_un_jeu_sans_facture(monde, participant, monkeypatch):
    sans = {"entites": packs.lire(monde.pack).matelas["entites"]}
    monkeypatch.setattr(matelas, "description", lambda cohort: sans)
    assert matelas.generer(participant)
    assert matelas.lire(participant).factures == []


@pytest.mark.parametrize(("cadre", "fin"), [(Cadre.A1, "livrer"), (Cadre.A9, "livrer")])
def test_le_chemin_le_plus_court_s_arrete_a_la_mise_a_disposition(cadre, fin):
    assert list(matelas_factures.chemin(cadre, Statut.MISE_A_DISPOSITION))[-1] == fin


# --- once, and again after a reset


def test_une_seule_fois(participant, jeu):
    comptes_avant = Compte.objects.count()
    assert matelas.generer(participant) is False
    assert Compte.objects.count() == comptes_avant
    assert Trace.objects.filter(verbe="génère son jeu de données").count() == 1


def test_deux_clics_au_meme_instant(participant, jeu, monkeypatch):
    """The second one has looked before the first one wrote: the unique constraint is the judge."""
    regarder, vus = matelas.existe, []

    def une_fois(*qui):
        vus.append(qui)
        return False if len(vus) == 1 else regarder(*qui)

    monkeypatch.setattr(matelas, "existe", une_fois)
    assert matelas.generer(participant) is False
    assert len(vus) == 2


def test_une_autre_erreur_d_integrite_n_est_pas_cachee(participant, monkeypatch):
    def casser(*_):
        raise IntegrityError("autre")

    monkeypatch.setattr(matelas, "_peupler", casser)
    with pytest.raises(IntegrityError, match="autre"):
        matelas.generer(participant)


def test_reinitialiser_le_poste_l_emporte_et_permet_d_en_refaire_un(monde, participant, jeu):
    snapshots.reset_place(monde, 1)
    assert snapshots.state_hash(monde) == snapshots.initial(monde).etat_hash
    assert matelas.lire(participant) is None
    assert matelas.generer(participant)
    assert matelas.lire(participant) == jeu


def test_reinitialiser_le_voisin_n_y_touche_pas(monde, participant, jeu):
    snapshots.reset_place(monde, 2)
    assert matelas.lire(participant) == jeu


# --- packs without a set


def test_un_pack_sans_jeu(participant, monkeypatch):
    vide = packs.lire("libre")
    monkeypatch.setattr(packs, "lire", lambda _: type("P", (), {"matelas": {}, "id": vide.id}))
    assert not matelas.prevu(participant.cohort)
    with pytest.raises(matelas.JeuIndisponible, match="ne prévoit pas"):
        matelas.generer(participant)


def test_un_pack_qui_ne_se_lit_plus(participant):
    Cohort.objects.filter(pk=participant.cohort.pk).update(pack="disparu")
    participant.cohort.refresh_from_db()
    with pytest.raises(matelas.JeuIndisponible, match="ne se lit plus"):
        matelas.lire(participant)


# --- file, console


def test_le_fichier_garde_les_identifiants_en_texte(jeu):
    lignes = list(csv.reader(io.StringIO(matelas.csv(jeu).decode("utf-8-sig")), delimiter=";"))
    assert lignes[0] == ["Entité", "Libellé", "Valeur"]
    assert ["Tous les comptes", "Mot de passe", jeu.mot_de_passe] in lignes
    assert ["Fournisseur", "SIRET", "\t00011001500013"] in lignes
    assert ["Destinataire État", "Engagement connu", "\t1598765401"] in lignes
    assert lignes[-1] == ["Factures", "JEU-01-20 (cadre A12, JEU 01 MOA)", "À valider 1"]


def test_un_jeu_qui_n_a_pas_servi_ne_compte_pas_dans_la_grille(monde, jeu):
    def jalons():
        return {j.libelle: j.etat for j in console.grille(monde).lignes[0].jalons}

    assert set(jalons().values()) == {"suivant", "afaire"}
    comptes.connecter(monde, "fournisseur.us01@jeu.example", jeu.mot_de_passe)
    vus = jalons()
    assert (vus["Compte créé"], vus["Structure"], vus["Déposée"]) == ("fait", "fait", "afaire")


def test_un_compte_du_jeu_bloque_se_voit(monde, jeu):
    for _ in range(5):
        with pytest.raises(comptes.ConnexionRefusee):
            comptes.connecter(monde, "moa.gp01@jeu.example", "faux")
    assert [b.geste for b in console.grille(monde).blocages] == ["debloquer"]
