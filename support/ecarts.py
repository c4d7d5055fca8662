"""« Différences avec le vrai portail »: what is ours, what is simplified, and where the rule comes from."""

from support.ecart import AIFE, SANS, SPEC, Ecart, Theme
from support.ecarts_api import API
from support.ecarts_factures import FACTURES

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
                SANS,
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
                SANS,
            ),
            Ecart(
                "Liens et blocages",
                "Lien d'activation valable 60 minutes ; compte bloqué une heure.",
                "Les mêmes durées, en temps réel : un saut de la date simulée ne les consomme pas.",
                AIFE,
            ),
            Ecart(
                "Délais des contreparties",
                "Ceux de chaque organisme.",
                "Profils (bon payeur, mairie lente…) réglés par des fichiers, avec des durées vraisemblables.",
                SANS,
            ),
        ),
    ),
    Theme(
        "Portail",
        (
            Ecart(
                "Vocabulaire",
                "Domaines et applications ; cours et guides emploient souvent les mots d'avant 2022.",
                "Le nouveau portail. La boîte de recherche et le glossaire ancien et nouveau connaissent les "
                "deux vocabulaires.",
                AIFE,
            ),
            Ecart(
                "Domaines",
                "La liste et l'ordre complets des tuiles ne sont pas publiés.",
                "Facturation, Commande, Marché, Organisation, Raccordements, Annuaire facturation, selon les "
                "droits du compte.",
                SANS,
            ),
            Ecart(
                "Commande, Marché",
                "« Engagements » et « Dume » s'y ouvrent, le second sans compte.",
                "Une page dit à quoi ils servent ; ils ne sont pas simulés.",
                AIFE,
            ),
            Ecart(
                "Support",
                "Tickets et assistant ClaudIA.",
                "Pas simulés dans cette version : « Nous contacter » le dit, et votre formateur en tient lieu.",
                AIFE,
            ),
            Ecart(
                "Boîte de recherche",
                "Elle n'est pas décrite par les sources publiques.",
                "Elle dit où se trouve une application et, si elle ne vous est pas ouverte, quel droit manque.",
                SANS,
            ),
        ),
    ),
    Theme(
        "Comptes",
        (
            Ecart(
                "Mot de passe",
                "Une liste de règles est affichée ; leurs valeurs ne sont pas publiées.",
                "12 caractères, majuscule, minuscule, chiffre, caractère spécial, différent de l'adresse. Il "
                "n'expire pas.",
                SANS,
            ),
            Ecart(
                "Blocage",
                "Compte bloqué après 5 échecs, débloqué après une heure ; message peu explicite.",
                "Même règle, avec l'heure du déblocage ; le formateur peut débloquer.",
                "AIFE, note d'incident de 2022",
            ),
            Ecart(
                "Captcha",
                "À la création d'un compte et à l'entrée de l'annuaire, il écarte les robots.",
                "À la création seulement, et il n'écarte personne : un lecteur d'écran lit ses caractères. "
                "L'annuaire n'en a pas.",
                "Accessibilité",
            ),
            Ecart(
                "Second facteur",
                "Obligatoire depuis le 18 septembre 2024 : code par courriel, application d'authentification ou "
                "clé de sécurité.",
                "Le formateur décide pour la session. Code dans « Messagerie » ou application "
                "d'authentification ; pas de clé de sécurité.",
                AIFE,
            ),
            Ecart(
                "PIGP",
                "Les agents publics hors de l'État passent par le portail de la gestion publique, sans "
                "ressaisir leurs identifiants.",
                "Une page « Accès PIGP (simulé) » explique le chemin, puis mène à la connexion ordinaire.",
                AIFE,
            ),
            Ecart(
                "Photo de profil",
                "« Mon compte » montre une photo et une biographie.",
                "Vos initiales remplacent la photo : aucune image de personne n'est gardée.",
                AIFE,
            ),
            Ecart(
                "Notifications",
                "Outre les changements de statut : un récapitulatif hebdomadaire des mouvements de la structure, "
                "et celui du jour sur demande.",
                "Les deux arrivent dans « Messagerie », à 7 h simulées. Les choix « Engagements » et « Certificats de "
                "cessibilité » sont gardés, sans effet.",
                AIFE,
            ),
            Ecart(
                "Question secrète",
                "Les anciens guides la demandent à l'activation.",
                "Absente, comme dans les guides actuels.",
                AIFE,
            ),
            Ecart(
                "Compte sans structure",
                "Il ne voit que ses propres pages tant qu'aucun rattachement n'est validé.",
                "De même ; l'accueil propose de créer une structure ou de se faire rattacher.",
                AIFE,
            ),
        ),
    ),
    Theme(
        "Structures",
        (
            Ecart(
                "Base INSEE",
                "L'existence et l'activité du SIRET sont vérifiées auprès de l'INSEE.",
                "Même contrôle, et même mise à jour de la fiche, dans un annuaire fictif propre à la session.",
                AIFE,
            ),
            Ecart(
                "Structures publiques",
                "Elles viennent des référentiels de l'État ; à défaut, on en demande la création au support.",
                "Elles sont fournies avec la session. Un stagiaire n'en crée pas, et la demande au support "
                "n'est pas simulée.",
                AIFE,
            ),
            Ecart(
                "Identifiants étrangers",
                "Leur forme seule est contrôlée, faute de référentiel.",
                "De même.",
                "Arrêté du 9 décembre 2016",
            ),
            Ecart(
                "Structure « en cours d'immatriculation »",
                "Le format de son identifiant n'est pas publié.",
                "Un texte libre.",
                SANS,
            ),
            Ecart(
                "Code APE, capital, régime de TVA",
                "Ils ne sont pas décrits comme des champs de la fiche.",
                "Absents de la fiche ; la catégorie juridique est montrée, sans pouvoir être modifiée.",
                AIFE,
            ),
            Ecart(
                "Autres champs de la fiche",
                "Second complément d'adresse, organisation parente, contact principal, catégories propres aux "
                "professions agricoles et aux prestataires de justice.",
                "Absents : rien ici ne s'en sert. Le n° PACAGE est gardé, pour le changement de SIRET.",
                SPEC,
            ),
            Ecart(
                "« Gérer un service »",
                "L'application existe ; ses libellés exacts ne sont pas publiés.",
                "Elle suit « Gérer une structure » : créer, modifier, activer, désactiver.",
                SANS,
            ),
            Ecart(
                "Service FACTURES_PUBLIQUES",
                "Réservé aux factures entre structures publiques ; un fournisseur privé qui l'emploie voit son "
                "flux rejeté.",
                "De même : il n'est pas proposé au fournisseur, mais il peut le saisir pour voir le rejet.",
                AIFE,
            ),
            Ecart(
                "RIB",
                "Coordonnées bancaires obligatoires pour les prestataires de justice et les professions agricoles.",
                "Facultatives, et leur pièce jointe aussi : ces deux métiers ne sont pas simulés. Seuls des "
                "IBAN fictifs sont acceptés.",
                AIFE,
            ),
        ),
    ),
    Theme(
        "Rattachements et habilitations",
        (
            Ecart(
                "Gestionnaire principal",
                "Un par structure (déduit : les documents en parlent toujours au singulier).",
                "Un par structure, garanti par la base de données. Le dernier ne peut pas être retiré.",
                AIFE,
            ),
            Ecart(
                "Gestionnaires secondaires",
                "Supprimés en 2022 ; les anciens gardent « Organisation modification ».",
                "Ils n'existent que dans le glossaire.",
                AIFE,
            ),
            Ecart(
                "Structure déjà connue",
                "La création devient une demande de rattachement, soumise à son gestionnaire principal.",
                "De même ; des gestionnaires simulés répondent pour les structures fournies.",
                AIFE,
            ),
            Ecart(
                "Refus d'un rattachement",
                "On ne sait pas si le motif est obligatoire.",
                "Un motif est obligatoire : le demandeur doit comprendre.",
                SANS,
            ),
            Ecart(
                "Profils",
                "Deux libellés seulement sont confirmés par les sources : « Organisation modification » et « "
                "Sollicitations reçues modification ».",
                "Les autres suivent le même modèle, « application consultation » ou « application modification ».",
                SANS,
            ),
            Ecart(
                "Profils par défaut",
                "Ceux que donnait la version 2.0 de l'ancien portail.",
                "Les mêmes, cochés quand un gestionnaire accepte ; il peut les décocher.",
                AIFE,
            ),
            Ecart(
                "Transfert de la gestion",
                "La fonction a changé d'écran ; son libellé actuel n'est pas publié.",
                "Dans « Utilisateurs » ; l'ancien gestionnaire garde « Organisation modification ».",
                SANS,
            ),
            Ecart(
                "Durée d'un rattachement",
                "Une demande peut porter un premier et un dernier jour par service ; leur effet n'est pas décrit.",
                "Les deux jours sont compris ; en dehors, les habilitations sur ce service sont sans effet.",
                SANS,
            ),
            Ecart(
                "Tiers (expert-comptable, affactureur)",
                "Rattachés à la structure de leur client, en consultation ou en modification.",
                "De même : un tiers est un utilisateur comme un autre, qui demande son rattachement.",
                SPEC,
            ),
            Ecart(
                "Délégation de validation",
                "Une structure publique peut confier à une autre le traitement des factures qu'elle reçoit.",
                "La case est sur la fiche. L'agent d'un autre organisme, rattaché à un service avec « Factures "
                "reçues modification », traite ses factures ; l'historique dit « par délégation ».",
                SPEC,
            ),
            Ecart(
                "Historique",
                "L'ancien portail gardait les actes du gestionnaire.",
                "Chaque acte est gardé avec son avant et son après ; rien ne s'y efface.",
                AIFE,
            ),
        ),
    ),
    Theme(
        "Annuaire et raccordements",
        (
            Ecart(
                "Recherche dans l'annuaire",
                "La raison sociale se tape complète et exacte ; l'identifiant, par ses premiers caractères.",
                "Le début d'un mot suffit, sans accents ni majuscules.",
                AIFE,
            ),
            Ecart(
                "Contenu de l'annuaire",
                "Toutes les structures publiques et les entreprises assujetties à la TVA.",
                "Celles de la session, avec des adresses de facturation et des plateformes fictives.",
                AIFE,
            ),
            Ecart(
                "Fiche de raccordement",
                "Ses états ne sont pas publiés.",
                "Brouillon, Soumise, En cours d'instruction, Validée ou Refusée, Active, À renouveler, Clôturée "
                ": les nôtres. Le formateur joue l'AIFE.",
                SANS,
            ),
            Ecart(
                "Compte technique",
                "Mot de passe montré une fois, valable 424 jours.",
                "De même, et gardé chiffré sans retour ; le formateur peut le faire expirer pour la leçon.",
                AIFE,
            ),
            Ecart(
                "PISTE",
                "Un site distinct, où l'on accepte les conditions des API et crée une application.",
                "Deux pages simulées dans « Raccordements ». Les identifiants obtenus ne servent qu'ici.",
                AIFE,
            ),
            Ecart(
                "Protocoles EDI",
                "Plusieurs protocoles et certificats sont acceptés.",
                "La fiche se remplit pour tous. Un seul est joué, SFTP, quand l'installation l'allume ; ni "
                "l'adresse IP ni le certificat de la fiche n'y sont vérifiés.",
                SPEC,
            ),
        ),
    ),
    *FACTURES,
    API,
)
