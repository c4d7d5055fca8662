"""Column « Actions » of an invoice: what the table of the circuit lets this account do here, in one sentence each."""

from dataclasses import dataclass, field

from accounts.requete import Requete
from invoices import lifecycle, queries_retours
from invoices.enums import Acteur, Action, Espace, ModeDepot, Statut
from invoices.models import Facture
from invoices.services import retours
from invoices.views.commun import adresse
from invoices.views.retours import DOUBLE_FACTURATION


@dataclass(frozen=True, slots=True)
class Geste:
    """A button and its sentence. ``champs``: it is a POST; ``question``: its page asks, opened over this one."""

    label: str
    url: str
    phrase: str
    icone: str
    principal: bool = False
    question: bool = False
    danger: bool = False
    champs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Colonne:
    """``note`` says why nothing, or not more, is offered."""

    gestes: list[Geste]
    note: str = ""


ATTENTES: dict[Statut, str] = {
    Statut.DEPOSEE: "Le portail achemine la facture : rien à faire, quelques secondes suffisent.",
    Statut.EN_COURS_ACHEMINEMENT: "Le portail achemine la facture : rien à faire, quelques secondes suffisent.",
    Statut.A_VALIDER_1: "Rien à faire pour le moment : le valideur doit répondre.",
    Statut.A_VALIDER_2: "Rien à faire pour le moment : le second valideur doit répondre.",
    Statut.MISE_A_DISPOSITION: "Rien à faire pour le moment : le destinataire a la facture.",
    Statut.COMPLETEE: "Rien à faire pour le moment : le destinataire doit reprendre la facture.",
    Statut.MISE_EN_PAIEMENT: "Le circuit est terminé : le virement est parti.",
}
"""Who is awaited, for the issuer (factures.md §3.1, « Next move expected from »)."""
LECTURE = {
    Espace.EMISES: "« Factures émises modification »",
    Espace.RECUES: "« Factures reçues modification »",
    Espace.A_VALIDER: "« Factures à valider modification »",
}


def _brouillon(facture: Facture) -> list[Geste]:
    saisie = facture.mode_depot == ModeDepot.SAISIE_PORTAIL
    return [
        Geste(
            "Reprendre la saisie",
            adresse(Espace.EMISES, "brouillon" if saisie else "depot", facture.pk),
            "Rien n'est envoyé : complétez le brouillon, puis envoyez-le.",
            "pencil",
            principal=True,
        ),
        Geste(
            "Supprimer",
            adresse(Espace.EMISES, "supprimer", facture.pk),
            "Le brouillon et ses pièces jointes disparaissent.",
            "trash",
            question=True,
            danger=True,
        ),
    ]


def _de_l_emetteur(facture: Facture, possibles: set[Action]) -> list[Geste]:
    def url(nom: str) -> str:
        return adresse(Espace.EMISES, nom, facture.pk)

    gestes = []
    if Action.RECYCLER in possibles:
        phrase = "La facture repart vers un autre service, sous le même numéro."
        gestes.append(Geste("Recycler", url("recycler"), phrase, "arrow-repeat", principal=True))
    if Action.COMPLETER in possibles:
        phrase = "Ajoutez la pièce ou l'explication demandée : la facture revient chez le même destinataire."
        gestes.append(Geste("Compléter", url("completer"), phrase, "paperclip", principal=True))
    if Action.MODIFIER_VALIDEUR in possibles:
        phrase = "Nommez le bon valideur : il a un nouveau délai pour répondre, le numéro ne change pas."
        gestes.append(Geste("Modifier le valideur", url("corriger_valideur"), phrase, "person-badge", principal=True))
    ici = {"factures": str(facture.pk), "suite": url("facture")}
    if Action.TRAITER_REJET in possibles and not facture.rejet_traite:
        phrase = "Vous avez pris vos dispositions : la facture quitte Synthèse et reste dans Rechercher."
        poste = adresse(Espace.EMISES, "traiter_rejets")
        gestes.append(Geste("Traiter le rejet", poste, phrase, "clipboard-check", principal=True, champs=ici))
    if Action.ACQUITTER in possibles and not queries_retours.est_acquittee(facture):
        phrase = "Vous indiquez seulement que vous l'avez lu : il reste à agir."
        label = "Acquitter la suspension" if facture.statut == Statut.SUSPENDUE else "Acquitter le rejet"
        gestes.append(Geste(label, adresse(Espace.EMISES, "acquitter"), phrase, "check", champs=ici))
    return gestes


def _remplacement(facture: Facture) -> tuple[list[Geste], str]:
    """« Dupliquer » a rejected or refused invoice, or why not (factures.md §7)."""
    if facture.statut != Statut.REJETEE and not lifecycle.est_definitive(facture.situation()):
        return [], ""
    if not retours.remplacable(facture):
        return [], DOUBLE_FACTURATION
    url = adresse(Espace.EMISES, "dupliquer", facture.pk)
    phrase = "Un brouillon reprend cette facture ; il lui faut un nouveau numéro, sa date et ses pièces."
    principal = facture.rejet_traite
    return [Geste("Dupliquer", url, phrase, "copy", question=True, principal=principal)], ""


def _du_destinataire(facture: Facture, possibles: bool) -> list[Geste]:
    if not possibles:
        return []
    url = f"{adresse(Espace.RECUES, 'traiter')}?factures={facture.pk}"
    phrase = "Donnez-lui un statut : service fait, suspendue, rejetée… Le fournisseur en est averti."
    return [Geste("Traiter", url, phrase, "clipboard-check", principal=True)]


def _du_valideur(facture: Facture, possibles: set[Action]) -> list[Geste]:
    if Action.VALIDER in possibles:
        phrase = "Acceptez la demande de paiement, refusez-la, ou dites que vous n'êtes pas le bon valideur."
        url = adresse(Espace.A_VALIDER, "repondre", facture.pk)
        return [Geste("Valider ou refuser", url, phrase, "clipboard-check", principal=True)]
    if Action.MODIFIER_VALIDEUR in possibles:
        phrase = "Nommez le mandataire qui doit valider après vous."
        url = adresse(Espace.A_VALIDER, "corriger", facture.pk)
        return [Geste("Modifier le valideur 2", url, phrase, "person-badge", principal=True)]
    return []


def _fichiers(facture: Facture, espace: Espace) -> list[Geste]:
    """Reading is enough for these."""
    if facture.est_brouillon:
        if not any(piece.principale for piece in facture.pieces.all()):
            return []
        phrase = "Le document que vous avez déposé."
        return [Geste("Voir le document", adresse(espace, "pdf", facture.pk), phrase, "file-earmark-pdf")]
    phrase = "En PDF ou en XML, avec ou sans ses pièces jointes."
    gestes = [Geste("Télécharger", adresse(espace, "telecharger", facture.pk), phrase, "download")]
    if espace == Espace.EMISES:
        phrase = "La preuve du dépôt : date, montants, empreinte du fichier."
        gestes.append(Geste("Certificat de dépôt", adresse(espace, "certificat", facture.pk), phrase, "patch-check"))
        if facture.flux is not None:
            phrase = "Le fichier structuré dont cette facture est issue."
            url = adresse(espace, "flux_detail", facture.flux.numero)
            gestes.append(Geste("Voir le flux", url, phrase, "diagram-3"))
    return gestes


def colonne(request: Requete, facture: Facture, espace: Espace, acteurs: list[Acteur]) -> Colonne:
    """Everything possible, the awaited action first; ``acteurs``: the roles of this account here."""
    fichiers = _fichiers(facture, espace)
    if facture.quittee_le is not None:
        return Colonne(fichiers, "La facture est partie chez un autre destinataire : vous ne pouvez que la lire.")
    if not acteurs:
        return Colonne(
            fichiers,
            f"Vous lisez cette facture sans pouvoir agir : il faut {LECTURE[espace]}. "
            "Demandez ce droit au gestionnaire principal de la structure.",
        )
    situation = facture.situation()
    lignes = [row for acteur in acteurs for row in lifecycle.available(situation, acteur)]
    possibles = {row.action for row in lignes}
    if espace == Espace.RECUES:
        gestes = _du_destinataire(facture, any(row.target is not None for row in lignes))
        note = "" if gestes else "Le circuit de cette facture est terminé : plus aucun statut ne s'y pose."
        return Colonne([*gestes, *fichiers], note)
    if espace == Espace.A_VALIDER:
        gestes = _du_valideur(facture, possibles)
        return Colonne([*gestes, *fichiers], "" if gestes else "Aucune réponse n'est attendue de vous à ce stade.")
    if facture.est_brouillon:
        return Colonne([*_brouillon(facture), *fichiers])
    remplacement, note = _remplacement(facture)
    gestes = [*_de_l_emetteur(facture, possibles), *remplacement]
    if not gestes and not note:
        note = ATTENTES.get(facture.statut_enum, "Rien à faire pour vous à ce stade : suivez l'avancement ici.")
    return Colonne([*gestes, *fichiers], note)
