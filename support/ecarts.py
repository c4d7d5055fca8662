"""« Différences avec le vrai portail »: what is ours, what is simplified, and where the rule comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ecart:
    """A difference: what the real portal does, what happens here, the public source of the former."""

    sujet: str
    reel: str
    ici: str
    source: str


@dataclass(frozen=True, slots=True)
class Theme:
    titre: str
    ecarts: tuple[Ecart, ...]


_AIFE = "Documentation de l'AIFE"
_SANS = "Aucune source publique : choix du bac à sable"
_SPEC = "Spécifications externes de l'AIFE"

THEMES: tuple[Theme, ...] = (
    Theme(
        "Ce qui ne sort jamais d'ici",
        (
            Ecart(
                "Transmission",
                "La facture est transmise à l'entité publique, qui la paie.",
                "Rien n'est transmis ni payé. Les destinataires sont fictifs et joués par des automates.",
                "Outil de formation indépendant",
            ),
            Ecart(
                "Courriels",
                "Le portail écrit à votre adresse électronique.",
                "Tout arrive dans « Messagerie ». Seules les adresses en .example sont acceptées.",
                "RFC 2606 : noms réservés aux exemples",
            ),
            Ecart(
                "Identifiants",
                "SIRET, TVA et IBAN réels.",
                "SIREN de 000 100 000 à 000 299 999, banque 99999 : clés justes, titulaires imaginaires.",
                _SANS,
            ),
            Ecart(
                "Identité visuelle",
                "Charte de l'État.",
                "Charte propre et bandeau permanent : ce site ne peut pas être pris pour le vrai.",
                "La marque de l'État est réservée à ses sites",
            ),
        ),
    ),
    Theme(
        "Temps",
        (
            Ecart(
                "Horloge",
                "Les délais courent en temps réel.",
                "Le formateur arrête, accélère ou fait avancer la date simulée. Week-ends et jours fériés comptent.",
                _SANS,
            ),
            Ecart(
                "Liens et blocages",
                "Lien d'activation valable 60 minutes ; compte bloqué une heure.",
                "Les mêmes durées, en temps réel : un saut de la date simulée ne les consomme pas.",
                _AIFE,
            ),
            Ecart(
                "Délais des contreparties",
                "Ceux de chaque organisme.",
                "Profils (bon payeur, mairie lente…) réglés par des fichiers, avec des durées vraisemblables.",
                _SANS,
            ),
        ),
    ),
    Theme(
        "Comptes et structures",
        (
            Ecart(
                "Mot de passe",
                "Une liste de règles est affichée ; leurs valeurs ne sont pas publiées.",
                "12 caractères, majuscule, minuscule, chiffre, caractère spécial, différent de l'adresse.",
                _SANS,
            ),
            Ecart(
                "Blocage",
                "Compte bloqué après 5 échecs, débloqué après une heure ; message peu explicite.",
                "Même règle, avec l'heure du déblocage ; le formateur peut débloquer.",
                "AIFE, note d'incident de 2022",
            ),
            Ecart(
                "Captcha",
                "Il écarte les robots.",
                "Il n'écarte personne : ses caractères sont aussi lus par les lecteurs d'écran.",
                "Accessibilité",
            ),
            Ecart(
                "Second facteur",
                "Obligatoire à la connexion depuis le 18 septembre 2024.",
                "Absent de cette version : la connexion ne demande que le mot de passe.",
                _AIFE,
            ),
            Ecart(
                "Base INSEE",
                "L'existence et l'activité du SIRET sont vérifiées auprès de l'INSEE.",
                "Même contrôle, dans un annuaire fictif propre à la session.",
                _AIFE,
            ),
            Ecart(
                "Type d'identifiant",
                "SIRET, TVA intracommunautaire, hors UE, RIDET, TAHITI, particulier, en cours d'immatriculation.",
                "Le SIRET seulement.",
                _AIFE,
            ),
            Ecart(
                "Structure déjà connue",
                "La création devient une demande de rattachement, soumise à son gestionnaire principal.",
                "La création est refusée et expliquée ; le rattachement n'est pas encore proposé.",
                _AIFE,
            ),
            Ecart(
                "Gestionnaire principal",
                "Un par structure (déduit : les documents en parlent toujours au singulier).",
                "Un par structure, garanti par la base de données.",
                _AIFE,
            ),
        ),
    ),
    Theme(
        "Factures",
        (
            Ecart(
                "Mandat de facturation",
                "Nécessaire pour saisir une facture dans le portail.",
                "De même. Les structures fournies en ont un ; celles que vous créez, non.",
                _AIFE,
            ),
            Ecart(
                "« À recycler »",
                "Statut en voie de suppression avec la réforme de 2026 ; les cours l'enseignent encore.",
                "Le régime de la session décide : historique (recyclage) ou septembre 2026.",
                _SPEC,
            ),
            Ecart(
                "Ordre des statuts",
                "Le destinataire peut poser ses statuts dans n'importe quel ordre.",
                "De même ; les automates suivent l'ordre usuel.",
                _SPEC,
            ),
            Ecart(
                "Lecture d'un PDF",
                "Reconnaissance de caractères.",
                "Lecture du texte du PDF. Un document numérisé laisse les champs vides, avec un message.",
                _SANS,
            ),
            Ecart(
                "Règles EN 16931",
                "Les fichiers d'exemple de l'AIFE ne les respectent pas toutes.",
                "Leurs écarts sont signalés ; l'option « contrôle strict » de la session en fait des refus.",
                _SPEC,
            ),
            Ecart(
                "Certificat de dépôt",
                "Document du portail.",
                "Mise en page propre, mention « FORMATION – SANS VALEUR », empreinte SHA-256.",
                _SANS,
            ),
            Ecart(
                "Aide au délai de paiement",
                "Le portail ne calcule pas le reste à courir.",
                "Une jauge l'affiche ; elle est signalée comme propre au bac à sable.",
                "Code de la commande publique, R. 2192-10 et suivants",
            ),
            Ecart(
                "Factures de travaux",
                "Les pièces A4 à A25 se déposent et se valident dans leur application.",
                "Les cadres sont présentés ; leur dépôt n'est pas proposé dans cette version.",
                _AIFE,
            ),
        ),
    ),
)
