"""A class in the middle of its day, made through the services: what the screenshots show. Needs Django set up."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from accounts.enums import EtatCompte
from accounts.models import Compte, Jeton
from accounts.services import comptes
from formation.services import documents_exercice, exercices, matelas, mises_en_place, pieces_exercice, places, sessions
from invoices import calculs
from invoices.depot import Ligne
from invoices.enums import ModeDepot, Statut
from invoices.models import Facture, LignePoste
from invoices.services import deposer, flux
from sandbox import clock
from sandbox.cohorts.models import Cohort, Formateur, Participant
from sandbox.events import engine
from structures import queries
from structures.models import Structure
from structures.services import structures

ANCRAGE = date(2026, 12, 7)
MOT_DE_PASSE = "Atelier-Bois-2026"
FORMATEUR = "formateur@session.example"
POSTE = 3
STAGIAIRES = {1: ("Amel", "Rousset"), 2: ("Bastien", "Ozanne"), 3: ("Chloé", "Vasnier"), 4: ("Dinh", "Marchal")}
ARRIVES = {5: ("Estelle", "")}
VALMORAN, DEPARTEMENT, COMMUNAUTE = "00020001400017", "00020003000013", "00020005500010"


@dataclass(frozen=True)
class Envoi:
    """An invoice of a seat: days after the anchor, recipient, number, one line."""

    jour: int
    poste: int
    siret: str
    numero: str
    denomination: str
    quantite: str
    prix: str
    service: str = ""


ENVOIS = (
    Envoi(0, 1, VALMORAN, "AR-118", "Volets battants, paire", "6", "312.00"),
    Envoi(0, 2, VALMORAN, "OZ-2026-31", "Reprise de parquet, m²", "42", "58.50"),
    Envoi(0, POSTE, VALMORAN, "ARB-2026-101", "Porte d'entrée en chêne", "1", "2480.00"),
    Envoi(2, POSTE, DEPARTEMENT, "ARB-2026-102", "Plinthes, mètre", "160", "9.40", "DOR-COLLEGES"),
    Envoi(7, POSTE, COMMUNAUTE, "ARB-2026-103", "Bancs d'accueil", "4", "395.00"),
    Envoi(15, POSTE, VALMORAN, "ARB-2026-107", "Étagères de bibliothèque", "12", "186.25"),
    Envoi(15, 4, VALMORAN, "DM-7", "Pose de garde-corps", "3", "740.00"),
)
FIN = timedelta(days=21)
EXERCICES = ("ex5", "ex6", "ex7", "ex8")
"""Those that leave something on the seat: to recycle, suspended, rejected, to validate."""
FACTURX = ("ex14", "a")
"""Exercise and document whose flow the hospital's requirement rejects."""


def _compte(participant: Participant, nom: str) -> Compte:
    cohort = participant.cohort
    compte = comptes.creer(
        cohort,
        place=participant.numero,
        login_email=sessions.courriel_du_poste(participant.numero),
        prenom=participant.prenom,
        nom=nom,
    )
    comptes.choisir_mot_de_passe(Jeton.objects.select_related("compte__cohort").get(compte=compte), MOT_DE_PASSE)
    compte.refresh_from_db()
    structure = structures.creer(cohort, compte=compte, siret=places.carte(participant)["siret"])
    structures.souscrire_mandat(structure, compte=compte, nom="Mandat de facturation")
    return compte


def _envoyer(cohort: Cohort, envoi: Envoi) -> None:
    compte = Compte.objects.exclude(etat=EtatCompte.TECHNIQUE).get(place=envoi.poste, personnage__isnull=True)
    compte.cohort = cohort
    droits = queries.droits(compte)
    facture = Facture.objects.create(
        cohort=cohort,
        place=envoi.poste,
        fournisseur=queries.de(compte).get(),
        destinataire=Structure.objects.get(identifiant=envoi.siret),
        cree_par=compte,
        numero=envoi.numero,
        mode_depot=ModeDepot.SAISIE_PORTAIL,
        date_facture=clock.today(),
        code_service=envoi.service,
        statut=Statut.BROUILLON,
    )
    ligne = Ligne(
        numero=1,
        denomination=envoi.denomination,
        quantite=Decimal(envoi.quantite),
        unite="unité",
        prix_unitaire=Decimal(envoi.prix),
        taux=Decimal(20),
    )
    LignePoste.objects.create(
        cohort=cohort,
        place=envoi.poste,
        facture=facture,
        numero=1,
        denomination=ligne.denomination,
        quantite=ligne.quantite,
        unite=ligne.unite,
        prix_unitaire=ligne.prix_unitaire,
        taux=ligne.taux,
        montant_ht=calculs.ht(ligne),
    )
    totaux = calculs.totaliser(calculs.recapituler((ligne,)), Decimal(0))
    Facture.objects.filter(pk=facture.pk).update(montant_a_payer=totaux.ttc)
    deposer.envoyer(facture.pk, compte=compte, droits=droits)


def _document(participant: Participant, exercice: exercices.Exercice, cle: str) -> tuple[str, bytes]:
    decrit = exercice.document(cle)
    if decrit is None:
        raise SystemExit(f"L'exercice {exercice.cle} n'a pas de document « {cle} ».")
    lignes = mises_en_place.lignes_de(exercice.lignes.get(decrit.get("lignes", ""), ()))
    return decrit["nom"], pieces_exercice.composer(participant, decrit, lignes, clock.now())


def _exercice(cohort: Cohort, cle: str) -> exercices.Exercice:
    trouve = exercices.trouver(cohort, cle)
    if trouve is None:
        raise SystemExit(f"Le pack n'a pas d'exercice « {cle} ».")
    return trouve


def _apres_midi(participant: Participant, documents: Path) -> dict[str, str]:
    """Exercises opened, a flow that will be rejected, the data set of the seat: the other side of the portal."""
    cohort = participant.cohort
    for cle in EXERCICES:
        exercices.ouvrir(participant, _exercice(cohort, cle))
    nom, contenu = _document(participant, _exercice(cohort, FACTURX[0]), FACTURX[1])
    compte = Compte.objects.get(login_email=sessions.courriel_du_poste(participant.numero))
    compte.cohort = cohort
    fournisseur = queries.de(compte).get()
    flux.deposer_flux(
        cohort, compte=compte, fournisseur=fournisseur, nom=nom, contenu=contenu, place=participant.numero
    )
    matelas.generer(participant)
    nom, contenu = _document(participant, _exercice(cohort, "ex6"), "bl109")
    (documents / nom).write_bytes(contenu)
    return {
        "piece": str(documents / nom),
        "a_valider": f"VOL-2026-077-{participant.numero:02d}",
        "jeu": matelas.courriel("destinataire", "GP", participant.numero),
        "jeu_mot_de_passe": matelas.mot_de_passe(cohort, participant.numero),
    }


def creer(documents: Path) -> dict[str, str]:
    """Trainer, session, seats, accounts, invoices in several states; sample files in ``documents``."""
    formateur = Formateur.objects.create_user(FORMATEUR, MOT_DE_PASSE, nom="Hélène Vasseur")
    cohort = sessions.creer(
        pack="novices-7h",
        places=8,
        titre="Artisans du Haut-Orle",
        graine="captures",
        ancrage=ANCRAGE,
        date_debut=ANCRAGE,
        date_fin=ANCRAGE,
        formateur=formateur,
    )
    for numero, (prenom, _) in (STAGIAIRES | ARRIVES).items():
        places.rejoindre(cohort, prenom=prenom, numero=numero)
    with cohort.monde():
        for numero, (_, nom) in STAGIAIRES.items():
            participant = Participant.objects.select_related("cohort").get(numero=numero)
            _compte(participant, nom)
    for jour in sorted({envoi.jour for envoi in ENVOIS}):
        if jour:
            engine.advance(cohort, cohort.depart() + timedelta(days=jour))
        with cohort.monde():
            for envoi in [e for e in ENVOIS if e.jour == jour]:
                _envoyer(cohort, envoi)
    engine.advance(cohort, cohort.depart() + FIN)
    with cohort.monde():
        participant = Participant.objects.select_related("cohort").get(numero=POSTE)
        pdf = documents / "facture.pdf"
        pdf.write_bytes(documents_exercice.composer(participant, documents_exercice.DOCUMENTS[0]))
        suite = _apres_midi(participant, documents)
    return {
        "code": cohort.code,
        "poste": str(POSTE),
        "prenom": STAGIAIRES[POSTE][0],
        "pin": participant.pin,
        "login": sessions.courriel_du_poste(POSTE),
        "formateur": FORMATEUR,
        "mot_de_passe": MOT_DE_PASSE,
        "document": str(pdf),
    } | suite
