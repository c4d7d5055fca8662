"""Page of an invoice in the three applications: blocks, path, histories, actions, « Aide DGP » (factures.md §6, §8)."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from accounts.enums import Niveau
from accounts.profils import Profil
from invoices.enums import Acteur, Action, Cadre, Espace, Motif, Statut, TypeFacture
from invoices.models import (
    ActionUtilisateur,
    DestinatairePrecedent,
    EvenementComplementaire,
    Facture,
    HistoriqueStatut,
    Validation,
)
from invoices.views.chemin import chemin, prevues
from invoices.views.commun import adresse
from sandbox import clock
from sandbox.cohorts.enums import Regime
from structures.enums import Role
from structures.models import CoordonneesBancaires, Structure
from tests import factories
from tests.conftest import connecter
from tests.invoices.views.conftest import url

pytestmark = pytest.mark.django_db
S = Statut
LE = date(2026, 12, 1)


@pytest.fixture
def emise(structure, mandat, destinataire, compte, cohort):
    def faire(statut=S.MISE_A_DISPOSITION, **champs):
        faite = factories.facture(
            structure,
            champs.pop("destinataire", destinataire),
            statut=statut,
            compte=compte,
            depuis=datetime.combine(champs.get("date_facture", LE), time(11), tzinfo=UTC),
            **({"numero": "ARB-41", "date_facture": LE} | champs),
        )
        faite.cohort = cohort
        return faite

    return faire


@pytest.fixture
def agent(cohort, au_poste):
    """Browser of an agent of a structure, on seat 2."""

    def faire(de, *, profil=Profil.FACTURES_RECUES, niveau=Niveau.MODIFICATION, nom="agent"):
        qui = factories.compte(cohort, 2, login_email=f"{nom}@session.example", prenom="Aline", nom="Agent")
        factories.rattachement(qui, de, role=Role.UTILISATEUR, profils=[profil], niveau=niveau)
        return connecter(au_poste(2), qui)

    return faire


def page(client, facture, espace=Espace.EMISES, **criteres):
    reponse = client.get(adresse(espace, "facture", facture.pk), criteres)
    assert reponse.status_code == 200
    return reponse.content.decode()


def texte(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def actions(html):
    return texte(html.partition('id="t-actions"')[2].partition("</aside>")[0])


def ligne(facture, statut, **champs):
    with facture.cohort.monde():
        return HistoriqueStatut.objects.create(
            cohort=facture.cohort,
            place=1,
            facture=facture,
            **(
                {
                    "action": Action.SUSPENDRE,
                    "statut_avant": facture.statut,
                    "statut": statut,
                    "survenu_le": datetime(2026, 12, 3, 9, tzinfo=UTC),
                    "acteur": Acteur.DESTINATAIRE,
                    "auteur": "Mairie",
                }
                | champs
            ),
        )


# --- what it says


def test_les_blocs_de_la_facture(gestionnaire, emise, cohort, structure):
    with cohort.monde():
        banque = CoordonneesBancaires.objects.create(
            cohort=cohort, place=1, structure=structure, nom="Courant", iban="FR7699999000000000000000055"
        )
        Structure.objects.filter(pk=structure.pk).update(numero_rcs="RCS Valmoran 123")
    facture = emise(
        coordonnees_bancaires=banque,
        code_service="SRV-9",
        libelle_service="Voirie",
        numero_engagement="EJ-7",
        numero_marche="M-3",
        commentaire="Merci de citer le chantier",
        remise_globale=Decimal("10"),
        motif_remise="Geste commercial",
        acompte=Decimal("20"),
        extraction={"signature": {"etat": "INTACT"}},
    )
    dit = texte(page(gestionnaire, facture))
    for attendu in (
        "COMMUNE DE VALMORAN",
        "ARBELIN MENUISERIE 01",
        "RCS Valmoran 123",
        "12 rue des Rabots",
        "FR7699999000000000000000055",
        "A1 : Dépôt par un fournisseur",
        "SRV-9 – Voirie",
        "EJ-7",
        "M-3",
        "Fenêtre 1",
        "20 %",
        "Geste commercial",
        "Acompte déjà versé",
        "Merci de citer le chantier",
        "certificat non contrôlé",
        "intact",
    ):
        assert attendu in dit, attendu


def test_une_facture_sans_signature_n_en_dit_rien(gestionnaire, emise):
    assert "certificat non contrôlé" not in page(gestionnaire, emise())


def test_bloc_des_valideurs(gestionnaire, emise, cohort):
    titulaire = factories.structure(cohort, 2)
    facture = emise(S.A_VALIDER_2, cadre=Cadre.A9, valideur=titulaire, valideur_2=titulaire)
    with cohort.monde():
        commun = {"cohort": cohort, "place": 1, "facture": facture, "structure": titulaire}
        Validation.objects.create(
            **commun,
            rang=1,
            decision="VALIDEE",
            qualite="COTRAITANT",
            auteur="Paul Titulaire",
            decidee_le=datetime(2026, 12, 2, 9, tzinfo=UTC),
            complement="Conforme.",
        )
        Validation.objects.create(**commun, rang=2, echeance=datetime(2026, 12, 17, 23, tzinfo=UTC))
    dit = texte(page(gestionnaire, facture))
    assert "Validée le 02/12/2026" in dit
    assert "Paul Titulaire, cotraitant" in dit
    assert "17/12/2026 inclus" in dit
    assert "Attendue" in dit


def test_avoirs_et_facture_d_origine_sont_lies(gestionnaire, emise, cohort, destinataire):
    facture = emise(numero="F-118")
    avoir = emise(numero="A-1", type_facture=TypeFacture.AVOIR, numero_facture_origine="F-118")
    autre = factories.structure(cohort, 2)
    factories.facture(
        autre, destinataire, numero="A-SECRET", type_facture=TypeFacture.AVOIR, numero_facture_origine="F-118"
    )
    de_la_facture, de_l_avoir = page(gestionnaire, facture), page(gestionnaire, avoir)
    assert f'href="{url("facture", avoir.pk)}"' in de_la_facture
    assert "A-SECRET" not in de_la_facture
    assert f'href="{url("facture", facture.pk)}"' in de_l_avoir
    assert "Un avoir ne se paie pas" in de_l_avoir


def test_le_destinataire_ne_voit_pas_l_avoir_d_un_autre(agent, emise, destinataire, cohort):
    facture = emise(numero="F-118")
    ailleurs = factories.publique(cohort, factories.HOPITAL)
    emise(numero="A-AILLEURS", type_facture=TypeFacture.AVOIR, numero_facture_origine="F-118", destinataire=ailleurs)
    assert "A-AILLEURS" not in page(agent(destinataire), facture, Espace.RECUES)


# --- who opens it


def test_chaque_application_a_sa_page(agent, emise, cohort, destinataire):
    titulaire = factories.structure(cohort, 2)
    facture = emise(cadre=Cadre.A9, valideur=titulaire, telechargee=True)
    recue = page(agent(destinataire), facture, Espace.RECUES)
    assert "Téléchargée par le destinataire" in recue
    assert "Certificat de dépôt" not in recue
    assert "Nadia Poste01" not in actions(recue)
    a_valider = page(agent(titulaire, profil=Profil.FACTURES_A_VALIDER, nom="v"), facture, Espace.A_VALIDER)
    assert "Factures à valider" in a_valider
    assert "Aucune réponse n&#x27;est attendue de vous" in a_valider


@pytest.mark.parametrize("espace", [Espace.RECUES, Espace.A_VALIDER])
def test_le_fournisseur_n_entre_pas_par_les_autres_applications(gestionnaire, emise, espace):
    reponse = gestionnaire.get(adresse(espace, "facture", emise().pk))
    assert reponse.status_code in (403, 404)


def test_le_destinataire_ne_voit_ni_brouillon_ni_facture_en_route(agent, emise, brouillon, destinataire):
    client = agent(destinataire)
    for facture in (brouillon, emise(S.EN_COURS_ACHEMINEMENT)):
        assert client.get(adresse(Espace.RECUES, "facture", facture.pk)).status_code == 404


def test_le_fragment_se_rafraichit(gestionnaire, emise):
    partiel = gestionnaire.get(url("facture", emise().pk), headers={"HX-Request": "true"})
    assert b"<html" not in partiel.content
    assert b"monde-change" in partiel.content


def test_requetes_constantes(gestionnaire, emise, django_assert_max_num_queries):
    facture = emise(S.SUSPENDUE)
    for rang in range(5):
        ligne(facture, S.SUSPENDUE, survenu_le=datetime(2026, 12, 3, 9, rang, tzinfo=UTC))
    for volet in ("detail", "pieces", "historique"):
        with django_assert_max_num_queries(17):
            page(gestionnaire, facture, volet=volet)


# --- actions


@pytest.mark.parametrize(
    ("statut", "champs", "attendues", "absentes"),
    [
        (S.A_RECYCLER, {}, ["Recycler La facture repart vers un autre service"], ["Compléter", "Traiter le rejet"]),
        (S.SUSPENDUE, {}, ["Compléter", "Acquitter la suspension"], ["Recycler", "Dupliquer"]),
        (S.REJETEE, {}, ["Traiter le rejet", "Acquitter le rejet", "Dupliquer"], ["Compléter"]),
        (S.REJETEE, {"rejet_traite": True}, ["Dupliquer"], ["Traiter le rejet"]),
        (S.REFUSEE_1, {"cadre": Cadre.A12}, ["Traiter le rejet", "Dupliquer"], ["Acquitter"]),
        (S.MISE_A_DISPOSITION, {}, ["le destinataire a la facture"], ["Recycler", "Compléter"]),
        (S.MISE_EN_PAIEMENT, {}, ["le virement est parti"], ["Dupliquer"]),
        (S.SERVICE_FAIT, {}, ["Rien à faire pour vous"], ["Dupliquer"]),
    ],
)
def test_actions_de_l_emetteur(gestionnaire, emise, statut, champs, attendues, absentes):
    dit = actions(page(gestionnaire, emise(statut, **champs)))
    for attendue in (*attendues, "Télécharger", "Certificat de dépôt"):
        assert attendue in dit
    for absente in absentes:
        assert absente not in dit


@pytest.mark.parametrize("statut", [s for s in S if s not in (S.SUPPRIMEE, S.INTERPRETEE_OCR)])
def test_un_seul_bouton_principal(gestionnaire, emise, statut):
    html = page(gestionnaire, emise(statut))
    assert html.partition("<main")[2].count("btn-primary") <= 1


def test_acquittee_l_action_disparait(gestionnaire, emise, cohort, compte):
    facture = emise(S.REJETEE)
    with cohort.monde():
        ActionUtilisateur.objects.create(
            cohort=cohort, place=1, facture=facture, code="ACQUITTEMENT_REJET", compte=compte
        )
    dit = actions(page(gestionnaire, facture))
    assert "Acquitter le rejet" not in dit
    assert "Traiter le rejet" in dit


def test_une_double_facturation_ne_se_duplique_pas(gestionnaire, emise, cohort):
    facture = emise(S.REJETEE)
    with cohort.monde():
        HistoriqueStatut.objects.filter(statut=S.REJETEE).update(motif=Motif.DOUBLE_FACT)
    dit = actions(page(gestionnaire, facture))
    assert "Dupliquer" not in dit
    assert "rejetée pour double facturation" in dit


def test_qui_ne_fait_que_lire_sait_quel_droit_lui_manque(lecteur, emise):
    dit = actions(page(lecteur, emise(S.SUSPENDUE)))
    assert "Compléter" not in dit
    assert "Acquitter" not in dit
    assert "« Factures émises modification »" in dit
    assert "Télécharger" in dit


def test_actions_du_destinataire(agent, emise, destinataire):
    client = agent(destinataire)
    facture = emise()
    html = page(client, facture, Espace.RECUES)
    assert f"{adresse(Espace.RECUES, 'traiter')}?factures={facture.pk}" in html
    finie = emise(S.MISE_EN_PAIEMENT, numero="FINIE")
    assert "plus aucun statut" in actions(page(client, finie, Espace.RECUES))


def test_actions_du_valideur(agent, emise, cohort):
    titulaire = factories.structure(cohort, 2)
    client = agent(titulaire, profil=Profil.FACTURES_A_VALIDER)
    attend = emise(S.A_VALIDER_1, cadre=Cadre.A9, valideur=titulaire)
    assert adresse(Espace.A_VALIDER, "repondre", attend.pk) in page(client, attend, Espace.A_VALIDER)
    erreur = emise(S.ERREUR_COTRAITANT_SUR_VALIDEUR, cadre=Cadre.A9, valideur=titulaire, numero="ERR")
    assert adresse(Espace.A_VALIDER, "corriger", erreur.pk) in page(client, erreur, Espace.A_VALIDER)


def test_corriger_le_valideur(gestionnaire, emise, cohort):
    titulaire = factories.structure(cohort, 2)
    facture = emise(S.ERREUR_FOURNISSEUR_SUR_VALIDEUR, cadre=Cadre.A9, valideur=titulaire)
    assert url("corriger_valideur", facture.pk) in page(gestionnaire, facture)


def test_brouillon(gestionnaire, lecteur, brouillon):
    dit = actions(page(gestionnaire, brouillon))
    assert "Reprendre la saisie" in dit
    assert "Supprimer" in dit
    assert "Télécharger" not in dit
    assert "Reprendre" not in actions(page(lecteur, brouillon))
    assert "elle commence à l'envoi" in page(gestionnaire, brouillon, volet="historique").replace("&#x27;", "'")


# --- recycled


@pytest.fixture
def recyclee(emise, cohort, destinataire):
    """Sent to VALMORAN at the same simulated instant (stopped clock), recycled to the hospital, delivered there."""
    hopital = factories.publique(cohort, factories.HOPITAL)
    facture = emise(S.A_RECYCLER, commentaire="Pour la mairie", numero_engagement="EJ-MAIRIE", code_service="")
    depart = ligne(facture, S.DEPOSEE, action=Action.RECYCLER, transition="T29", acteur=Acteur.FOURNISSEUR)
    livree = ligne(facture, S.MISE_A_DISPOSITION, action=Action.LIVRER, acteur=Acteur.PLATEFORME)
    with cohort.monde():
        HistoriqueStatut.objects.filter(statut=S.A_RECYCLER).update(
            survenu_le=depart.survenu_le, commentaire="Ce n'est pas pour nous", auteur="Mairie de Valmoran"
        )
        DestinatairePrecedent.objects.create(
            cohort=cohort,
            place=1,
            facture=facture,
            structure=destinataire,
            numero_engagement="EJ-MAIRIE",
            commentaire="Pour la mairie",
            recyclage=depart,
            jusqu_au=depart.survenu_le,
        )
        EvenementComplementaire.objects.create(
            cohort=cohort,
            place=1,
            facture=facture,
            libelle="Recyclage n° 1 : vers HÔPITAL",
            auteur="Nadia",
            survenu_le=depart.survenu_le,
        )
        Facture.objects.filter(pk=facture.pk).update(
            destinataire=hopital,
            statut=S.MISE_A_DISPOSITION,
            recyclages=1,
            commentaire="SECRET DE L'HÔPITAL",
            numero_engagement="EJ-HOPITAL",
            code_service="CHM-TECH",
            date_mise_a_disposition=livree.survenu_le,
        )
    return facture


def test_l_ancien_destinataire_lit_la_facture_telle_qu_elle_etait(agent, recyclee, destinataire):
    client = agent(destinataire)
    html = page(client, recyclee, Espace.RECUES)
    dit = texte(html)
    assert "a été recyclée vers un autre destinataire" in dit
    assert "COMMUNE DE VALMORAN" in dit
    assert "EJ-MAIRIE" in dit
    for secret in ("MONTBRISAC", "EJ-HOPITAL", "CHM-TECH", "SECRET"):
        assert secret not in dit
    assert "Traiter" not in actions(html)
    historique = page(client, recyclee, Espace.RECUES, volet="historique")
    assert historique.count('data-bas-cle="h-') == 3  # déposée, mise à disposition, à recycler
    assert "Recyclage n° 1" not in page(client, recyclee, Espace.RECUES, volet="historique", liste="evenements")
    assert "aide-dgp" not in html


def test_le_nouveau_destinataire_lit_depuis_a_recycler(agent, recyclee, cohort):
    client = agent(factories.publique(cohort, factories.HOPITAL))
    historique = texte(page(client, recyclee, Espace.RECUES, volet="historique"))
    assert "Ce n&#x27;est pas pour nous" in historique
    lignes = page(client, recyclee, Espace.RECUES, volet="historique").count('data-bas-cle="h-')
    assert lignes == 3  # à recycler, déposée, mise à disposition


def test_l_emetteur_voit_le_compteur_et_tout(gestionnaire, recyclee):
    html = page(gestionnaire, recyclee, volet="historique")
    assert "Recyclée 1 fois" in html
    assert html.count('data-bas-cle="h-') == 6
    assert "Recyclage n° 1" in page(gestionnaire, recyclee, volet="historique", liste="evenements")


# --- histories


def test_historique_des_statuts(gestionnaire, emise, cohort, compte):
    facture = emise(S.MISE_A_DISPOSITION)
    ligne(
        facture,
        S.MANDATEE,
        action=Action.MANDATER,
        motif="",
        numero_mandat="DP-2026-7",
        robot=True,
        auteur="COMMUNE DE VALMORAN – service gestionnaire",
    )
    with cohort.monde():
        type(compte).objects.filter(pk=compte.pk).update(telephone="01 02 03 04 05")
    dit = texte(page(gestionnaire, facture, volet="historique"))
    assert "N° de mandat / DP : DP-2026-7" in dit
    assert "Nadia Poste01 stagiaire01@session.example · 01 02 03 04 05" in dit
    assert "Chorus Pro (simulé)" in dit
    assert "service gestionnaire" in dit
    assert "robot" not in dit.lower()
    assert "simulée" not in dit.partition("Historique")[2].partition("Aide DGP")[0]
    assert "Dernière action : Mandatée, par COMMUNE DE VALMORAN" in dit


def test_actions_et_evenements_ont_leur_liste(gestionnaire, agent, emise, cohort, compte, destinataire):
    facture = emise()
    client = agent(destinataire)
    with cohort.monde():
        from accounts.models import Compte

        lui = Compte.objects.get(login_email="agent@session.example")
        for code, qui in (("TELECHARGEMENT_CERTIFICAT", compte), ("TELECHARGEMENT_FACTURE", lui)):
            ActionUtilisateur.objects.create(cohort=cohort, place=1, facture=facture, code=code, compte=qui)
        EvenementComplementaire.objects.create(
            cohort=cohort, place=1, facture=facture, libelle="Valideur modifié", auteur="Nadia"
        )
    emetteur = page(gestionnaire, facture, volet="historique", liste="actions")
    assert "Téléchargement du certificat de dépôt" in emetteur
    assert "Valideur modifié" in page(gestionnaire, facture, volet="historique", liste="evenements")
    recue = page(client, facture, Espace.RECUES, volet="historique", liste="actions")
    assert "Téléchargement de la facture, par Aline Agent" in texte(recue)
    assert "certificat de dépôt" not in recue


@pytest.mark.parametrize("liste", ["statuts", "evenements", "actions", "inconnue"])
def test_listes_vides_et_inconnues(gestionnaire, brouillon, liste):
    html = page(gestionnaire, brouillon, volet="historique", liste=liste)
    assert 'id="t-historique"' in html


# --- path


def etats(facture, lignes=None, espace=Espace.EMISES):
    with facture.cohort.monde():
        histoire = lignes if lignes is not None else list(facture.historique.all())
        return [(e.label, e.etat) for e in chemin(facture, histoire, espace)]


def test_chemin_d_une_facture_simple(emise):
    assert etats(emise()) == [
        ("Déposée", "passe"),
        ("En cours d'acheminement", "passe"),
        ("Mise à disposition du destinataire", "present"),
        ("Service fait", "futur"),
        ("Mandatée", "futur"),
        ("Mise à disposition du comptable", "futur"),
        ("Comptabilisée", "futur"),
        ("Mise en paiement", "futur"),
    ]


def test_chemin_d_une_a9_avant_et_apres_sa_validation(emise, cohort):
    titulaire = factories.structure(cohort, 2)
    deposee = emise(S.DEPOSEE, cadre=Cadre.A9, valideur=titulaire)
    assert [label for label, _ in etats(deposee)][:4] == [
        "Déposée",
        "À valider 1",
        "Validée 1",
        "En cours d'acheminement",
    ]
    deposee.valideur_2 = titulaire
    assert S.A_VALIDER_2 in prevues(deposee)
    deposee.valideur_2 = None
    silence = emise(S.DEPOSEE, cadre=Cadre.A9, valideur=titulaire, numero="F-2")
    for statut in (S.A_VALIDER_1, S.ABSENCE_VALIDATION_1_HORS_DELAI):
        ligne(silence, statut)
    silence.statut = S.ABSENCE_VALIDATION_1_HORS_DELAI
    assert etats(silence)[2:4] == [
        ("Absence de validation 1 (hors délai)", "present"),
        ("En cours d'acheminement", "futur"),
    ]
    erreur = emise(S.DEPOSEE, cadre=Cadre.A9, valideur=titulaire, numero="F-3")
    for statut in (S.A_VALIDER_1, S.ERREUR_FOURNISSEUR_SUR_VALIDEUR):
        ligne(erreur, statut)
    erreur.statut = S.ERREUR_FOURNISSEUR_SUR_VALIDEUR
    assert etats(erreur)[3] == ("À valider 1", "futur")


@pytest.mark.parametrize(
    ("cadre", "regime", "finit"),
    [(Cadre.A12, Regime.HISTORIQUE, True), (Cadre.A9, Regime.HISTORIQUE, True), (Cadre.A9, Regime.REFORME_2026, False)],
)
def test_un_refus_definitif_n_a_pas_de_suite(emise, cohort, cadre, regime, finit):
    facture = emise(S.REFUSEE_1, cadre=cadre, valideur=factories.structure(cohort, 2))
    cohort.regime = regime
    futurs = [label for label, etat in etats(facture) if etat == "futur"]
    assert (futurs == []) is finit


def test_chemin_renvoye_puis_repris(emise):
    suspendue = emise(S.SUSPENDUE)
    vues = etats(suspendue)
    assert vues[3] == ("Suspendue", "present")
    assert vues[4:6] == [("Complétée", "futur"), ("Service fait", "futur")]
    ligne(suspendue, S.SUSPENDUE)
    ligne(suspendue, S.COMPLETEE)
    suspendue.statut = S.COMPLETEE
    assert [v for v in etats(suspendue) if v[0] == "Suspendue"] == [("Suspendue", "branche")]
    a_recycler = emise(S.A_RECYCLER, numero="F-2", cadre=Cadre.A9)
    assert etats(a_recycler)[4:6] == [("Déposée", "futur"), ("En cours d'acheminement", "futur")]


def test_une_recyclee_refait_tout_le_chemin(recyclee, cohort):
    with cohort.monde():
        facture = Facture.objects.select_related("destinataire").get(pk=recyclee.pk)
    facture.cohort = cohort
    vues = etats(facture)
    # The first loop keeps its start and what ended it; the second one is whole.
    assert vues[:4] == [
        ("Déposée", "passe"),
        ("À recycler", "branche"),
        ("Déposée", "passe"),
        ("Mise à disposition du destinataire", "present"),
    ]
    assert vues[-5] == ("Service fait", "futur")
    facture.quittee_le = clock.real_now()
    assert all(etat != "futur" for _, etat in etats(facture))


def test_chemin_de_l_avoir_et_du_paiement_non_remonte(emise, destinataire):
    avoir = emise(type_facture=TypeFacture.AVOIR)
    assert etats(avoir)[-1] == ("Prise en compte par le destinataire", "futur")
    avoir.solde = True
    assert etats(avoir)[-1] == ("Mise à disposition du destinataire", "present")
    facture = emise(numero="F-2")
    facture.destinataire.mise_en_paiement_non_remontee = True
    assert etats(facture)[-1] == ("Comptabilisée", "futur")
    assert S.EN_COURS_ACHEMINEMENT not in prevues(facture, Espace.RECUES)


# --- « Aide DGP »


@pytest.fixture
def en_retard(emise, cohort):
    """§8.3, moved to 2026: 12 000 € TTC, suspended ten days in, completed, never paid."""
    facture = emise(date_facture=date(2026, 9, 1), montant_a_payer=Decimal(12000), montant_ttc=Decimal(12000))
    for statut, quand in (
        (S.SUSPENDUE, datetime(2026, 9, 11, 9, tzinfo=UTC)),
        (S.COMPLETEE, datetime(2026, 9, 18, 9, tzinfo=UTC)),
    ):
        ligne(facture, statut, survenu_le=quand)
    return facture


def test_interets_et_indemnite(gestionnaire, en_retard, cohort):
    """A18."""
    ligne(en_retard, S.MISE_EN_PAIEMENT, survenu_le=datetime(2026, 11, 5, 9, tzinfo=UTC))
    with cohort.monde():
        Facture.objects.update(statut=S.MISE_EN_PAIEMENT)
    dit = texte(page(gestionnaire, en_retard))
    assert "60,07" in dit
    assert "100,07" in dit
    assert "18 j après l'échéance" in dit
    assert "vers le 10/11/2026" in dit
    choisi = page(gestionnaire, en_retard, taux="12,25")
    assert "72,49" in texte(choisi)
    assert "112,49" in texte(choisi)
    assert re.search(r'<details[^>]*id="aide-dgp"[^>]*open', choisi)


def test_le_calendrier_a_son_equivalent_en_texte(gestionnaire, en_retard):
    dit = texte(page(gestionnaire, en_retard))
    for date_, quoi in (
        ("01/09/2026", "Départ du délai"),
        ("11/09/2026", "Suspension : le délai s&#x27;arrête"),
        ("18/09/2026", "Reprise, pour 30 jours"),
        ("18/10/2026", "Échéance : dernier jour pour payer"),
        ("07/12/2026", "Aujourd&#x27;hui (date simulée)"),
    ):
        assert f"{date_} {quoi}" in dit
    assert "dépassée de 50 j" in dit
    assert "absente du vrai portail" in dit


def test_service_fait_posterieur(gestionnaire, emise):
    facture = emise()
    dit = texte(page(gestionnaire, facture, service_fait="05/12/2026"))
    assert "Le délai part du service fait" in dit
    assert "04/01/2027" in dit
    assert "Service fait antérieur" in texte(page(gestionnaire, facture, service_fait="15/11/2026"))


@pytest.mark.parametrize(
    ("criteres", "dit"),
    [
        ({"taux": "abc"}, "n&#x27;est pas un nombre"),
        ({"taux": "250"}, "entre 0 et 100"),
        ({"service_fait": "x"}, "date"),
    ],
)
def test_une_valeur_illisible_est_dite_et_gardee(gestionnaire, en_retard, criteres, dit):
    html = page(gestionnaire, en_retard, **criteres)
    panneau = html.partition('id="aide-dgp"')[2]
    assert dit in panneau
    assert f'value="{next(iter(criteres.values()))}"' in panneau
    assert "18/10/2026" in panneau


@pytest.mark.parametrize(
    ("statut", "champs", "motif"),
    [
        (S.MISE_A_DISPOSITION, {"devise": "USD"}, "en euros"),
        (S.REJETEE, {}, "pas acceptée"),
        (S.REFUSEE_1, {"cadre": Cadre.A12}, "pas acceptée"),
        (S.MISE_A_DISPOSITION, {"montant_a_payer": Decimal(0)}, "reste rien à payer"),
        (S.A_RECYCLER, {}, "nouveau délai partira"),
        (S.DEPOSEE, {}, "pas du dépôt"),
    ],
)
def test_sans_objet(gestionnaire, emise, statut, champs, motif):
    panneau = texte(page(gestionnaire, emise(statut, **champs)).partition('id="aide-dgp"')[2])
    assert motif in panneau
    assert "Échéance le" not in panneau


def test_deuxieme_suspension(gestionnaire, en_retard):
    """A17."""
    ligne(en_retard, S.SUSPENDUE, survenu_le=datetime(2026, 9, 25, 9, tzinfo=UTC))
    dit = texte(page(gestionnaire, en_retard))
    assert "Déjà suspendue une fois : le délai continue" in dit
    assert "18/10/2026" in dit


def test_une_autre_session_n_a_pas_cette_page(autre_client, emise):
    assert autre_client.get(url("facture", emise().pk)).status_code == 404
