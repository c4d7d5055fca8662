"""Categories and sub-categories of a sollicitation (sollicitations-autres.md §2.5): screen labels, API codes.

Two pairs are official; the rest, and every code, is ours. An id never moves: new ones go at the end of their list.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SousCategorie:
    pk: int
    code: str
    libelle: str


@dataclass(frozen=True, slots=True)
class Categorie:
    pk: int
    code: str
    libelle: str
    sous_categories: tuple[SousCategorie, ...]


def _categorie(pk: int, code: str, libelle: str, *sous: tuple[str, str]) -> Categorie:
    return Categorie(
        pk,
        code,
        libelle,
        tuple(SousCategorie(100 * pk + rang, f"{code}_{court}", nom) for rang, (court, nom) in enumerate(sous, 1)),
    )


CATEGORIES: tuple[Categorie, ...] = (
    _categorie(
        1,
        "COMPTE",
        "Connexion et compte utilisateur",
        ("ACTIVATION", "Je ne reçois pas le lien d'activation"),
        ("MDP", "Mot de passe oublié"),
        ("BLOQUE", "Compte bloqué"),
        ("2FA", "Double authentification"),
        ("ADRESSE", "Changer mon adresse de connexion"),
        ("DESACTIVER", "Désactiver mon compte"),
    ),
    _categorie(
        2,
        "STRUCTURES",
        "Gestion des structures et utilisateurs",
        ("CREATION", "Demande de création de structure publique"),
        ("ACTIVATION", "Demande d'activation / de désactivation de structure publique"),
        ("SIRET", "Changement de SIRET"),
        ("GP", "Gestionnaire principal absent ou inconnu"),
        ("RATTACHEMENT", "Rattachement sans réponse"),
        ("HABILITATIONS", "Habilitations"),
    ),
    _categorie(
        3,
        "DEPOT",
        "Dépôt et saisie de factures",
        ("PDF", "Erreur au dépôt d'un PDF"),
        ("FLUX", "Rejet technique d'un flux"),
        ("FORMAT", "Format non reconnu"),
        ("PJ", "Pièce jointe refusée"),
        ("ANNUAIRE", "Annuaire : structure introuvable"),
    ),
    _categorie(4, "EMISES", "Factures émises", ("QUESTION", "Question pour une entité publique")),
    _categorie(
        5,
        "TRAVAUX",
        "Factures de travaux",
        ("VISIBLE", "Pièce non visible"),
        ("ASSOCIATION", "Association d'une pièce"),
        ("QUESTION", "Question sur une pièce"),
        ("TACITE", "Décompte tacite"),
    ),
    _categorie(
        6,
        "SOUSTRAITANCE",
        "Sous-traitance et cotraitance",
        ("ABSENTE", "Facture à valider absente"),
        ("VALIDEUR", "Erreur de valideur"),
        ("DELAI", "Délai de 15 jours dépassé"),
    ),
    _categorie(7, "MEMOIRES", "Mémoires de frais de justice", ("SAISIE", "Saisie"), ("SUIVI", "Suivi de mon mémoire")),
    _categorie(8, "TAXES", "Remboursement de taxes", ("SAISIE", "Saisie"), ("SUIVI", "Suivi de ma demande")),
    _categorie(9, "ENGAGEMENTS", "Engagements", ("CREATION", "Création"), ("CONSULTATION", "Consultation")),
    _categorie(
        10,
        "RACCORDEMENT",
        "Raccordement EDI / API",
        ("FICHE", "Fiche de raccordement"),
        ("COMPTE", "Compte technique"),
        ("CERTIFICAT", "Certificat"),
        ("FLUX", "Flux rejeté"),
    ),
    _categorie(
        11,
        "GENERALE",
        "Question d'ordre général à une entité publique",
        ("COORDONNEES", "Coordonnées"),
        ("PROCEDURE", "Procédure interne"),
        ("AUTRE", "Autre"),
    ),
)
