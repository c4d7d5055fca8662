"""Differences of the invoices: every decision of factures.md §12 that a person can meet, in one line each."""

from support.ecart import AIFE, SANS, SPEC, Ecart, Theme

FACTURES: tuple[Theme, ...] = (
    Theme(
        "Factures : établir et déposer",
        (
            Ecart(
                "Mandat de facturation",
                "Nécessaire pour saisir une facture dans le portail.",
                "De même. Les structures fournies en ont un ; celles que vous créez, non.",
                AIFE,
            ),
            Ecart(
                "Destinataire État",
                "Tous les services de l'État partagent un seul SIRET.",
                "Une structure fictive, « SERVICES DE L'ÉTAT (FICTIF) », avec ses services et une liste "
                "d'engagements connus.",
                AIFE,
            ),
            Ecart(
                "Numéro de facture",
                "20 caractères.",
                "Sur le formulaire : lettres sans accent, chiffres et - _ / +. Une espace simple au milieu n'est "
                "admise que dans un fichier.",
                SPEC,
            ),
            Ecart(
                "Numéro déjà pris",
                "Le contrôle compare les factures intégrées.",
                "Les rejetées et les refusées comptent : leur numéro ne peut plus servir. Les brouillons et les flux"
                " rejetés, non.",
                SPEC,
            ),
            Ecart(
                "Avoir",
                "Les fichiers d'exemple portent des montants positifs.",
                "Montants positifs exigés sur le formulaire : c'est le type qui dit qu'il se déduit. Un fichier "
                "négatif passe, avec un avertissement.",
                SPEC,
            ),
            Ecart(
                "Montants négatifs",
                "Une facture au total négatif existe parmi les exemples.",
                "Refusée sur le formulaire : elle se fait par un avoir. Admise dans un fichier.",
                SPEC,
            ),
            Ecart(
                "Autoliquidation",
                "Aucune valeur ne la désigne dans la liste des types de TVA.",
                "« Sans TVA » et la mention « Autoliquidation » dans le commentaire, qu'une case écrit pour vous ; "
                "la catégorie AE d'un fichier est lue de même.",
                SANS,
            ),
            Ecart(
                "Taux de TVA",
                "Un référentiel de codes dont la liste n'est pas publiée.",
                "Nos codes, les taux courants d'abord ; tout taux de 0 à 99,99 est admis, avec un avertissement hors"
                " de la liste de la réforme.",
                SANS,
            ),
            Ecart(
                "Unités",
                "Texte libre dans l'API.",
                "Texte libre, avec des suggestions : unité, lot, heure, jour, mois, forfait…",
                AIFE,
            ),
            Ecart(
                "Autre devise que l'euro",
                "Acceptée.",
                "Acceptée, sans conversion ; l'aide au délai de paiement ne s'y calcule pas.",
                SPEC,
            ),
            Ecart(
                "Acompte déjà versé",
                "L'acompte se déduit du montant à payer ; son champ n'est pas décrit.",
                "Un champ le retient, et le déduit du montant à payer.",
                SANS,
            ),
            Ecart(
                "Affactureur",
                "Il s'attache à un compte bancaire de la structure.",
                "Attribut facultatif du compte : une étiquette « Affactureur » le signale, et le formulaire rappelle"
                " la mention de subrogation.",
                SPEC,
            ),
            Ecart(
                "Pièces jointes",
                "La liste des types de pièces n'est pas publiée.",
                "Nos types ; 10 Mo par fichier, 120 Mo en tout, nom de 50 caractères avec extension.",
                SANS,
            ),
            Ecart(
                "Lecture d'un PDF",
                "Reconnaissance de caractères.",
                "Lecture du texte du PDF. Un document numérisé laisse les champs vides, avec un message.",
                SANS,
            ),
            Ecart(
                "PDF signé",
                "Un PDF signé (PAdES, XAdES) se dépose.",
                "Présence de la signature et intégrité du document sont lues et montrées, sans jamais bloquer : "
                "étiquette « certificat non contrôlé ».",
                AIFE,
            ),
            Ecart(
                "Règles EN 16931",
                "Les fichiers d'exemple de l'AIFE ne les respectent pas toutes.",
                "Leurs écarts sont signalés ; l'option « contrôle strict » de la session en fait des refus.",
                SPEC,
            ),
            Ecart(
                "Libellés des formulaires",
                "Ceux des écrans actuels ne sont pas tous publiés.",
                "Ceux du guide de 2016 et de l'API.",
                AIFE,
            ),
            Ecart(
                "Brouillons",
                "Leur visibilité n'est pas décrite.",
                "Tous ceux qui ont l'habilitation sur la structure les voient. Seul un brouillon se supprime ; il "
                "est alors caché, pas effacé.",
                SANS,
            ),
            Ecart(
                "Certificat de dépôt",
                "Document du portail.",
                "Mise en page propre, mention « FORMATION – SANS VALEUR », empreinte SHA-256.",
                SANS,
            ),
        ),
    ),
    Theme(
        "Factures : statuts et validation",
        (
            Ecart(
                "Ordre des statuts",
                "Le destinataire peut poser ses statuts dans n'importe quel ordre.",
                "De même ; les automates suivent l'ordre usuel.",
                SPEC,
            ),
            Ecart(
                "Libellés des statuts",
                "Plusieurs, surtout ceux de la validation, n'ont été lus sur aucun écran.",
                "Des libellés vraisemblables ; dans la console du formateur, une bulle dit « libellé non vérifié ».",
                SANS,
            ),
            Ecart(
                "Motifs",
                "Une seule liste pour le rejet et la suspension.",
                "Répartis par statut : ceux d'un rejet, d'une suspension, d'un recyclage, d'un refus de valideur.",
                SPEC,
            ),
            Ecart(
                "Commentaires obligatoires",
                "Le motif l'est, pour un rejet ou une suspension ; le reste n'est pas décrit.",
                "Obligatoire aussi pour « À recycler », « Suspendue », le motif « Autre » et tout refus d'un "
                "valideur (10 caractères au moins).",
                SANS,
            ),
            Ecart(
                "« À recycler »",
                "Statut en voie de suppression avec la réforme de 2026 ; les cours l'enseignent encore.",
                "Le régime de la session décide : historique (recyclage) ou septembre 2026.",
                SPEC,
            ),
            Ecart(
                "Recyclage",
                "L'ancien destinataire garde la trace de la facture.",
                "Il la lit telle qu'elle était, sans agir ; le nouveau lit l'histoire depuis « À recycler ». Les "
                "recyclages se comptent.",
                SPEC,
            ),
            Ecart(
                "Refus d'une facture de sous-traitant (A9)",
                "Elle s'arrêtait ; la réforme la transmet avec le commentaire du refus.",
                "Le régime de la session décide.",
                SPEC,
            ),
            Ecart(
                "Facture de cotraitant (A12)",
                "Aucun accord tacite n'a été trouvé.",
                "Aucun : elle reste « en attente du mandataire ».",
                SPEC,
            ),
            Ecart(
                "Quinze jours pour valider",
                "Le valideur d'une A9 a 15 jours ; le silence vaut acceptation.",
                "Le jour du dépôt ne compte pas ; au matin du seizième jour, la facture part. Un valideur corrigé, "
                "ou le second, a 15 jours à lui.",
                "Code de la commande publique, R. 2193-11 et suivants",
            ),
            Ecart(
                "Second valideur",
                "La façon de le désigner n'est pas publiée.",
                "Le cotraitant le nomme quand il valide ; celui-ci valide en qualité de mandataire.",
                SPEC,
            ),
            Ecart(
                "Valideur mal choisi",
                "Ni le fournisseur ni le destinataire n'ont à valider.",
                "Le fournisseur est refusé ; le destinataire, ou un organisme public, est admis avec un "
                "avertissement : personne ne validera.",
                SANS,
            ),
            Ecart(
                "Traitement par lot",
                "Il n'est pas décrit.",
                "50 factures au plus à la fois, avec un seul statut, un seul motif et un seul commentaire. Non "
                "officiel.",
                SANS,
            ),
            Ecart(
                "Deuxième suspension",
                "Le délai de paiement ne s'interrompt qu'une fois.",
                "De même, et un message l'explique. Une facture suspendue sans réponse n'est jamais close d'office.",
                "Code de la commande publique, R. 2192-27",
            ),
            Ecart(
                "Avoir d'une facture rejetée",
                "Le portail le clôt de lui-même.",
                "De même : « Prise en compte par le destinataire », et plus rien ne le change.",
                AIFE,
            ),
            Ecart(
                "Dupliquer",
                "On émet une nouvelle facture, sous un autre numéro.",
                "« Dupliquer » en prépare le brouillon, sans numéro, date ni pièces ; pas après un rejet pour double"
                " facturation.",
                SANS,
            ),
            Ecart(
                "Code 17 du cycle de vie",
                "Deux sens dans le même document.",
                "17 = refusée par le second valideur ; l'autre lecture, le rejet qui remplace un recyclage, n'est "
                "que citée ici.",
                SPEC,
            ),
            Ecart(
                "Factures de travaux",
                "Les pièces A4 à A25 se déposent et se valident dans leur application.",
                "Les cadres sont présentés ; leur dépôt n'est pas proposé dans cette version.",
                AIFE,
            ),
            Ecart(
                "Pièces de travaux dans « Factures reçues »",
                "La dernière pièce d'un dossier de travaux y arrive.",
                "Pas dans cette version, faute de dépôt de ces pièces.",
                AIFE,
            ),
        ),
    ),
    Theme(
        "Factures : suivre",
        (
            Ecart(
                "Synthèse du fournisseur",
                "Une seule liste de factures à suivre.",
                "Deux blocs : « À traiter », et « En cours », replié. Chaque ligne dit le geste attendu et pourquoi "
                "la facture est revenue.",
                SANS,
            ),
            Ecart(
                "Fenêtre des rejetées et suspendues",
                "Elle s'ouvre à la connexion ; l'acquittement devient obligatoire après 7 jours.",
                "De même, en jours simulés.",
                AIFE,
            ),
            Ecart(
                "Courriels des factures",
                "Leurs objets et leurs textes ne sont pas publiés.",
                "Nos textes. Le rejet est écrit aussitôt, même à qui a choisi le récapitulatif du jour.",
                SANS,
            ),
            Ecart(
                "Recherche par nom",
                "Ni les accents ni la casse ne sont documentés.",
                "Le nom d'une structure se trouve sans accents, par le début de ses mots ; les autres textes se "
                "cherchent tels qu'ils sont écrits.",
                SANS,
            ),
            Ecart(
                "Résultats de la recherche",
                "Jusqu'à une trentaine de colonnes, 200 factures au plus.",
                "25 par page, sans plafond ; l'écran montre les colonnes principales, l'export les contient toutes.",
                SPEC,
            ),
            Ecart(
                "Export de la recherche",
                "Pas décrit par les sources publiques.",
                "Tous les résultats et toutes leurs colonnes, en CSV ou en XLSX : un fichier du bac à sable, non "
                "officiel.",
                SANS,
            ),
            Ecart(
                "Archives",
                "Les demandes de paiement archivées se cherchent à part, pendant dix ans.",
                "Simulées : une facture terminée et déposée depuis plus d'un an. Rien n'est gardé après la session.",
                SPEC,
            ),
            Ecart(
                "Tableau de bord des factures",
                "Seul celui des flux est décrit.",
                "Comptes par statut, par âge et par interlocuteur, et retards sur le délai de paiement.",
                SANS,
            ),
            Ecart(
                "Aide au délai de paiement",
                "Le portail ne calcule pas le reste à courir.",
                "Une jauge l'affiche ; elle est signalée comme propre au bac à sable.",
                "Code de la commande publique, R. 2192-10 et suivants",
            ),
            Ecart(
                "Intérêts moratoires",
                "Le portail ne les calcule pas.",
                "Une aide les calcule, sur 365 jours ; le taux de 2026 n'est pas vérifié : il se saisit.",
                "Code de la commande publique, R. 2192-31 et D. 2192-35",
            ),
            Ecart(
                "Argent reçu",
                "Quelques jours après « Mise en paiement ».",
                "5 jours, dits dans l'aide : ce n'est pas un statut.",
                AIFE,
            ),
        ),
    ),
)
