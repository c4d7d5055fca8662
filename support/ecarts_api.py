"""Differences of the API and of the flows with the real service (api.md §15)."""

from support.ecart import SANS, SPEC, Ecart, Theme

CLIENTS = "Programmes publics qui appellent le vrai service"

API = Theme(
    "API et flux",
    (
        Ecart(
            "Adresse",
            "Jeton sur oauth.piste.gouv.fr, opérations sur api.piste.gouv.fr.",
            "Une seule adresse, celle de ce site, pour le jeton et pour les opérations. Les chemins sont les mêmes.",
            "Contrat publié de l'API",
        ),
        Ecart(
            "Refus sans code connu",
            "La table des textes de l'AIFE n'est pas publique.",
            "codeRetour 29000 + n et « SBX_nnn - texte », en HTTP 200. Ce ne sont pas des codes officiels.",
            SANS,
        ),
        Ecart(
            "Adresse inconnue",
            "403, mesuré ; le contrat écrit aussi 404.",
            "403 et un corps {}. Une API non cochée dans l'application répond de même.",
            CLIENTS,
        ),
        Ecart(
            "Corps d'un 401",
            "Il n'est pas publié.",
            "Jeton : un champ « error » qui vaut invalid_token. Compte technique : {}.",
            SANS,
        ),
        Ecart(
            "Valeur hors d'une liste",
            "400 ou refus métier, selon l'opération.",
            "400 pour une faute de forme ; un refus en 200, avec un texte, pour modeDepot, syntaxeFlux, nouveauStatut "
            "et codeCadreFacturation.",
            SANS,
        ),
        Ecart(
            "Recherche vide",
            "20000, prouvé pour les factures seulement.",
            "20000 TRA_MSG_00.015 partout, liste vide, total 0 ; 20007 pour les factures de travaux.",
            CLIENTS,
        ),
        Ecart(
            "Un champ absent",
            "Le service tait ce qu'il n'a pas.",
            "De même : jamais de null, une liste vide reste [].",
            CLIENTS,
        ),
        Ecart(
            "Durée d'un flux",
            "De quelques secondes à plusieurs heures.",
            "5 secondes réelles ; le formateur choisit de 0 seconde à 10 minutes. L'horloge simulée n'y change rien.",
            SANS,
        ),
        Ecart(
            "État d'un flux refusé",
            "IN_REJETE, ou l'un des QP_….",
            "Toujours IN_REJETE. IN_INCIDENTE seulement si le formateur provoque un incident.",
            SANS,
        ),
        Ecart(
            "Exigence envers les fichiers",
            "Les exemples de l'AIFE ne sont pas tous valides.",
            "E1 : un écart au schéma refuse le flux. E2 et Factur-X : il est signalé. L'option « contrôle strict » "
            "refuse tout.",
            "Exemples de flux de l'AIFE",
        ),
        Ecart(
            "Calculs d'un fichier",
            "Les contrôles exacts ne sont pas publiés.",
            "E1 : totaux et récapitulatif de TVA, à 0,01 près. E2 et Factur-X : l'équation de l'en-tête seulement.",
            SANS,
        ),
        Ecart(
            "Codes de taux de TVA",
            "Deux codes seulement sont connus : TVA1 et TVA5.",
            "TVA1 à TVA11, avec les taux français. Le taux peut aussi se donner sans code.",
            "Exemples de l'AIFE",
        ),
        Ecart(
            "Numéro donné par le service",
            "En SAISIE_API, le service numérote.",
            "Année de la facture puis seize chiffres, une suite par session.",
            "Exemples de l'AIFE",
        ),
        Ecart(
            "Nouvel envoi par « soumettre »",
            "Le champ qui nomme la facture n'est pas documenté.",
            "Même fournisseur et même numéro, en brouillon, en erreur sur le valideur ou à recycler.",
            SANS,
        ),
        Ecart(
            "Types de pièces jointes, motifs d'exonération",
            "Un seul type est connu : DIVERS.",
            "Une courte liste à nous, signalée comme telle ; les codes des exemples de l'AIFE sont acceptés.",
            SANS,
        ),
        Ecart(
            "Limites",
            "Les quotas réels ne sont pas publiés.",
            "20 requêtes par seconde et par compte, 100 flux en attente, corps de 45 Mo ; au-delà, 429 ou 413.",
            SANS,
        ),
        Ecart(
            "Mots de passe faux",
            "Le blocage d'un compte technique n'est pas décrit.",
            "Cinq de suite bloquent le compte technique quinze minutes réelles.",
            SANS,
        ),
        Ecart(
            "Factures de travaux, nouvel annuaire, plateformes agréées",
            "« facturesTravaux », « organisations » et les API de la réforme sont en service.",
            "Les opérations qui ne sont pas simulées répondent 403 ; la documentation les signale.",
            SPEC,
        ),
        Ecart(
            "Pages d'un autre site",
            "Non documenté.",
            "Aucun appel depuis un autre site (CORS) : l'API est faite pour des serveurs. « Essayer » appelle d'ici.",
            SANS,
        ),
    ),
)
