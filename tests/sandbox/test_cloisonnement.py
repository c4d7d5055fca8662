"""A cohort is a world: an unscoped read raises, two worlds never see each other (DESIGN §2)."""

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django_scopes.exceptions import ScopeError

from api.enums import TypePanne
from api.models import Panne
from edi.enums import Nature
from edi.models import AccesSftp
from formation.models import OuvertureExercice
from invoices import queries as factures
from invoices.enums import Espace
from invoices.models import Facture, Flux, Numerotation, Telechargement
from sandbox.cohorts.models import Participant, Trace
from sandbox.cohorts.scoping import MondeModel
from sandbox.mail.models import Message
from sandbox.mail.services import mark_read, send
from sandbox.snapshots.models import Snapshot
from structures import queries as structures
from structures.enums import RoleJoue, TypeActe
from structures.models import Personnage, Rattachement, Structure
from tests import factories
from tests.sandbox.test_instantanes import travailler

MONDES = [m for m in apps.get_models() if issubclass(m, MondeModel)]
CLOISONNES = [*MONDES, Participant, Trace, Snapshot]
NOMS = {m._meta.label for m in MONDES}


def test_le_monde_compte_toutes_les_donnees_du_portail():
    """Whatever has a link to a session is scoped; what has none is known and listed here."""
    for model in apps.get_models():
        lie = any(champ.name == "cohort" for champ in model._meta.fields)
        assert lie == (model in CLOISONNES), model._meta.label


@pytest.mark.parametrize("model", CLOISONNES, ids=lambda m: m._meta.label)
@pytest.mark.parametrize("lire", ["all", "count", "first", "exists", "explain", "get", "update", "in_bulk"])
def test_hors_d_un_monde_rien_ne_se_lit(model, lire):
    with pytest.raises(ScopeError):
        getattr(model.objects, lire)()
    with pytest.raises(ScopeError):
        model.objects.exclude(pk=0).exists()


@pytest.fixture
def deux_mondes(cohort, autre_cohort):
    for session in (cohort, autre_cohort):
        facture = travailler(session)
        compte = facture.cree_par
        with session.monde():
            facture.pieces.create(cohort=session, place=1, nom="a.pdf", empreinte="0" * 64, taille=1)
            facture.actions.create(cohort=session, place=1, code="TELECHARGEMENT_FACTURE", compte=compte)
            compte.jetons.create(
                cohort=session, place=1, usage="activation", jeton="même jeton", expire_le=session.sim_reference
            )
            facture.fournisseur.comptes_bancaires.create(cohort=session, place=1, nom="c", iban="FR76")
            flux = Flux.objects.create(
                cohort=session,
                place=1,
                numero="CPP1",
                nom_fichier="f.pdf",
                syntaxe="x",
                empreinte="0" * 64,
                taille=1,
                compte=compte,
            )
            commun = {"cohort": session, "place": 1}
            flux.elements.create(**commun, rang=1, fichier="f.xml", empreinte="0" * 64, taille=1, facture=facture)
            facture.validations.create(**commun, rang=1, structure=facture.fournisseur)
            facture.precedents.create(**commun, structure=facture.destinataire)
            facture.evenements.create(**commun, libelle="Recyclage n° 1", auteur="Nadia")
            Telechargement.objects.create(**commun, compte=compte, espace=Espace.EMISES, factures=[facture.pk])
            OuvertureExercice.objects.create(**commun, cle="ex3")
            _organiser(session, facture.fournisseur, compte)
    return cohort, autre_cohort


def _organiser(session, structure, compte):
    """A row of everything that surrounds rights and raccordement, the same in both worlds."""
    commun = {"cohort": session, "place": 1}
    compte.codes.create(**commun, code="x", expire_le=session.sim_reference)
    lien = Rattachement.objects.filter(structure=structure).first()
    service = structure.services.create(**commun, code="CHANTIERS", libelle="Chantiers")
    lien.services.create(**commun, service=service)
    structure.actes.create(**commun, acteur=compte, acteur_nom=str(compte), type=TypeActe.SERVICE_CREE)
    structure.mots.create(**commun, mot="JUMEAU")
    Personnage.objects.create(**commun, compte=compte, role=RoleJoue.COLLEGUE)
    technique = structure.comptes_techniques.create(**commun, compte=compte, numero=1, expire_le=session.sim_reference)
    compte.consentements.create(**commun, api="FACTURES", environnement="SANDBOX")
    application = compte.applications_piste.create(**commun, nom="Jumelle", environnement="SANDBOX")
    fiche = structure.raccordements.create(**commun, mode="API", application=application, compte_technique=technique)
    Numerotation.objects.create(cohort=session)
    _brancher(commun, fiche, application, technique, compte)


def _brancher(commun, fiche, application, technique, compte):
    """What the API and the EDI keep; the login of an SFTP access is the installation's."""
    application.appels.create(**commun, methode="POST", chemin="/cpro/x", statut=200, correlation="Id-0")
    Panne.objects.create(**commun, type=TypePanne.LENTEUR, jusqu_a=commun["cohort"].sim_reference)
    fichier = {"nom": "a.pdf", "empreinte": "0" * 64, "taille": 1}
    technique.fichiers.create(**commun, **fichier)
    AccesSftp.objects.create(**commun, fiche=fiche, identifiant=f"part-{commun['cohort'].pk}", mot_de_passe="!")
    fiche.sortants.create(**commun, **fichier, nature=Nature.values[0], cle="cr:1")
    fiche.statuts_recus.create(**commun, **fichier, compte=compte)


@pytest.mark.django_db
def test_deux_mondes_jumeaux_ne_se_voient_jamais(deux_mondes):
    un, autre = deux_mondes
    vus = {}
    for session in deux_mondes:
        with session.monde():
            vus[session.pk] = {m._meta.label: set(m.objects.values_list("pk", flat=True)) for m in CLOISONNES}
    for model in CLOISONNES:
        nom = model._meta.label
        assert vus[un.pk][nom], f"{nom} : rien à cloisonner dans cet essai"
        assert len(vus[un.pk][nom]) == len(vus[autre.pk][nom]), nom
        assert not vus[un.pk][nom] & vus[autre.pk][nom], nom


def test_les_lectures_partagees_sont_cloisonnees(deux_mondes):
    un, autre = deux_mondes
    with autre.monde():
        etrangeres = set(Structure.objects.values_list("pk", flat=True))
        compte_etranger = Facture.objects.get(numero="F-1").cree_par
    with un.monde():
        facture = Facture.objects.get(numero="F-1")
        trouvees = [
            *structures.de(facture.cree_par),
            *structures.rechercher_destinataires("VALMORAN"),
            *structures.rechercher_destinataires(factories.VALMORAN),
            *structures.structures_pour(structures.droits(facture.cree_par), "FACTURES_EMISES"),
        ]
        assert len(trouvees) == 4
        assert not {s.pk for s in trouvees} & etrangeres
        assert {e.cohort_id for e in structures.rechercher_insee("ARBELIN MENUISERIE 01")} == {un.pk}
        assert structures.droits(compte_etranger) == structures.AUCUN_DROIT
        assert factures.est_doublon(facture.siren_fournisseur, facture.annee, "F-1", sauf=facture.pk) is False


def test_une_relation_ne_traverse_pas_la_cloison(deux_mondes):
    un, autre = deux_mondes
    with autre.monde():
        etrangere = Facture.objects.get(numero="F-1")
    with un.monde():
        assert not Facture.objects.filter(pk=etrangere.pk).exists()
        assert not Structure.objects.filter(factures_emises=etrangere.pk).exists()
        assert Facture.objects.filter(pk=etrangere.pk).update(numero="volée") == 0
        assert Facture.objects.filter(pk=etrangere.pk).delete()[0] == 0


def test_les_identifiants_sont_uniques_dans_un_monde(cohort):
    factories.structure(cohort)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.structure(cohort)


@pytest.mark.parametrize("model", MONDES, ids=lambda m: m._meta.label)
def test_chaque_contrainte_d_unicite_porte_la_session(model):
    """The cohort's id is the distribution key of every unique constraint and of every index prefix (DESIGN §5)."""
    for contrainte in model._meta.constraints:
        if champs := getattr(contrainte, "fields", ()):
            assert champs[0] == "cohort", contrainte.name
    for index in model._meta.indexes:
        assert index.fields[0] == "cohort", index.name


# --- the simulated mailbox


def test_un_message_est_date_du_monde(monde):
    message = send(
        monde, "a@b.example", "o" * 300, "corps", type="N1", place=2, lien="/portail/", lien_libelle="Ouvrir"
    )
    message.refresh_from_db()
    assert (message.recu_le, message.place, message.objet) == (monde.sim_reference, 2, "o" * 200)
    assert (message.expediteur, str(message)) == ("Bac à sable – notifications", "o" * 200)


def test_un_message_n_est_lu_qu_une_fois(monde):
    message = send(monde, "a@b.example", "o", "", type="N1", place=1)
    mark_read(message)
    premier = message.lu_le
    assert Message.objects.get().lu_le == premier == monde.sim_reference
    message.lu_le = None  # another window, which had read the page before
    mark_read(message)
    mark_read(message)
    assert Message.objects.get().lu_le == premier
