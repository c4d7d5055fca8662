"""Answer many requests in one gesture: a constant number of queries, however many they are (§5.3, mass action)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts.enums import Niveau
from accounts.models import Compte
from sandbox import clock
from sandbox.events.registry import publish
from sandbox.mail.services import send_many
from structures.enums import StatutRattachement, TypeActe
from structures.models import ActeGestion, Habilitation, Personnage, Rattachement, RattachementService, Structure
from structures.services import habilitations, verrous
from structures.services.actes import composer_acte
from structures.services.courriers import composer_a_l_utilisateur
from structures.services.habilitations import Choix
from structures.services.promesses import apres_habilitation, apres_refus
from structures.services.rattachements import (
    MOTIF_MAXIMUM,
    RattachementRefuse,
    courrier_refuse,
    courrier_valide,
    deja_traite,
)

ATTENTE = StatutRattachement.EN_COURS_DE_VALIDATION
LOT = 500
"""Rows a statement: SQLite bounds the parameters of one."""


@dataclass(frozen=True, slots=True)
class Bilan:
    """How many requests were answered; why the others were left alone, in French."""

    faites: int
    ecartees: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Demande:
    """What waits: the attachment itself when ``neuve``, else these services of somebody already attached."""

    lien: Rattachement
    services: list[RattachementService]

    @property
    def neuve(self) -> bool:
        return self.lien.en_attente

    @property
    def codes(self) -> dict[int, str]:
        return {s.service_id: s.service.code for s in self.services}


def _lire(structure: Structure, ids: set[int], par: Compte | None) -> tuple[list[_Demande], list[str]]:
    """Those that still wait, and why the others cannot be answered. The structure is locked."""
    liens = (
        Rattachement.objects.filter(structure=structure, pk__in=ids)
        .select_related("compte", "traite_par")
        .order_by("demande_le", "pk")
    )
    attente: dict[int, list[RattachementService]] = {}
    services = RattachementService.objects.filter(rattachement__in=ids, statut=ATTENTE).select_related("service")
    for service in services.order_by("service__code"):
        attente.setdefault(service.rattachement_id, []).append(service)
    retenues, ecartees = [], []
    for lien in liens:
        lien.structure, lien.cohort = structure, structure.cohort
        demande = _Demande(lien, attente.get(lien.pk, []))
        if par is not None and par.pk == lien.compte_id:
            ecartees.append("On ne répond pas à sa propre demande : un autre gestionnaire doit y répondre.")
        elif demande.neuve or (lien.est_valide and demande.services):
            retenues.append(demande)
        else:
            ecartees.append(str(deja_traite(lien)))
    return retenues, ecartees


def _trancher(demandes: list[_Demande], statut: StatutRattachement, par: Compte | None, motif: str = "") -> None:
    faits = {"statut": statut, "motif": motif, "traite_le": clock.now(), "traite_par": par}
    neuves = [d.lien.pk for d in demandes if d.neuve]
    Rattachement.objects.filter(pk__in=neuves, statut=ATTENTE).update(**faits)
    services = [s.pk for d in demandes for s in d.services]
    RattachementService.objects.filter(pk__in=services, statut=ATTENTE).update(**faits)


def _joues(demandes: list[_Demande]) -> set[int]:
    """Accounts of simulated persons: they read no mail, and their script says what an answer leads to."""
    comptes = [d.lien.compte_id for d in demandes]
    return set(Personnage.objects.filter(compte__in=comptes).values_list("compte_id", flat=True))


def _donner(demandes: list[_Demande], choix: dict[int, list[Choix]]) -> None:
    """Rights of newcomers are written; those who came for a service keep theirs and get those that they lack."""
    Habilitation.objects.filter(rattachement__in=[d.lien.pk for d in demandes if d.neuve]).delete()
    deja = set(
        Habilitation.objects.filter(rattachement__in=[d.lien.pk for d in demandes]).values_list(
            "rattachement_id", "profil", "service_id"
        )
    )
    Habilitation.objects.bulk_create(
        (
            Habilitation(
                cohort=d.lien.cohort,
                place=d.lien.place,
                rattachement=d.lien,
                profil=un.profil,
                niveau=un.niveau,
                service_id=un.service_id,
            )
            for d in demandes
            for un in choix[d.lien.pk]
            if (d.lien.pk, un.profil, un.service_id) not in deja
        ),
        batch_size=LOT,
    )


def _droits(structure: Structure, demande: _Demande) -> list[Choix]:
    """Default rights (§5.2); none for the gestionnaire principal, who holds everything."""
    if demande.lien.est_gestionnaire:
        return []
    return habilitations.par_defaut(structure, demande.codes)


@transaction.atomic
def valider_en_masse(structure: Structure, ids: Iterable[int], *, par: Compte | None) -> Bilan:
    """Accept these requests, services included, with the default rights. Those already answered are only reported."""
    verrous.structures(structure)
    demandes, ecartees = _lire(structure, set(ids), par)
    choix = {d.lien.pk: _droits(structure, d) for d in demandes}
    _donner(demandes, choix)
    _trancher(demandes, StatutRattachement.VALIDEE, par)
    joues = _joues(demandes)
    actes, courriers = [], []
    for demande in demandes:
        lien, codes = demande.lien, list(demande.codes.values())
        textes = sorted(habilitations.libelle(un, demande.codes) for un in choix[lien.pk])
        actes.append(
            composer_acte(
                structure,
                TypeActe.RATTACHEMENT_VALIDE,
                par=par,
                objet=lien.compte.login_email,
                apres={"habilitations": textes, "services": codes},
            )
        )
        if lien.compte_id in joues:
            apres_habilitation(lien, {un.profil for un in choix[lien.pk] if un.niveau == Niveau.MODIFICATION})
        else:
            etiquettes = [s.etiquette for s in demande.services]
            courriers.append(composer_a_l_utilisateur(lien, *courrier_valide(structure, textes, etiquettes)))
    ActeGestion.objects.bulk_create(actes, batch_size=LOT)
    send_many(courriers)
    if demandes:
        publish("rattachements.valides", **_faits(structure, len(demandes)))
    return Bilan(len(demandes), ecartees)


def _courrier_refuse(structure: Structure, demande: _Demande, motif: str) -> tuple[str, str]:
    if demande.neuve:
        return courrier_refuse(structure, motif)
    codes = ", ".join(demande.codes.values())
    return f"Services de {structure.raison_sociale}", f"Services refusés : {codes}.\nMotif : « {motif} »"


@transaction.atomic
def refuser_en_masse(structure: Structure, ids: Iterable[int], *, motif: str, par: Compte | None) -> Bilan:
    """Refuse these requests with the same reason. Raises ``RattachementRefuse`` without one."""
    motif = motif.strip()[:MOTIF_MAXIMUM]
    if not motif:
        raise RattachementRefuse("Indiquez le motif du refus : les demandeurs le liront.", "motif")
    verrous.structures(structure)
    demandes, ecartees = _lire(structure, set(ids), par)
    _trancher(demandes, StatutRattachement.REFUSEE, par, motif)
    joues = _joues(demandes)
    actes, courriers = [], []
    for demande in demandes:
        lien, codes = demande.lien, list(demande.codes.values())
        actes.append(
            composer_acte(
                structure,
                TypeActe.RATTACHEMENT_REFUSE,
                par=par,
                objet=lien.compte.login_email,
                apres={"motif": motif} | ({} if demande.neuve else {"services": codes}),
            )
        )
        if lien.compte_id not in joues:
            courriers.append(composer_a_l_utilisateur(lien, *_courrier_refuse(structure, demande, motif)))
        elif demande.neuve:
            apres_refus(lien, par)
    ActeGestion.objects.bulk_create(actes, batch_size=LOT)
    send_many(courriers)
    if demandes:
        publish("rattachements.refuses", **_faits(structure, len(demandes)))
    return Bilan(len(demandes), ecartees)


def _faits(structure: Structure, nombre: int) -> dict[str, Any]:
    return {
        "cohort_id": structure.cohort_id,
        "structure_id": structure.pk,
        "nombre": nombre,
        "place": structure.place,
    }
