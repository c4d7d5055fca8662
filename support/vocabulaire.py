"""Where things are on the portal, and what they used to be called: one table for the glossary and the search box.

Sources: comptes-structures.md §1 (two generations), §6 (espaces and applications), §7.2 (domaines).
"""

from dataclasses import dataclass

from accounts.profils import Profil
from structures.permissions import Acte


@dataclass(frozen=True, slots=True)
class Application:
    """A screen of the portal or of the sandbox; no ``route`` when it is not simulated.

    What it takes: ``acte``, or ``profil`` (in modification or not), or an account, or nothing but a seat.
    Not ``simulee``: its route leads to an explanation.
    """

    nom: str
    domaine: str
    phrase: str
    route: str = ""
    profil: Profil | None = None
    modification: bool = False
    acte: Acte | None = None
    compte: bool = True
    simulee: bool = True
    synonymes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Espace:
    """A tab of the former portal (§6): whether one got it by itself, what replaces it, for whom.

    ``applications`` are keys of ``APPLICATIONS``.
    """

    ancien: str
    automatique: str
    nouveau: str
    pour_qui: str
    applications: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notion:
    """A word of §1: what a course or a guide may say, what the portal says now, and what to know."""

    sujet: str
    ancien: str
    nouveau: str
    note: str = ""
    applications: tuple[str, ...] = ()


NOM = "Menu sous votre nom"
FACTURATION = "Facturation"
COMMANDE = "Commande"
MARCHE = "Marché"
ORGANISATION = "Organisation"
RACCORDEMENTS = "Raccordements"
ANNUAIRE = "Annuaire facturation"
SUPPORT = "Support"
BAC = "Bac à sable"

_EMISES = Profil.FACTURES_EMISES

APPLICATIONS: dict[str, Application] = {
    "mon_compte": Application(
        "Mon compte",
        NOM,
        "Vos coordonnées, vos notifications, la désactivation de votre compte.",
        "accounts:compte",
        synonymes=(
            "mes informations personnelles",
            "paramètres",
            "notifications",
            "récapitulatif quotidien",
            "désactiver mon compte",
            "question secrète",
        ),
    ),
    "mes_rattachements": Application(
        "Mes rattachements",
        NOM,
        "Les structures auxquelles vous appartenez, et l'état de vos demandes.",
        "structures:mes_rattachements",
        synonymes=("mes rattachements aux structures", "mes structures", "quitter une structure"),
    ),
    "demander_rattachement": Application(
        "Demander un rattachement à une structure",
        NOM,
        "Rejoindre une structure que le portail connaît déjà ; son gestionnaire décide.",
        "structures:demander_rattachement",
        synonymes=("demande de rattachement", "rejoindre une entreprise"),
    ),
    "mes_habilitations": Application(
        "Mes habilitations",
        NOM,
        "Vos profils, structure par structure et service par service.",
        "structures:mes_habilitations",
        synonymes=(
            "mes abonnements aux espaces",
            "ajouter un abonnement",
            "abonnement à un espace",
            "mes espaces",
            "mes droits",
            "mes profils",
            "habilitation",
        ),
    ),
    "changer_adresse": Application(
        "Changer mon adresse de connexion",
        NOM,
        "Remplacer l'adresse électronique qui sert d'identifiant.",
        "accounts:changer_adresse",
        synonymes=("modifier mon identifiant", "adresse électronique de connexion", "login"),
    ),
    "mes_comptes": Application(
        "Changer de compte",
        BAC,
        "Les autres comptes de votre poste : passer de l'un à l'autre sans ressaisir leur mot de passe.",
        "accounts:mes_comptes",
        synonymes=("mes comptes", "changer d'utilisateur", "jouer un autre rôle"),
    ),
    "pigp": Application(
        "Accès PIGP (simulé)",
        "Accueil du portail",
        "L'entrée des agents des collectivités, hôpitaux et établissements publics.",
        "accounts:pigp",
        compte=False,
        synonymes=("portail internet de la gestion publique", "pigp", "demat. des factures", "madrhas", "dgfip"),
    ),
    "creer_compte": Application(
        "Créer un compte",
        "Accueil du portail",
        "Ouvrir un compte utilisateur, activé par un lien reçu dans la messagerie.",
        "accounts:creer",
        compte=False,
        synonymes=("vous êtes nouveau sur chorus pro", "inscription", "s'inscrire"),
    ),
    "mot_de_passe": Application(
        "Mot de passe oublié",
        "Accueil du portail",
        "Recevoir un lien pour en choisir un autre.",
        "accounts:mot_de_passe_oublie",
        compte=False,
        synonymes=("réinitialiser mon mot de passe", "compte bloqué"),
    ),
    "emises": Application(
        "Factures émises",
        FACTURATION,
        "La synthèse des factures que vous adressez au secteur public.",
        "invoices:synthese",
        _EMISES,
        synonymes=(
            *("synthèse", "mes factures", "factures envoyées"),
            *("recycler", "compléter une facture", "traiter le rejet", "avoir"),
        ),
    ),
    "saisir": Application(
        "Saisir facture",
        f"{FACTURATION} › Factures émises",
        "Remplir une facture à l'écran.",
        "invoices:saisir",
        _EMISES,
        modification=True,
        synonymes=("créer une facture", "nouvelle facture"),
    ),
    "deposer": Application(
        "Déposer facture",
        f"{FACTURATION} › Factures émises",
        "Envoyer un PDF ou un fichier structuré.",
        "invoices:deposer",
        _EMISES,
        modification=True,
        synonymes=("envoyer un pdf", "factur-x", "dépôt"),
    ),
    "rechercher": Application(
        "Rechercher",
        f"{FACTURATION} › Factures émises",
        "Retrouver une facture par ses critères.",
        "invoices:rechercher",
        _EMISES,
        synonymes=("recherche de factures", "retrouver une facture", "suivre une facture"),
    ),
    "tableau_de_bord": Application(
        "Tableau de bord",
        f"{FACTURATION} › Factures émises",
        "Vos factures comptées par statut.",
        "invoices:tableau_de_bord",
        _EMISES,
        synonymes=("statistiques",),
    ),
    "flux": Application(
        "Suivi des flux",
        FACTURATION,
        "Ce que sont devenus les fichiers structurés déposés.",
        "invoices:flux",
        _EMISES,
        synonymes=("rejets de flux", "compte rendu de flux", "lot de factures"),
    ),
    "mandat": Application(
        "Souscrire un mandat de facturation",
        FACTURATION,
        "Autoriser le portail à établir vos factures : nécessaire pour les saisir.",
        "invoices:mandat",
        acte=Acte.SOUSCRIRE_MANDAT,
        synonymes=("mandat", "signer un mandat"),
    ),
    "travaux": Application(
        "Factures de travaux",
        FACTURATION,
        "Les pièces des marchés de travaux, et qui les valide.",
        "travaux:cadres",
        synonymes=(
            *("état d'acompte", "projet de décompte", "moa", "moe", "marché de travaux"),
            "cadres de facturation",
        ),
    ),
    "recues": Application(
        "Factures reçues",
        FACTURATION,
        "Les structures publiques y traitent ce que leurs fournisseurs leur adressent.",
        "invoices:recues_synthese",
        Profil.FACTURES_RECUES,
        synonymes=("factures fournisseurs", "destinataire", "traiter une facture", "service fait", "pivot"),
    ),
    "a_valider": Application(
        "Factures à valider",
        FACTURATION,
        "Le titulaire ou le mandataire y valide les factures de ses sous-traitants et cotraitants.",
        "invoices:a_valider_synthese",
        Profil.FACTURES_A_VALIDER,
        synonymes=("sous-traitant", "cotraitant", "mandataire", "valideur", "acte spécial", "A9", "A12"),
    ),
    "memoires": Application(
        "Mémoires de frais de justice",
        FACTURATION,
        "Les prestataires de justice y déposent leurs mémoires.",
        synonymes=("frais de justice", "mémoire"),
    ),
    "tic": Application(
        "Remboursement de taxes",
        FACTURATION,
        "Les professionnels agricoles y demandent un remboursement ; onglet « Saisir demande de remboursement TIC ».",
        synonymes=("demande de remboursement tic", "tic", "gazole non routier", "agricole"),
    ),
    "engagements": Application(
        "Engagements",
        COMMANDE,
        "L'acheteur public y publie ses engagements ; le fournisseur les lit.",
        "support:commande",
        compte=False,
        simulee=False,
        synonymes=("bon de commande", "numéro d'engagement", "ej", "commande"),
    ),
    "dume": Application(
        "Dume",
        MARCHE,
        "Document unique de marché européen : répondre à une consultation.",
        "support:marche",
        compte=False,
        simulee=False,
        synonymes=("service dume", "document unique de marché européen", "marché public", "candidature"),
    ),
    "organisation": Application(
        "Organisation",
        "Domaine",
        "Vos structures, leurs services et leurs utilisateurs.",
        "structures:accueil",
        synonymes=("activités du gestionnaire",),
    ),
    "structures": Application(
        "Structures",
        ORGANISATION,
        "La fiche de chacune de vos structures.",
        "structures:liste",
        synonymes=("activités du gestionnaire", "fiche structure", "mes structures", "coordonnées bancaires", "rib"),
    ),
    "creer_structure": Application(
        "Créer une structure",
        ORGANISATION,
        "En ouvrir une ; vous en serez le gestionnaire principal.",
        "structures:creer",
        synonymes=("créer une fiche structure", "je crée ma structure", "siret"),
    ),
    "gerer_structure": Application(
        "Gérer une structure",
        ORGANISATION,
        "Consulter, modifier, activer, désactiver, mettre à jour depuis la base INSEE.",
        "structures:gerer",
        acte=Acte.CONSULTER_FICHE,
        synonymes=("activités du gestionnaire", "désactiver une structure", "changement de siret", "insee"),
    ),
    "gerer_service": Application(
        "Gérer un service",
        ORGANISATION,
        "Créer, modifier, activer ou désactiver un service d'une structure.",
        "structures:gerer_service",
        acte=Acte.GERER_SERVICES,
        synonymes=("code service", "créer un service"),
    ),
    "utilisateurs": Application(
        "Utilisateurs",
        ORGANISATION,
        "Rattachements à traiter, utilisateurs d'une structure, leurs habilitations.",
        "structures:application_utilisateurs",
        synonymes=(
            "activités du gestionnaire",
            "demandes de rattachement aux structures",
            "approbations",
            "valider un rattachement",
            "transfert du rôle du gestionnaire principal",
            "duplication des droits",
            "gestionnaire secondaire",
            "ajouter un espace",
        ),
    ),
    "tickets": Application(
        "Tickets",
        SUPPORT,
        "Écrire au support du portail ; les profils s'appellent toujours « Sollicitations émises ».",
        "support:nous_contacter",
        compte=False,
        simulee=False,
        synonymes=("sollicitations émises", "sollicitation", "nous contacter", "claudia"),
    ),
    "tickets_recus": Application(
        "Tickets reçus",
        SUPPORT,
        "Les structures publiques y répondent à leurs fournisseurs.",
        "support:nous_contacter",
        compte=False,
        simulee=False,
        synonymes=("sollicitations reçues", "sollicitation"),
    ),
    "raccordement": Application(
        "Raccordement",
        RACCORDEMENTS,
        "Relier un logiciel au portail, par échange de fichiers (EDI) ou par API.",
        "structures:raccordements",
        acte=Acte.CONSULTER_RACCORDEMENT,
        synonymes=("raccordement edi/api", "fiche de raccordement", "edi", "api", "piste", "sftp"),
    ),
    "compte_technique": Application(
        "Compte technique",
        RACCORDEMENTS,
        "Créer l'identifiant que votre logiciel emploie, réinitialiser son mot de passe.",
        "structures:comptes_techniques",
        acte=Acte.GERER_COMPTES_TECHNIQUES,
        synonymes=("utilisateur technique", "mot de passe technique"),
    ),
    "annuaire": Application(
        "Annuaire de la facturation électronique",
        ANNUAIRE,
        "Ce que chaque structure demande, et à quelle adresse lui envoyer une facture.",
        "structures:annuaire",
        compte=False,
        synonymes=(
            "annuaire des structures publiques",
            "annuaire",
            "trouver un destinataire",
            "adresse de facturation",
        ),
    ),
    "signature": Application(
        "Signature électronique",
        "Autre domaine",
        "Signer des documents dans le portail.",
        synonymes=("signer",),
    ),
    "cessibilite": Application(
        "Certificats de cessibilité",
        "Autre domaine",
        "Document qui permet de céder une créance à une banque.",
        synonymes=("cession de créance", "affacturage"),
    ),
    "messagerie": Application(
        "Messagerie",
        BAC,
        "Les courriels que le portail vous envoie arrivent ici, et nulle part ailleurs.",
        "formation:messagerie",
        compte=False,
        synonymes=("courriels", "lien d'activation", "e-mail", "mail"),
    ),
    "documents": Application(
        "Mes documents",
        BAC,
        "Les pièces d'exercice au nom de votre entreprise.",
        "formation:documents",
        compte=False,
        synonymes=("pdf d'exercice", "fichiers d'exercice"),
    ),
    "jeu_de_donnees": Application(
        "Mon jeu de données",
        BAC,
        "Des structures, des comptes et des factures d'essai, à vous seul, avec leur table à télécharger.",
        "formation:jeu_de_donnees",
        compte=False,
        synonymes=("matelas de données", "jeu de données", "comptes de test", "portail de qualification"),
    ),
    "aide": Application(
        "Aide",
        BAC,
        "Se repérer, le glossaire, les différences avec le vrai portail.",
        "support:aide",
        compte=False,
        synonymes=("besoin d'aide", "documentation", "information"),
    ),
}

ESPACES: tuple[Espace, ...] = (
    Espace("Mon compte", "Toujours", "Menu sous votre nom (pas de domaine)", "Tous", ("mon_compte",)),
    Espace(
        "Activités du gestionnaire",
        "Oui, pour les gestionnaires",
        "Organisation → Structures / Utilisateurs",
        "Gestionnaire principal, « Organisation modification »",
        ("structures", "utilisateurs"),
    ),
    Espace(
        "Factures émises",
        "L'utilisateur peut l'ajouter seul ; d'office pour une structure publique",
        "Facturation → Factures émises",
        "Tous les émetteurs",
        ("emises",),
    ),
    Espace(
        "Factures reçues",
        "D'office pour une structure publique",
        "Facturation → Factures reçues",
        "Structures publiques",
        ("recues",),
    ),
    Espace(
        "Factures à valider",
        "Sur demande",
        "Facturation → Factures à valider",
        "Titulaire, mandataire",
        ("a_valider",),
    ),
    Espace(
        "Factures de travaux", "Sur demande", "Facturation → Factures de travaux", "Marchés de travaux", ("travaux",)
    ),
    Espace(
        "Mémoires de frais de justice",
        "Sur demande",
        "Facturation → Mémoires de frais de justice",
        "Prestataires de justice",
        ("memoires",),
    ),
    Espace(
        "Demande de remboursement TIC",
        "Sur demande",
        "Facturation → « Remboursement de taxes » (onglet « Saisir demande de remboursement TIC »)",
        "Professions agricoles",
        ("tic",),
    ),
    Espace(
        "Engagements",
        "Sur demande",
        "Commande → Engagements",
        "La structure publique les publie, le fournisseur les lit",
        ("engagements",),
    ),
    Espace("Sollicitations émises", "Oui", "Support → tickets", "Tous", ("tickets",)),
    Espace(
        "Sollicitations reçues",
        "Oui, pour une structure publique",
        "« Tickets reçus »",
        "Structures publiques",
        ("tickets_recus",),
    ),
    Espace(
        "Raccordement EDI/API",
        "Sur demande",
        "Raccordements → raccordement, « Compte technique »",
        "Gestionnaire principal, équipe technique",
        ("raccordement", "compte_technique"),
    ),
    Espace(
        "Annuaire des structures publiques",
        "Sans connexion",
        "Annuaire facturation → Annuaire de la facturation électronique",
        "Tout le monde",
        ("annuaire",),
    ),
    Espace("Service DUME", "Sans connexion", "Marché → « Dume »", "Tout le monde", ("dume",)),
    Espace(
        "–",
        "–",
        "Signature électronique ; Certificats de cessibilité",
        "Structures privées et publiques",
        ("signature", "cessibilite"),
    ),
)

NOTIONS: tuple[Notion, ...] = (
    Notion(
        "Période",
        "« Portail historique », de 2016 à février 2022",
        "« Portail de services », depuis le 21 février 2022",
    ),
    Notion("Adresse", "chorus-pro.gouv.fr", "portail.chorus-pro.gouv.fr"),
    Notion(
        "Unité de travail",
        "« Espace » : un onglet de la barre du haut",
        "« Domaine » : une tuile, qui contient des « applications », elles aussi en tuiles",
        "Un espace ajouté n'apparaissait qu'après s'être déconnecté puis reconnecté.",
    ),
    Notion("Entrer", "Cliquer sur l'onglet", "« Accéder au domaine », puis « Accéder »"),
    Notion(
        "Droit d'agir",
        "« Abonnement » à un espace, en consultation ou en modification",
        "« Habilitation » : un « profil » sur une structure ou un service, « consultation » ou « modification »",
        "« Mes abonnements aux espaces » est devenu « Mes habilitations ».",
        ("mes_habilitations",),
    ),
    Notion(
        "Rôles",
        "Gestionnaire principal, gestionnaire secondaire, utilisateur simple",
        "Gestionnaire principal, utilisateur",
        "Les anciens gestionnaires secondaires sont devenus des utilisateurs qui gardent l'habilitation « Organisation "
        "modification ».",
        ("utilisateurs",),
    ),
    Notion(
        "Gérer les personnes",
        "Espace « Activités du gestionnaire »",
        "Domaine « Organisation » : « Structures », « Utilisateurs »",
        applications=("structures", "utilisateurs"),
    ),
    Notion(
        "Ses propres données",
        "Espace « Mon compte », ou le cadre qui porte votre nom",
        "Menu sous votre nom, en haut à droite",
        applications=("mon_compte",),
    ),
    Notion(
        "Écrire au support",
        "« Sollicitation »",
        "« Ticket »",
        "« Sollicitations » survit dans le nom des profils.",
        ("tickets",),
    ),
    Notion(
        "Courriel d'activation",
        "Il fait choisir le mot de passe et la « question secrète »",
        "Il fait choisir le mot de passe seulement",
    ),
    Notion(
        "Sécurité de la connexion",
        "Mot de passe",
        "Mot de passe et second facteur, pour tous depuis le 18 septembre 2024",
        "Ici, le formateur décide pour la session.",
    ),
)
