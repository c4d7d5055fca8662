"""Text of the form: first values, what the columns of a draft say, the « Autoliquidation » tick (factures.md D-13)."""

from collections.abc import Mapping
from decimal import Decimal

from invoices.depot import Depot
from invoices.enums import Cadre, ModePaiement, MotifExoneration, TypeFacture, TypeTva
from invoices.forms.entete import Listes
from invoices.forms.lignes import AUTRE, TAUX
from sandbox.web.nombres import format_decimal

MENTION = "Autoliquidation"


def premieres_valeurs(listes: Listes) -> dict[str, str]:
    """A new invoice: the first structure that has a mandate, and its own bank account."""
    fournisseur = next((s for s in listes.structures if s.pk in listes.mandats), None)
    fournisseur = fournisseur or next(iter(listes.structures), None)
    pk = fournisseur.pk if fournisseur else None
    defaut = next((c for c in listes.comptes_bancaires if c.defaut and c.structure_id == pk), None)
    return {
        "fournisseur": str(pk or ""),
        "service_fournisseur": str(listes.service_impose(pk) or ""),
        "coordonnees_bancaires": str(defaut.pk) if defaut else "",
        "cadre": Cadre.A1.value,
        "type_facture": TypeFacture.FACTURE.value,
        "devise": "EUR",
        "mode_paiement": ModePaiement.VIREMENT.value,
        "type_tva": TypeTva.TVA_SUR_DEBIT.value,
    }


def _decimal(nombre: Decimal | None, minimum: int = 2) -> str:
    if nombre is None:
        return ""
    return format_decimal(nombre, minimum, 6).replace("\u202f", "").replace("\u2212", "-")


def texte_des_colonnes(depot: Depot) -> dict[str, str]:
    """Text of the form for a deposit that no form wrote."""
    motifs = {str(m.label): m.value for m in MotifExoneration}
    motif = motifs.get(depot.motif_exoneration, MotifExoneration.EXO9.value if depot.motif_exoneration else "")
    texte = {
        "fournisseur": str(depot.fournisseur_id or ""),
        "service_fournisseur": str(depot.service_fournisseur_id or ""),
        "coordonnees_bancaires": str(depot.coordonnees_bancaires_id or ""),
        "destinataire": str(depot.destinataire_id or ""),
        "valideur": str(depot.valideur_id or ""),
        "service_valideur": str(depot.service_valideur_id or ""),
        "date_facture": f"{depot.date_facture:%d/%m/%Y}" if depot.date_facture else "",
        "motif_exoneration": motif,
        "motif_exoneration_autre": depot.motif_exoneration if motif == MotifExoneration.EXO9 else "",
        "remise_globale": _decimal(depot.remise_globale) if depot.remise_globale else "",
        "acompte": _decimal(depot.acompte) if depot.acompte else "",
        "lignes-TOTAL_FORMS": str(len(depot.lignes)),
        "tva-TOTAL_FORMS": str(len(depot.lignes_tva)),
    }
    for nom in ("cadre", "code_service", "type_facture", "numero", "numero_engagement", "numero_marche"):
        texte[nom] = getattr(depot, nom)
    for nom in ("numero_facture_origine", "devise", "mode_paiement", "type_tva", "motif_remise", "commentaire"):
        texte[nom] = getattr(depot, nom)
    for nom in ("montant_ht", "montant_tva", "montant_ttc", "montant_a_payer"):
        texte[nom] = _decimal(getattr(depot, nom))
    for rang, ligne in enumerate(depot.lignes):
        texte |= {f"lignes-{rang}-{nom}": getattr(ligne, nom) for nom in ("denomination", "reference", "unite")}
        texte |= {
            f"lignes-{rang}-quantite": _decimal(ligne.quantite, 0),
            f"lignes-{rang}-prix_unitaire": _decimal(ligne.prix_unitaire),
            f"lignes-{rang}-remise": _decimal(ligne.remise) if ligne.remise else "",
            **_texte_du_taux(f"lignes-{rang}", ligne.taux),
        }
    for rang, ligne_tva in enumerate(depot.lignes_tva):
        texte |= {
            f"tva-{rang}-base": _decimal(ligne_tva.base),
            f"tva-{rang}-montant": _decimal(ligne_tva.montant),
            **_texte_du_taux(f"tva-{rang}", ligne_tva.taux),
        }
    return texte


def _texte_du_taux(prefixe: str, taux: Decimal) -> dict[str, str]:
    code = f"{taux.normalize():f}" if taux else "0"
    if code in dict(TAUX):
        return {f"{prefixe}-taux": code}
    return {f"{prefixe}-taux": AUTRE, f"{prefixe}-taux_manuel": _decimal(taux)}


# --- « Autoliquidation »: no value of the enumeration says it, so it is written in the open (factures.md §2.10)


def _mentionne(texte: str) -> bool:
    return MENTION.casefold() in texte.casefold()


def est_autoliquidee(champs: Mapping[str, str]) -> bool:
    """Sans TVA, with the mention in the comment or in a line: the tick is read back from what will be sent."""
    return champs.get("type_tva") == TypeTva.SANS_TVA and (
        _mentionne(champs.get("commentaire", ""))
        or any(_mentionne(v) for nom, v in champs.items() if nom.endswith("-denomination"))
    )


def appliquer_autoliquidation(champs: dict[str, str]) -> dict[str, str]:
    """What ticking, or unticking, writes. ``autoliquidation_vue`` says that the page had been drawn ticked."""
    vue = bool(champs.pop("autoliquidation_vue", ""))
    cochee = bool(champs.get("autoliquidation"))
    if cochee and (not vue or champs.get("type_tva") == TypeTva.SANS_TVA):
        zeros = {nom: "0" for nom in champs if nom.endswith("-taux") and nom.startswith(("lignes-", "tva-"))}
        commentaire = champs.get("commentaire", "")
        deja = est_autoliquidee(champs | {"type_tva": TypeTva.SANS_TVA.value})
        return (
            champs
            | ({} if vue else zeros)
            | {
                "type_tva": TypeTva.SANS_TVA.value,
                "commentaire": commentaire if deja else f"{commentaire.rstrip()}\n{MENTION}".strip(),
            }
        )
    if vue:
        lignes = champs.get("commentaire", "").split("\n")
        champs["commentaire"] = "\n".join(ligne for ligne in lignes if ligne.strip() != MENTION)
        if not cochee and champs.get("type_tva") == TypeTva.SANS_TVA:
            champs["type_tva"] = TypeTva.TVA_SUR_DEBIT.value
    return champs
