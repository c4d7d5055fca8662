"""Words of public invoicing, and those of the sandbox; former names of the portal: ``vocabulaire``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terme:
    mot: str
    sens: str


TERMES: tuple[Terme, ...] = (
    Terme("Cadre de facturation", "Code (A1, A2, A9…) qui dit qui dépose la pièce et qui doit la valider."),
    Terme("Code service", "Subdivision d'une structure publique ; elle sert à aiguiller la facture."),
    Terme("Comptable public", "Celui qui contrôle et paie. Il n'est pas celui qui a commandé : l'ordonnateur."),
    Terme("Compte", "La personne : une adresse de connexion et un mot de passe."),
    Terme(
        "DGP", "Délai global de paiement : 30 jours en général, 50 pour un hôpital, 60 pour une entreprise publique."
    ),
    Terme("Engagement", "Numéro de la dépense chez le client public ; certains l'exigent sur la facture."),
    Terme("Factur-X", "PDF lisible qui porte, en pièce jointe, les mêmes données en XML."),
    Terme("Gestionnaire principal", "Premier utilisateur d'une structure : il gère sa fiche et les droits des autres."),
    Terme("Habilitation", "Droit de consulter ou de modifier dans une application, sur une structure."),
    Terme(
        "Mandat de facturation",
        "Autorisation donnée au portail d'établir une facture en votre nom quand vous la saisissez.",
    ),
    Terme(
        "MOA, MOE", "Maître d'ouvrage : celui pour qui l'on construit. Maître d'œuvre : celui qui conçoit et vérifie."
    ),
    Terme("Ordonnateur", "L'élu ou le directeur qui commande, constate le service fait et donne l'ordre de payer."),
    Terme("Rattachement", "Lien entre un compte et une structure."),
    Terme("Service fait", "Constat que ce qui est facturé a bien été livré ou exécuté."),
    Terme("SIRET", "Numéro à 14 chiffres d'un établissement français ; les 9 premiers sont le SIREN de l'entreprise."),
    Terme("Structure", "L'entreprise ou l'organisme au nom duquel on facture ou l'on reçoit des factures."),
    Terme("Synthèse", "Tableaux des éléments qui attendent une action de votre part."),
    Terme(
        "Titulaire", "Entreprise qui a signé le marché ; dans un groupement, le mandataire représente les cotraitants."
    ),
)

DU_BAC: tuple[Terme, ...] = (
    Terme("Date simulée", "Le jour qu'il est dans la session, en haut de chaque page. Le formateur la fait avancer."),
    Terme("J+n", "Nombre de jours simulés écoulés depuis le premier jour de la session."),
    Terme("Messagerie", "Boîte où arrivent tous les courriels de la session. Aucun ne sort de cette machine."),
    Terme("Poste", "Votre place dans la session, avec son numéro et son PIN. Ce n'est pas un compte du portail."),
    Terme("Session", "Un monde à part : ses données, son horloge, son code pour entrer."),
)
