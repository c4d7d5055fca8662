"""Words of public invoicing, and those of the sandbox; former names of the portal: ``vocabulaire``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terme:
    mot: str
    sens: str


TERMES: tuple[Terme, ...] = (
    Terme("Acompte", "Somme déjà versée sur la commande : elle se déduit du montant à payer."),
    Terme("Acquitter", "Indiquer que l'on a lu un rejet ou une suspension. La facture reste à compléter ou à traiter."),
    Terme("Acte spécial", "Pièce du marché par laquelle l'acheteur accepte un sous-traitant et son paiement direct."),
    Terme("Affactureur", "Société à qui une entreprise cède ses factures, et qui en reçoit le paiement."),
    Terme(
        "Avoir",
        "Facture à l'envers : elle annule ou diminue une facture déjà émise. Ses montants s'écrivent en positif.",
    ),
    Terme("Cadre de facturation", "Code (A1, A2, A9…) qui dit qui dépose la pièce et qui doit la valider."),
    Terme("Code service", "Subdivision d'une structure publique ; elle sert à aiguiller la facture."),
    Terme("Comptable public", "Celui qui contrôle et paie. Il n'est pas celui qui a commandé : l'ordonnateur."),
    Terme("Compte", "La personne : une adresse de connexion et un mot de passe."),
    Terme("Cotraitant", "Entreprise d'un groupement ; le mandataire valide ses factures avant le destinataire."),
    Terme(
        "DGP", "Délai global de paiement : 30 jours en général, 50 pour un hôpital, 60 pour une entreprise publique."
    ),
    Terme("Engagement", "Numéro de la dépense chez le client public ; certains l'exigent sur la facture."),
    Terme("Factur-X", "PDF lisible qui porte, en pièce jointe, les mêmes données en XML."),
    Terme("Flux", "Fichier structuré déposé, avec son numéro et son compte rendu. Rejeté, il n'a créé aucune facture."),
    Terme("Gestionnaire principal", "Premier utilisateur d'une structure : il gère sa fiche et les droits des autres."),
    Terme("Habilitation", "Droit de consulter ou de modifier dans une application, sur une structure."),
    Terme("Lot", "Plusieurs factures structurées dans un seul fichier zip ou tar.gz."),
    Terme(
        "Mandat de facturation",
        "Autorisation donnée au portail d'établir une facture en votre nom quand vous la saisissez.",
    ),
    Terme("Mandataire", "Entreprise qui représente un groupement ; elle valide les factures des cotraitants."),
    Terme(
        "MOA, MOE", "Maître d'ouvrage : celui pour qui l'on construit. Maître d'œuvre : celui qui conçoit et vérifie."
    ),
    Terme("Ordonnateur", "L'élu ou le directeur qui commande, constate le service fait et donne l'ordre de payer."),
    Terme("Pivot", "Fichier XML qui donne au logiciel du destinataire les données de la facture et toutes ses pièces."),
    Terme("Rattachement", "Lien entre un compte et une structure."),
    Terme(
        "Recyclage",
        "Renvoyer la même facture, sous le même numéro, au bon service. La réforme de 2026 le supprime.",
    ),
    Terme("Rejet", "Refus définitif du destinataire : il faut une nouvelle facture, sous un nouveau numéro."),
    Terme("Service fait", "Constat que ce qui est facturé a bien été livré ou exécuté."),
    Terme("SIRET", "Numéro à 14 chiffres d'un établissement français ; les 9 premiers sont le SIREN de l'entreprise."),
    Terme(
        "Sous-traitant",
        "Entreprise à qui le titulaire confie une part du marché ; acceptée par l'acheteur, elle est payée par lui.",
    ),
    Terme("Structure", "L'entreprise ou l'organisme au nom duquel on facture ou l'on reçoit des factures."),
    Terme("Suspension", "Il manque une pièce : la même facture continue, dès qu'elle est complétée."),
    Terme("Synthèse", "Tableaux des éléments qui attendent une action de votre part."),
    Terme(
        "Titulaire", "Entreprise qui a signé le marché ; dans un groupement, le mandataire représente les cotraitants."
    ),
    Terme(
        "Valideur",
        "Entreprise qui donne son accord sur une facture avant le destinataire : titulaire, cotraitant, mandataire.",
    ),
)

DU_BAC: tuple[Terme, ...] = (
    Terme("Date simulée", "Le jour qu'il est dans la session, en haut de chaque page. Le formateur la fait avancer."),
    Terme("J+n", "Nombre de jours simulés écoulés depuis le premier jour de la session."),
    Terme("Messagerie", "Boîte où arrivent tous les courriels de la session. Aucun ne sort de cette machine."),
    Terme("Poste", "Votre place dans la session, avec son numéro et son PIN. Ce n'est pas un compte du portail."),
    Terme("Session", "Un monde à part : ses données, son horloge, son code pour entrer."),
)
