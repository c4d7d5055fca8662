"""Domaines of the real portal that this version does not simulate: what they are for, what is missing, what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DomaineAbsent:
    titre: str
    chapeau: str
    applications: tuple[tuple[str, str], ...]
    manque: str
    ici: tuple[str, ...]


COMMANDE = DomaineAbsent(
    "Commande",
    "L'acheteur public y publie ses engagements ; ses fournisseurs les y lisent.",
    (
        (
            "Engagements",
            "L'engagement est le numéro de la dépense chez le client. Le fournisseur y retrouve le numéro à porter sur "
            "sa facture, la structure et le service qui ont commandé.",
        ),
    ),
    "Aucun engagement n'est publié ici : l'application « Engagements » n'est pas simulée.",
    (
        "Le numéro d'engagement à employer est écrit dans l'énoncé de l'exercice.",
        "L'annuaire dit quelles structures l'exigent : la facture est refusée s'il manque.",
    ),
)
MARCHE = DomaineAbsent(
    "Marché",
    "On y prépare une candidature à un marché public. Sur le vrai portail, il s'ouvre sans compte.",
    (
        (
            "Dume",
            "Document unique de marché européen : une déclaration sur l'honneur qui remplace, au moment de répondre à "
            "une consultation, les attestations que seul l'attributaire aura à fournir.",
        ),
    ),
    "La passation des marchés est hors du sujet de cette formation : l'application « Dume » n'est pas simulée.",
    ("Une fois le marché gagné, tout se passe dans « Facturation » : c'est là que l'exercice commence.",),
)
SUPPORT = DomaineAbsent(
    "Nous contacter",
    "« Support » > « Nous contacter » : on y demande de l'aide, et l'on y suit ses tickets.",
    (
        (
            "Tickets",
            "Une catégorie, une sous-catégorie, un objet, une description : le support, ou la structure publique "
            "concernée, répond. Les anciens guides disent « sollicitation ».",
        ),
        ("Tickets reçus", "Les structures publiques y répondent à leurs fournisseurs."),
        ("ClaudIA", "L'assistant en bas à droite de chaque page : il répond aux questions courantes."),
    ),
    "Aucun ticket ne part d'ici : ni le support ni ClaudIA ne sont simulés.",
    (
        "Pour l'exercice, votre formateur tient lieu de support : il débloque un compte, renvoie un lien d'activation, "
        "répond à une demande de rattachement.",
        "La création d'une structure publique, une adresse de connexion perdue ou un gestionnaire principal parti se "
        "demandent par ticket sur le vrai portail ; ici, dites-le à votre formateur.",
    ),
)
