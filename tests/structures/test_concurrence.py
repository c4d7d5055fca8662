"""Many browsers at once on the same structure (comptes-structures.md §5.3, §5.4): no failure, no rule broken.

Each query waits a little at random: the browsers really cross. PostgreSQL only, since SQLite has one writer.
"""

import random
import threading
import time

import pytest
from django.db import connection
from django.urls import reverse

from accounts.enums import EtatCompte, UsageJeton
from accounts.models import CodeConnexion, Compte, Jeton
from accounts.profils import Profil
from accounts.services import facteur
from sandbox import clock
from structures.enums import EtatStructure, Role, StatutRattachement
from structures.identifiants import est_siret, siret_de_base
from structures.models import (
    CompteTechnique,
    CoordonneesBancaires,
    EntrepriseInsee,
    Habilitation,
    Rattachement,
    Service,
    Structure,
)
from tests import factories
from tests.conftest import client_au_poste, connecter

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="la base SQLite des essais est en mémoire"),
]
TOURS = 3
PAUSE = 0.004


def _hesiter(execute, sql, params, many, context):
    time.sleep(random.random() * PAUSE)
    return execute(sql, params, many, context)


def ensemble(*gestes):
    """Play these gestures at the same time; their answers, in order."""
    depart, reponses = threading.Barrier(len(gestes)), [None] * len(gestes)

    def jouer(rang, geste):
        try:
            with connection.execute_wrapper(_hesiter):
                depart.wait()
                reponses[rang] = geste()
        except Exception as erreur:
            reponses[rang] = erreur
        finally:
            connection.close()

    fils = [threading.Thread(target=jouer, args=paire) for paire in enumerate(gestes)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    return reponses


def statuts(reponses):
    """Status of each answer; what was raised, when something was."""
    return [getattr(reponse, "status_code", reponse) for reponse in reponses]


def sans_panne(reponses):
    codes = statuts(reponses)
    assert all(isinstance(code, int) and code < 500 for code in codes), codes
    return codes


@pytest.fixture
def session(transactional_db):
    return factories.cohort()


@pytest.fixture
def scene(session):
    """A company, its gestionnaire principal, two managers, a factory of users."""
    return Scene(session)


class Scene:
    def __init__(self, cohort):
        self.cohort, self.numero = cohort, 0
        self.recommencer()

    def recommencer(self):
        """A new company and new people: nothing remains of the former round."""
        self.numero += 1
        siret = f"{self.numero:014d}"
        self.gp = self.qui("gp")
        self.structure = factories.structure(self.cohort, identifiant=siret, raison_sociale=f"ESSAI {self.numero}")
        factories.rattachement(self.gp, self.structure)

    def qui(self, nom, place=1):
        return factories.compte(self.cohort, place, login_email=f"{nom}{self.numero}@session.example", nom=nom)

    def lien(self, nom, profils=(), **champs):
        return factories.rattachement(
            self.qui(nom), self.structure, role=Role.UTILISATEUR, profils=list(profils), **champs
        )

    def responsable(self, nom):
        return self.lien(nom, [Profil.ORGANISATION])

    def attente(self, nom):
        return self.lien(nom, statut=StatutRattachement.EN_COURS_DE_VALIDATION)

    def navigateur(self, compte):
        client = connecter(client_au_poste(self.cohort, 1), compte)
        client.raise_request_exception = False
        return client

    def poster(self, compte, route, *args, **champs):
        client = self.navigateur(compte)
        return lambda: client.post(reverse(f"structures:{route}", args=args), champs)

    def agir(self, compte, lien, acte):
        return self.poster(compte, "utilisateur_agir", self.structure.pk, lien.pk, acte=acte)

    def transferer(self, lien, par=None):
        return self.poster(par or self.gp, "transferer_gestion", self.structure.pk, vers=lien.pk)

    def gestionnaires(self, structure=None):
        with self.cohort.monde():
            liens = Rattachement.objects.filter(structure=structure or self.structure, role=Role.GESTIONNAIRE_PRINCIPAL)
            return [(lien.compte, lien.statut) for lien in liens.select_related("compte")]

    def un_seul_gestionnaire(self, structure=None):
        ((compte, statut),) = self.gestionnaires(structure)
        assert statut == StatutRattachement.VALIDEE
        assert compte.etat == EtatCompte.ACTIF
        return compte

    def droits(self, lien):
        with self.cohort.monde():
            return sorted(Habilitation.objects.filter(rattachement=lien).values_list("profil", flat=True))

    def relire(self, objet):
        with self.cohort.monde():
            return type(objet).objects.get(pk=objet.pk)


def toujours(scene):
    for _ in range(TOURS):
        scene.recommencer()
        yield scene


def test_deux_gestionnaires_repondent_a_la_meme_demande(scene):
    for s in toujours(scene):
        autre, demande = s.responsable("autre"), s.attente("demandeur")
        ou = (s.structure.pk, demande.pk)
        reponses = ensemble(
            s.poster(s.gp, "approbation", *ou, c_tout_FACTURES_EMISES="on"),
            s.poster(autre.compte, "approbation", *ou, action="refuser", motif="Inconnu."),
            s.poster(s.gp, "approbations", s.structure.pk, ids=[demande.pk]),
        )
        codes = sans_panne(reponses)
        demande = s.relire(demande)
        assert demande.statut in (StatutRattachement.VALIDEE, StatutRattachement.REFUSEE)
        assert sorted(codes[:2]) in ([302, 422], [422, 422]), codes
        assert bool(s.droits(demande)) == demande.est_valide


def test_deux_transferts(scene):
    for s in toujours(scene):
        un, deux = s.lien("un"), s.lien("deux")
        codes = sans_panne(ensemble(s.transferer(un), s.transferer(deux)))
        assert codes.count(302) == 1, codes
        assert s.un_seul_gestionnaire() in (un.compte, deux.compte)


@pytest.mark.parametrize("acte", ["detacher", "desactiver"])
def test_transfert_pendant_que_le_suivant_s_en_va(scene, acte):
    for s in toujours(scene):
        autre, suivant = s.responsable("autre"), s.lien("suivant")
        codes = sans_panne(ensemble(s.transferer(suivant), s.agir(autre.compte, suivant, acte)))
        assert s.un_seul_gestionnaire() == (suivant.compte if codes[0] == 302 else s.gp)


def test_transfert_pendant_que_le_suivant_se_detache_ou_ferme_son_compte(scene):
    for s in toujours(scene):
        suivant = s.lien("suivant")
        client = s.navigateur(suivant.compte)
        reponses = ensemble(
            s.transferer(suivant),
            lambda client=client: client.post(
                reverse("accounts:desactivation"), {"type": "DESACTIVER", "confirme": "on", "desactiver": "on"}
            ),
        )
        sans_panne(reponses)
        s.un_seul_gestionnaire()
        s.recommencer()
        suivant = s.lien("suivant")
        sans_panne(ensemble(s.transferer(suivant), s.poster(suivant.compte, "retirer_rattachement", suivant.pk)))
        s.un_seul_gestionnaire()


def test_droits_changes_par_deux_personnes_pendant_un_detachement(scene):
    for s in toujours(scene):
        autre, cible, modele = s.responsable("autre"), s.lien("cible"), s.lien("modele", [Profil.FACTURES_RECUES])
        ou = (s.structure.pk, cible.pk)
        sans_panne(
            ensemble(
                s.poster(s.gp, "utilisateur", *ou, c_tout_FACTURES_EMISES="on"),
                s.poster(autre.compte, "utilisateur", *ou, c_tout_FACTURES_EMISES="on", c_tout_MEMOIRES="on"),
                s.poster(s.gp, "dupliquer_droits", s.structure.pk, modele.pk, vers=cible.pk),
                s.agir(autre.compte, cible, "detacher"),
            )
        )
        if s.relire(cible).statut == StatutRattachement.SUPPRIMEE:
            assert s.droits(cible) == []


def test_transfert_pendant_qu_on_retire_des_droits_au_suivant(scene):
    """Whoever becomes gestionnaire principal holds every profile."""
    for s in toujours(scene):
        autre, suivant = s.responsable("autre"), s.lien("suivant")
        codes = sans_panne(
            ensemble(
                s.transferer(suivant),
                s.poster(autre.compte, "utilisateur", s.structure.pk, suivant.pk, c_tout_FACTURES_EMISES="on"),
            )
        )
        if codes[0] == 302:
            assert Profil.ORGANISATION in s.droits(suivant)


def test_services_demandes_deux_fois_puis_traites_deux_fois(scene):
    for s in toujours(scene):
        service, membre = factories.service(s.structure), s.lien("membre")
        champs = {"structure": s.structure.pk, f"services_{s.structure.pk}": service.pk}
        autre = s.responsable("autre")
        codes = sans_panne(
            ensemble(
                *[s.poster(membre.compte, "demander_rattachement", **champs)] * 1,
                s.poster(membre.compte, "demander_rattachement", **champs),
            )
        )
        assert codes.count(302) == 1, codes
        ou = (s.structure.pk, membre.pk)
        reponse = {"accordes": service.pk, "perimetre": service.pk, f"c_{service.pk}_FACTURES_EMISES": "on"}
        codes = sans_panne(
            ensemble(
                s.poster(s.gp, "approbation", *ou, **reponse),
                s.poster(autre.compte, "approbation", *ou, **reponse),
                s.poster(autre.compte, "approbation", *ou, action="refuser", motif="Non."),
            )
        )
        assert codes.count(302) == 1, codes


def test_rattacher_reactiver_demander_la_meme_personne(scene):
    for s in toujours(scene):
        ancien = s.lien("ancien", statut=StatutRattachement.DESACTIVEE)
        autre = s.responsable("autre")
        sans_panne(
            ensemble(
                s.poster(s.gp, "rattacher_utilisateur", s.structure.pk, login_email=ancien.compte.login_email),
                s.poster(autre.compte, "rattacher_utilisateur", s.structure.pk, login_email=ancien.compte.login_email),
                s.agir(autre.compte, ancien, "reactiver"),
                s.poster(ancien.compte, "demander_rattachement", structure=s.structure.pk),
            )
        )
        with s.cohort.monde():
            vivants = Rattachement.objects.filter(
                compte=ancien.compte, structure=s.structure, statut__in=["VALIDEE", "EN_COURS_DE_VALIDATION"]
            )
            assert vivants.count() == 1


def test_le_meme_service_cree_deux_fois(scene):
    for s in toujours(scene):
        champs = {"type": "CREER", "structure": s.structure.pk, "libelle": "Atelier"}
        autre = s.responsable("autre")
        sans_panne(
            ensemble(
                s.poster(s.gp, "gerer_service", code="ATELIER", **champs),
                s.poster(autre.compte, "gerer_service", code="atelier", **champs),
                s.poster(s.gp, "gerer_service", code="ATELIER", **champs),
            )
        )
        with s.cohort.monde():
            assert Service.objects.filter(structure=s.structure, code__iexact="atelier").count() == 1


def test_le_compte_technique_demande_deux_fois(scene):
    for s in toujours(scene):
        champs = {"type": "creation", "structure": s.structure.pk, "numero": 1}
        codes = sans_panne(ensemble(*[s.poster(s.gp, "demander_compte_technique", **champs) for _ in range(3)]))
        assert codes.count(302) == 1, codes
        with s.cohort.monde():
            assert CompteTechnique.objects.filter(structure=s.structure).count() == 1


def test_demandes_simultanees_de_beaucoup_de_monde(scene):
    comptes = [scene.qui(f"d{rang}-", place=1 + rang % 3) for rang in range(40)]
    codes = sans_panne(
        ensemble(*[scene.poster(c, "demander_rattachement", structure=scene.structure.pk) for c in comptes])
    )
    assert set(codes) == {302}
    autre = scene.responsable("autre")
    sans_panne(
        ensemble(
            scene.poster(scene.gp, "approbations", scene.structure.pk, toutes="on"),
            scene.poster(autre.compte, "approbations", scene.structure.pk, toutes="on", action="refuser", motif="Non"),
        )
    )
    with scene.cohort.monde():
        liens = Rattachement.objects.filter(structure=scene.structure, compte__in=comptes)
        assert {lien.statut for lien in liens} <= {"VALIDEE", "REFUSEE"}
        refuses = liens.filter(statut="REFUSEE")
        assert not Habilitation.objects.filter(rattachement__in=refuses).exists()


def _sirets_du_meme_siren(scene):
    """That of the company, and another one that INSEE knows."""
    siren = siret_de_base(f"0003{scene.numero:04d}")[:9]
    ancien, neuf = [s for n in range(1, 40) if est_siret(s := f"{siren}{n:05d}")][:2]
    with scene.cohort.monde():
        Structure.objects.filter(pk=scene.structure.pk).update(identifiant=ancien)
        modele = EntrepriseInsee.objects.filter(active=True).first()
        modele.pk, modele.siret, modele._state.adding = None, neuf, True
        modele.save()
    return neuf


def test_siret_change_pendant_une_demande(scene):
    """Nobody waits at the door of a structure that has moved."""
    for s in toujours(scene):
        neuf = _sirets_du_meme_siren(s)
        demandeur, membre, attente = s.qui("demandeur"), s.lien("membre"), s.attente("attente")
        codes = sans_panne(
            ensemble(
                s.poster(s.gp, "changer_identifiant", s.structure.pk, siret=neuf),
                s.poster(demandeur, "demander_rattachement", structure=s.structure.pk),
                s.poster(s.gp, "approbation", s.structure.pk, attente.pk, c_tout_FACTURES_EMISES="on"),
                s.transferer(membre),
            )
        )
        assert codes[0] == 302, codes
        with s.cohort.monde():
            nouvelle = Structure.objects.get(identifiant=neuf)
            assert not Rattachement.objects.filter(structure=s.structure, statut="EN_COURS_DE_VALIDATION").exists()
            recu = Rattachement.objects.filter(structure=nouvelle, compte=attente.compte)
            assert recu.count() == 1
        s.un_seul_gestionnaire(nouvelle)


def test_banque_deux_comptes_par_defaut(scene):
    for s in toujours(scene):
        autre = s.responsable("autre")
        with s.cohort.monde():
            comptes = [
                CoordonneesBancaires.objects.create(
                    cohort=s.cohort, place=1, structure=s.structure, nom=f"C{n}", iban=f"FR{n:025d}"
                )
                for n in range(3)
            ]
        ibans = ["FR7630006000011234567890189", "FR1420041010050500013M02606"]
        sans_panne(
            ensemble(
                *[s.poster(q, "banque_defaut", s.structure.pk, c.pk) for q in (s.gp, autre.compte) for c in comptes],
                s.poster(s.gp, "banque_desactiver", s.structure.pk, comptes[0].pk),
                *[s.poster(s.gp, "banque_ajouter", s.structure.pk, nom="N", iban=i, defaut="on") for i in ibans],
            )
        )
        with s.cohort.monde():
            assert CoordonneesBancaires.objects.filter(structure=s.structure, defaut=True).count() == 1


def test_cinq_essais_de_code_meme_ensemble(scene):
    """Five tries a code, even when thirty browsers try at the same time."""
    compte = scene.qui("code")
    scene.cohort.second_facteur = True
    scene.cohort.save(update_fields=["second_facteur"])
    with scene.cohort.monde():
        facteur.commencer(compte)
    navigateurs = []
    for _ in range(16):
        client = client_au_poste(scene.cohort, 1)
        client.raise_request_exception = False
        client.post(
            reverse("accounts:connexion"), {"login_email": compte.login_email, "mot_de_passe": factories.MOT_DE_PASSE}
        )
        navigateurs.append(client)
    faux = ensemble(
        *[lambda c=c, n=n: c.post(reverse("accounts:code"), {"code": f"{n:06d}"}) for n, c in enumerate(navigateurs)]
    )
    sans_panne(faux)
    essayes = sum("pas le code reçu" in r.content.decode() for r in faux)
    assert essayes == CodeConnexion.ESSAIS_MAXIMUM


def test_deux_activations_du_meme_lien(scene):
    for s in toujours(scene):
        compte = s.qui("neuf")
        with s.cohort.monde():
            Compte.objects.filter(pk=compte.pk).update(etat=EtatCompte.EN_ATTENTE_ACTIVATION)
            Jeton.objects.create(
                cohort=s.cohort,
                place=1,
                compte=compte,
                usage=UsageJeton.ACTIVATION,
                jeton=f"lien{s.numero}",
                expire_le=clock.real_now() + Jeton.VALIDITE,
            )
        clients = [client_au_poste(s.cohort, 1) for _ in range(3)]
        for client in clients:
            client.raise_request_exception = False
        mots = [f"MotDePasse!2026-{n}" for n in range(3)]
        url = reverse("accounts:activer", args=[f"lien{s.numero}"])
        reponses = ensemble(
            *[
                lambda c=c, m=m, url=url: c.post(url, {"mot_de_passe": m, "confirmation": m})
                for c, m in zip(clients, mots, strict=True)
            ]
        )
        codes = sans_panne(reponses)
        assert sorted(codes) == [302, 410, 410]
        assert s.relire(compte).check_password(mots[codes.index(302)])


def test_deux_comptes_prennent_la_meme_adresse(scene):
    for s in toujours(scene):
        liens = []
        for rang in range(2):
            compte = s.qui(f"adresse{rang}-")
            with s.cohort.monde():
                Jeton.objects.create(
                    cohort=s.cohort,
                    place=1,
                    compte=compte,
                    usage=UsageJeton.ADRESSE,
                    jeton=f"a{rang}x{s.numero}",
                    nouvelle_adresse=f"prise{s.numero}@session.example",
                    expire_le=clock.real_now() + Jeton.VALIDITE,
                )
            liens.append((s.navigateur(compte), reverse("accounts:confirmer_adresse", args=[f"a{rang}x{s.numero}"])))
        codes = sans_panne(ensemble(*[lambda c=c, u=u: c.get(u) for c, u in liens]))
        assert sorted(codes) == [302, 409]


def test_structure_desactivee_pendant_une_demande_et_une_fiche(scene):
    for s in toujours(scene):
        sans_panne(
            ensemble(
                s.poster(s.gp, "gerer", type="DESACTIVER", identifiant=s.structure.pk),
                s.poster(s.qui("demandeur"), "demander_rattachement", structure=s.structure.pk),
                s.poster(s.gp, "ouvrir_fiche", structure=s.structure.pk, mode="API", environnement="QUALIFICATION"),
                s.poster(s.gp, "demander_compte_technique", type="creation", structure=s.structure.pk, numero=1),
            )
        )
        assert s.relire(s.structure).etat == EtatStructure.INACTIF
