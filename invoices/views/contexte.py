"""What the form's page shows around its fields: recipient, services, totals, outline, marks of read fields."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from invoices.depot import Depot
from invoices.enums import AVANT_ENVOI, TAUX_DECLARES, UNITES, TypeFacture
from invoices.forms.entete import AVEC_VALIDEUR, COMMENTAIRE_MAXIMUM
from invoices.forms.saisie import Formulaire, Listes
from invoices.models import Facture
from sandbox.web.nombres import format_decimal, parse_decimal
from structures import queries as structures
from structures.models import Service, Structure

RESULTATS = 8


@dataclass(frozen=True, slots=True)
class Bloc:
    """Line of the outline: ``etat`` is « complet », « faux » or empty."""

    ancre: str
    titre: str
    etat: str


def destinataire_et_services(destinataire: Structure | None, code: str) -> dict[str, Any]:
    """Block 1 once a recipient is chosen; the reserved service can be typed but is not offered."""
    services: list[Service] = list(Service.objects.filter(structure=destinataire)) if destinataire else []
    choisi = next((s for s in services if s.code.casefold() == code.strip().casefold()), None) if code else None
    return {
        "destinataire": destinataire,
        "services": [s for s in services if s.est_actif and not s.est_reserve_public],
        "service": choisi,
    }


def chercher(texte: str) -> tuple[list[Structure], bool]:
    """Recipients for this text, and whether there are more than shown."""
    liste = structures.rechercher_destinataires(texte[:100], RESULTATS + 1)
    return liste[:RESULTATS], len(liste) > RESULTATS


def chercher_valideurs(texte: str) -> tuple[list[Structure], bool]:
    """Any active structure, private ones included: a titulaire is most often a company (factures.md §2.3, block 3)."""
    liste = structures.rechercher_actives(texte[:100], RESULTATS + 1)
    return liste[:RESULTATS], len(liste) > RESULTATS


def valideur_et_services(valideur: Structure | None, choisi: str) -> dict[str, Any]:
    """Block 3 once a validator is chosen."""
    services = Service.objects.filter(structure=valideur) if valideur else ()
    return {
        "valideur": valideur,
        "services_valideur": [s for s in services if s.est_actif],
        "service_valideur_choisi": choisi,
    }


def alerte_du_valideur(valideur: Structure | None, depot: Depot) -> str:
    """What is allowed, and will not work (factures.md D-37). Never blocking."""
    if valideur is None or depot.cadre not in AVEC_VALIDEUR or valideur.pk == depot.fournisseur_id:
        return ""
    if valideur.pk == depot.destinataire_id:
        return (
            f"{valideur.raison_sociale} est le destinataire de la facture : personne ne validera. "
            "Le valideur est l'entreprise titulaire ou mandataire du marché."
        )
    if valideur.est_publique:
        return (
            f"{valideur.raison_sociale} est une structure publique : personne ne validera. "
            "Le valideur est l'entreprise titulaire ou mandataire du marché."
        )
    return ""


def indice_d_origine(depot: Depot, fournisseur: Structure | None) -> str:
    """Hint at « Numéro de facture d'origine » of an avoir: recommended, never demanded (factures.md §2.9)."""
    if depot.type_facture != TypeFacture.AVOIR:
        return ""
    if not depot.numero_facture_origine:
        return "Recommandé : sans elle, votre client ne sait pas quelle facture cet avoir corrige."
    if fournisseur is None:
        return ""
    trouvee = (
        Facture.objects.filter(siren_fournisseur=fournisseur.siren, numero=depot.numero_facture_origine)
        .exclude(statut__in=AVANT_ENVOI)
        .select_related("destinataire")
        .order_by("-date_depot")
        .first()
    )
    if trouvee is None:
        return f"Aucune facture {depot.numero_facture_origine} n'est connue pour ce fournisseur : vérifiez son numéro."
    if depot.destinataire_id and trouvee.destinataire_id != depot.destinataire_id:
        return f"La facture {trouvee.numero} avait un autre destinataire : {trouvee.destinataire}."
    return ""


def avertissements(depot: Depot, fournisseur: Structure | None, valideur: Structure | None) -> list[str]:
    """What the person should know before sending, and that no rule refuses."""
    inhabituels = taux_inhabituels(depot)
    trouves = [alerte_du_valideur(valideur, depot), indice_d_origine(depot, fournisseur)]
    if inhabituels:
        trouves.append(f"Taux de TVA inhabituel : {inhabituels}. Il est accepté ; vérifiez-le.")
    return [phrase for phrase in trouves if phrase]


def taux_inhabituels(depot: Depot) -> str:
    """Rates outside the reform's list, as a phrase (factures.md §2.10)."""
    taux = {ligne.taux for ligne in (*depot.lignes, *depot.lignes_tva)} - TAUX_DECLARES
    return ", ".join(f"{format_decimal(t, 0, 2)} %" for t in sorted(taux))


def _etat(complet: bool, faux: bool) -> str:
    return "faux" if faux else "complet" if complet else ""


def _remplis(form: Formulaire, noms: Iterable[str]) -> bool:
    return all(str(form.champs.get(nom) or form.entete.data.get(nom) or "").strip() for nom in noms)


BLOCS: dict[str, tuple[str, ...]] = {
    "destinataire": ("destinataire", "code_service"),
    "fournisseur": ("fournisseur", "service_fournisseur", "coordonnees_bancaires"),
    "cadre": ("cadre", "valideur", "service_valideur"),
    "references": (
        "type_facture",
        "numero",
        "date_facture",
        "numero_engagement",
        "numero_marche",
        "numero_facture_origine",
        "devise",
        "mode_paiement",
        "type_tva",
        "autoliquidation",
        "motif_exoneration",
        "motif_exoneration_autre",
    ),
    "totaux": (
        *("montant_ht", "montant_tva", "remise_globale", "motif_remise"),
        *("montant_ttc", "acompte", "montant_a_payer"),
    ),
    "commentaire": ("commentaire",),
}


def sommaire(form: Formulaire, depot: Depot, pieces: int) -> list[Bloc]:
    """Outline: a tick when the block is complete, a mark when something in it is wrong."""
    entete = form.entete
    entete_par_bloc = {
        bloc: _etat(
            _remplis(form, [nom for nom in noms if entete.fields[nom].required]),
            any(nom in entete.errors for nom in noms),
        )
        for bloc, noms in BLOCS.items()
    }
    rangs_faux = any(r.errors for r in form.rangs.forms) or bool(form.rangs.non_form_errors())
    remplis = len(form.rangs.remplis())
    commentaire = _etat(bool(depot.commentaire), "commentaire" in entete.errors)
    titres = [("destinataire", "Destinataire"), ("fournisseur", "Fournisseur"), ("cadre", "Cadre de facturation")]
    blocs = [Bloc(f"bloc-{b}", t, entete_par_bloc[b]) for b, t in titres]
    blocs.append(Bloc("bloc-references", "Références", entete_par_bloc["references"]))
    if form.est_saisie:
        complet = remplis > 0 and len(depot.lignes) == remplis
        blocs.append(Bloc("bloc-lignes", "Lignes de poste", _etat(complet, rangs_faux)))
        blocs.append(Bloc("bloc-tva", "Récapitulatif TVA", _etat(complet, False)))
    else:
        blocs.append(Bloc("bloc-tva", "Récapitulatif TVA", _etat(remplis > 0, rangs_faux)))
    blocs.append(Bloc("bloc-totaux", "Montants totaux", entete_par_bloc["totaux"]))
    blocs.append(Bloc("bloc-pieces", "Pièces jointes", _etat(pieces > 0, form.pieces_fausses)))
    blocs.append(Bloc("bloc-commentaire", "Commentaire", commentaire))
    return blocs


def _memes(saisi: str, lu: str) -> bool:
    """« 2 475,00 » is the « 2475,00 » that was read."""
    nombre = parse_decimal(saisi)
    return saisi.strip() == lu or (nombre is not None and nombre == parse_decimal(lu))


def marques(facture: Facture | None, form: Formulaire) -> dict[str, dict[str, Any]]:
    """Fields that were read in the document, and whether they still say what was read there."""
    if facture is None or not facture.extraction:
        return {}
    return {
        nom: {**lu, "corrige": not _memes(str(form.champs.get(nom, "")), str(lu["valeur"]))}
        for nom, lu in facture.extraction.get("champs", {}).items()
        if lu["texte"] or lu["boite"]
    }


def reperes(facture: Facture | None) -> list[dict[str, Any]]:
    """Where each field was read, in percent of its page; its number stands after the text."""
    if facture is None:
        return []
    return [
        {
            "nom": nom,
            "rang": lu["rang"],
            "page": lu["page"],
            "x": f"{lu['boite'][0] - 0.6:.2f}",
            "y": f"{lu['boite'][1] - 0.35:.2f}",
            "w": f"{lu['boite'][2] + 1.2:.2f}",
            "h": f"{lu['boite'][3] + 0.7:.2f}",
            "cx": f"{min(98.0, lu['boite'][0] + lu['boite'][2] + 2.6):.2f}",
            "cy": f"{lu['boite'][1] + lu['boite'][3] / 2:.2f}",
        }
        for nom, lu in (facture.extraction.get("champs") or {}).items()
        if lu.get("rang")
    ]


def _ecrire_les_totaux(form: Formulaire, depot: Depot) -> None:
    """A saisie shows the server's own totals."""
    for nom in ("montant_ht", "montant_tva", "montant_ttc"):
        montant = getattr(depot, nom)
        form.entete.data[nom] = format_decimal(montant) if depot.lignes and montant is not None else ""


def contexte_du_formulaire(
    form: Formulaire,
    destinataire: Structure | None,
    facture: Facture | None,
    listes: Listes,
    valideur: Structure | None = None,
) -> dict[str, Any]:
    champs = form.champs
    bloc1 = destinataire_et_services(destinataire, champs.get("code_service", ""))
    form.entete.marquer(destinataire, bloc1["service"])
    depot = form.depot()
    if form.est_saisie:
        _ecrire_les_totaux(form, depot)
    pieces = [p for p in facture.pieces.all() if not p.principale] if facture is not None else []
    recherche = champs.get("recherche", "").strip()
    resultats, suite = chercher(recherche) if recherche and destinataire is None else ([], False)
    cherche_valideur = champs.get("recherche_valideur", "").strip()
    valideurs, valideurs_suite = (
        chercher_valideurs(cherche_valideur) if cherche_valideur and valideur is None else ([], False)
    )
    fournisseur = listes.structure(depot.fournisseur_id)
    bloc3 = valideur_et_services(valideur, champs.get("service_valideur", ""))
    return (
        bloc1
        | bloc3
        | {
            "recherche_valideur": cherche_valideur,
            "valideurs": valideurs,
            "valideurs_suite": valideurs_suite,
            "alerte_valideur": alerte_du_valideur(valideur, depot),
            "valideur_fournisseur": valideur is not None and valideur.pk == depot.fournisseur_id,
            "indice_origine": indice_d_origine(depot, fournisseur),
            "affactureurs": sorted({c.affactureur for c in listes.comptes_bancaires if c.affactureur}),
            "services_fournisseur": listes.services,
            "commentaire_maximum": COMMENTAIRE_MAXIMUM,
            "taux_declares": " ".join(f"{t.normalize():f}" for t in sorted(TAUX_DECLARES)),
            "form": form,
            "entete": form.entete,
            "facture": facture,
            "depot": depot,
            "recapitulatif": depot.lignes_tva if form.est_saisie else (),
            "ttc_avant_remise": (depot.montant_ht or 0) + (depot.montant_tva or 0),
            "pieces": pieces,
            "recherche": recherche,
            "resultats": resultats,
            "resultats_suite": suite,
            "etat_choisi": champs.get("destinataire_etat") == "oui",
            "fournisseur": fournisseur,
            "sans_mandat": bool(
                form.est_saisie and depot.fournisseur_id and depot.fournisseur_id not in listes.mandats
            ),
            "sommaire": sommaire(form, depot, len(pieces)),
            "lus": marques(facture, form),
            "reperes": reperes(facture),
            "pages": range(1, (facture.extraction.get("pages") or 0) + 1) if facture is not None else (),
            "unites": UNITES,
            "taux_inhabituels": taux_inhabituels(depot),
        }
    )
