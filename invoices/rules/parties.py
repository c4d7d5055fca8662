"""Who invoices whom: fournisseur, destinataire, service, engagement, valideur (factures.md §2.11, §2.14)."""

from collections.abc import Iterator

from invoices.depot import Depot
from invoices.enums import Cadre, ModeDepot
from invoices.rules.registre import Contexte, Manquement, regle
from structures.rules import exigences


@regle("SBX_013", resume="Le fournisseur est l'une des structures actives du compte.")
def fournisseur(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if contexte.fournisseur is None:
        yield Manquement(
            "SBX_013", "fournisseur", "Le champ « Fournisseur » est obligatoire : choisissez votre structure."
        )
    elif not contexte.fournisseur.active:
        yield Manquement(
            "SBX_013",
            "fournisseur",
            f"La structure {contexte.fournisseur.raison_sociale} est inactive : réactivez-la avant de facturer.",
        )


@regle("SBX_060", resume="Une saisie sur le portail demande un mandat de facturation actif.")
def mandat(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if depot.mode == ModeDepot.SAISIE_PORTAIL and contexte.fournisseur is not None and not contexte.mandat_actif:
        yield Manquement(
            "SBX_060",
            "fournisseur",
            "Aucun mandat de facturation n'est actif pour cette structure. "
            "Souscrivez-le dans Facturation, « Souscrire un mandat de facturation », puis revenez à ce brouillon.",
        )


@regle("SBX_004", resume="Le destinataire est une structure publique active.")
def destinataire(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    cible = contexte.destinataire
    if cible is None:
        yield Manquement(
            "SBX_004",
            "destinataire",
            "Le destinataire est introuvable ou inactif. Cherchez-le par SIRET, nom, ville ou code postal.",
        )
    elif not cible.active:
        yield Manquement(
            "SBX_004",
            "destinataire",
            f"Le destinataire est introuvable ou inactif : {cible.raison_sociale} est désactivée. "
            "Vérifiez dans l'annuaire quelle structure la remplace.",
        )
    elif not cible.publique:
        yield Manquement(
            "SBX_004",
            "destinataire",
            f"Le destinataire est introuvable ou inactif : {cible.raison_sociale} est une structure privée. "
            "Le portail n'achemine que vers des structures publiques.",
        )


@regle("SBX_062", resume="Un destinataire « MOA uniquement » ne reçoit que des factures de travaux.")
def moa_uniquement(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if contexte.destinataire is not None and contexte.parametres.moa_uniquement:
        yield Manquement("SBX_062", "destinataire", "Ce destinataire ne reçoit que des factures de travaux.")


def _recevable(contexte: Contexte) -> bool:
    cible = contexte.destinataire
    return cible is not None and cible.active and cible.publique


@regle("SBX_005", "SBX_061", resume="Un code service indiqué existe, est actif et ouvert à ce fournisseur.")
def service(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if not depot.code_service or not _recevable(contexte):
        return
    trouve = contexte.service(depot.code_service)
    if trouve is None or not trouve.actif:
        etat = "n'est plus actif" if trouve else "n'existe pas"
        actifs = ", ".join(s.code for s in contexte.services if s.actif and not s.reserve_public)
        yield Manquement(
            "SBX_005",
            "code_service",
            "Le code service n'existe pas ou n'est pas actif pour ce destinataire : "
            f"« {depot.code_service} » {etat}. Services ouverts : {actifs or 'aucun'}.",
        )
    elif trouve.reserve_public and contexte.fournisseur is not None and not contexte.fournisseur.publique:
        yield Manquement(
            "SBX_061",
            "code_service",
            "Ce service est réservé aux factures entre entités publiques. Choisissez-en un autre, ou aucun.",
        )


@regle("SBX_001", "SBX_002", "SBX_003", resume="Service et engagement selon les paramètres du destinataire.")
def references_obligatoires(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if not _recevable(contexte):
        return
    trouve = contexte.service(depot.code_service) if depot.code_service else None
    demande = exigences(
        contexte.parametres, service_exige_engagement=trouve is not None and trouve.engagement_obligatoire
    )
    if demande.service and not depot.code_service:
        yield Manquement("SBX_001", "code_service", "Le service exécutant est obligatoire pour ce destinataire.")
    if demande.engagement and not depot.numero_engagement:
        yield Manquement("SBX_002", "numero_engagement", "Le numéro d'engagement est obligatoire pour ce destinataire.")
    if demande.un_des_deux and not depot.code_service and not depot.numero_engagement:
        yield Manquement(
            "SBX_003",
            "code_service",
            "Un code service ou un numéro d'engagement doit être renseigné pour ce destinataire.",
        )


@regle("SBX_006", resume="L'engagement adressé à l'État existe.")
def engagement_connu(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if not _recevable(contexte) or not depot.numero_engagement:
        return
    if exigences(contexte.parametres).engagement_verifie and depot.numero_engagement not in contexte.engagements:
        yield Manquement(
            "SBX_006",
            "numero_engagement",
            f"L'engagement juridique est inconnu : « {depot.numero_engagement} ». Recopiez celui du bon de commande.",
        )


@regle("SBX_063", resume="Le cadre de facturation est l'un de ceux de « Factures émises ».")
def cadre(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if depot.cadre not in Cadre.values:
        yield Manquement(
            "SBX_063",
            "cadre",
            f"Ce cadre de facturation n'est pas autorisé ici : « {depot.cadre} ». Choisissez A1, A2, A9 ou A12.",
        )


@regle("SBX_030", resume="Les cadres A9 et A12 nomment un valideur, actif, autre que le fournisseur.")
def valideur(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if depot.cadre not in (Cadre.A9, Cadre.A12):
        return
    if depot.valideur_id is None:
        yield Manquement("SBX_030", "valideur", "Le valideur est obligatoire pour ce cadre de facturation.")
    elif contexte.valideur is None or not contexte.valideur.active:
        yield Manquement("SBX_030", "valideur", "Le valideur est inconnu.")
    elif contexte.fournisseur is not None and contexte.valideur.id == contexte.fournisseur.id:
        yield Manquement("SBX_030", "valideur", "Le valideur ne peut pas être le fournisseur.")


@regle("SBX_014", resume="Le service du fournisseur et celui du valideur sont les leurs, et actifs.")
def services_des_parties(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    choix = [("service_fournisseur", "Service du fournisseur", depot.fournisseur_id, depot.service_fournisseur_id)]
    if depot.cadre in (Cadre.A9, Cadre.A12):
        choix.append(("service_valideur", "Service valideur", depot.valideur_id, depot.service_valideur_id))
    for champ, libelle, structure, service in choix:
        if service and (structure, service) not in contexte.services_des_parties:
            yield Manquement(
                "SBX_014",
                champ,
                f"La valeur du champ « {libelle} » n'est pas reconnue : ce service n'est pas, ou n'est plus, "
                "un service actif de cette structure.",
            )


@regle("SBX_014", resume="Les coordonnées bancaires choisies sont celles du fournisseur.")
def coordonnees_bancaires(depot: Depot, contexte: Contexte) -> Iterator[Manquement]:
    if depot.coordonnees_bancaires_id and depot.coordonnees_bancaires_id not in contexte.comptes_bancaires:
        yield Manquement(
            "SBX_014",
            "coordonnees_bancaires",
            "La valeur du champ « Référence bancaire » n'est pas reconnue : ce compte n'est pas, "
            "ou n'est plus, celui du fournisseur.",
        )
