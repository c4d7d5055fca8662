"""The mistake of a deposit, if there is one, and what it brings (formation.md Table B). The order of the controls is
that of the table; what the portal refuses at once never comes here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from invoices import calculs
from invoices.depot import ZERO
from invoices.enums import Action, Cadre, Motif, Statut, TypeFacture
from invoices.robots.attentes import Attendu, Autre, LigneVue, Vue, apparier, compacte
from invoices.robots.textes import dire, enumerer, euros, nombre, taux

SANS_REPONSE_A_LA_RELANCE, RELANCE = 9, 2
"""Days after a completion that is still wrong: rejection, letter (ERR-07; sandbox decision)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ecart:
    """What a recipient reproaches. ``explication``: one sentence for the trainer (SIM-3), never shown to trainees."""

    regle: str
    statut: Statut
    motif: Motif
    texte: str
    explication: str

    @property
    def apres_completion(self) -> bool:
        """Its day is not that of a first reaction."""
        return self.regle == "ERR-07" and self.statut == Statut.REJETEE


@dataclass(frozen=True, slots=True, kw_only=True)
class Refus:
    """What a validator answers to a deposit that has a mistake."""

    regle: str
    action: Action
    motif: Motif
    texte: str
    explication: str


def _ecart(regle: str, statut: Statut, motif: Motif, texte: str, constat: str) -> Ecart:
    return Ecart(regle=regle, statut=statut, motif=motif, texte=texte, explication=f"{regle} : {constat}")


def _de(attendu: Attendu) -> str:
    exercice = f", {attendu.exercice}" if attendu.exercice else ""
    return f"(commande {attendu.cle}{exercice})"


Controle = Callable[[Vue, Attendu, list[Attendu], list[Autre]], Ecart | None]


def _destinataire(vue: Vue, attendu: Attendu, tous: list[Attendu], autres: list[Autre]) -> Ecart | None:
    """ERR-05, wrong recipient: the order is somebody else's."""
    if vue.client == attendu.client:
        return None
    texte = dire("siret", attendu.textes, ht=euros(vue.ht))
    constat = f"destinataire {vue.client}, commande passée par {attendu.client} {_de(attendu)}"
    return _ecart("ERR-05", Statut.A_RECYCLER, Motif.SIRET_ERR, texte, constat)


def _service(vue: Vue, attendu: Attendu, tous: list[Attendu], autres: list[Autre]) -> Ecart | None:
    """ERR-05, wrong service; none given, when the portal allows it, is no mistake."""
    if not vue.service or not attendu.service or compacte(vue.service) == compacte(attendu.service):
        return None
    texte = attendu.services.get(vue.service) or dire(
        "service", attendu.textes, trouve=vue.service, attendu=attendu.service
    )
    constat = f"service {vue.service}, attendu {attendu.service} {_de(attendu)}"
    return _ecart("ERR-05", Statut.A_RECYCLER, Motif.SE_ERR, texte, constat)


def _engagement(vue: Vue, attendu: Attendu, tous: list[Attendu], autres: list[Autre]) -> Ecart | None:
    """ERR-06: unknown, of another service, or the number of the order instead."""
    cite = compacte(vue.engagement)
    if not cite or not attendu.engagements or cite in {compacte(e) for e in attendu.engagements}:
        return None
    ailleurs = any(cite in {compacte(e) for e in autre.engagements} for autre in tous if autre.client == vue.client)
    nom = "bon_commande" if cite == compacte(attendu.bon_commande) else "autre_service" if ailleurs else "engagement"
    texte = dire(nom, attendu.textes, trouve=vue.engagement, attendu=attendu.engagements[0])
    constat = f"engagement « {vue.engagement} », attendu {attendu.engagements[0]} {_de(attendu)}"
    return _ecart("ERR-06", Statut.A_RECYCLER, Motif.EJ_ERR, texte, constat)


def _doublon(vue: Vue, attendu: Attendu, tous: list[Attendu], autres: list[Autre]) -> Ecart | None:
    """ERR-11, on an order: its content was invoiced already, under another number."""
    if attendu.ouverte:
        return None
    for autre in autres:
        memes = calculs.proches(autre.ht, vue.ht) and calculs.proches(autre.ttc, vue.ttc)
        deja = autre.avant and autre.vivante and not _annulee(autre, autres)
        if deja and memes and autre.type_facture == vue.type_facture:
            texte = dire("doublon", attendu.textes, autre=autre.numero)
            return _ecart(
                "ERR-11", Statut.REJETEE, Motif.DOUBLE_FACT, texte, f"même contenu que {autre.numero} {_de(attendu)}"
            )
    return None


def _copie(vue: Vue, autres: list[Autre]) -> Ecart | None:
    """ERR-11, without an order: identical lines, amounts, date and engagement under another number."""
    if not vue.engagement or not vue.lignes:
        return None
    empreinte = _empreinte(vue)
    for autre in autres:
        if autre.avant and autre.vivante and not _annulee(autre, autres) and _empreinte(autre) == empreinte:
            texte = dire("doublon", {}, autre=autre.numero)
            return _ecart("ERR-11", Statut.REJETEE, Motif.DOUBLE_FACT, texte, f"copie exacte de {autre.numero}")
    return None


def _empreinte(facture: Vue | Autre) -> tuple[object, ...]:
    """All that two copies of one invoice share, their number apart."""
    lignes = sorted((compacte(ligne.denomination), ligne.quantite, ligne.prix, ligne.taux) for ligne in facture.lignes)
    montants = (facture.ht, facture.ttc)
    return (facture.type_facture, facture.client, facture.date_facture, montants, compacte(facture.engagement), lignes)


def _annulee(facture: Autre, autres: Iterable[Autre]) -> bool:
    """Its avoirs have taken back all of it: it may be invoiced again (factures.md §7)."""
    avoirs = (
        a.ttc for a in autres if a.type_facture == TypeFacture.AVOIR and a.vivante and a.origine == facture.numero
    )
    return sum(avoirs, ZERO) >= facture.ttc > ZERO


def _code(cadre: str) -> str:
    return cadre.split("_")[0]


def _cadre(vue: Vue, attendu: Attendu, tous: list[Attendu], autres: list[Autre]) -> Ecart | None:
    """ERR-10, cadre: a subcontractor who invoices as a titulaire, a works document among simple invoices."""
    if vue.cadre == attendu.cadre:
        return None
    texte = dire("cadre", attendu.textes, trouve=_code(vue.cadre), attendu=_code(attendu.cadre))
    constat = f"cadre {_code(vue.cadre)}, attendu {_code(attendu.cadre)} {_de(attendu)}"
    return _ecart("ERR-10", Statut.REJETEE, Motif.AUTRE, texte, constat)


def _marche(vue: Vue, attendu: Attendu, tous: list[Attendu], autres: list[Autre]) -> Ecart | None:
    """ERR-10, marché."""
    if not vue.marche or not attendu.marche or compacte(vue.marche) == compacte(attendu.marche):
        return None
    texte = dire("marche", attendu.textes, trouve=vue.marche, attendu=attendu.marche)
    return _ecart(
        "ERR-10", Statut.REJETEE, Motif.AUTRE, texte, f"marché {vue.marche}, attendu {attendu.marche} {_de(attendu)}"
    )


def _date(vue: Vue, attendu: Attendu, tous: list[Attendu], autres: list[Autre]) -> Ecart | None:
    """ERR-19: before the contract (in the future: the portal refuses)."""
    if attendu.debut is None or vue.date_facture is None or vue.date_facture >= attendu.debut:
        return None
    texte = dire("date", attendu.textes, trouve=f"{vue.date_facture:%d/%m/%Y}", attendu=f"{attendu.debut:%d/%m/%Y}")
    constat = f"datée du {vue.date_facture:%d/%m/%Y}, contrat du {attendu.debut:%d/%m/%Y} {_de(attendu)}"
    return _ecart("ERR-19", Statut.REJETEE, Motif.AUTRE, texte, constat)


def _texte_tva(vue: Vue, attendu: Attendu) -> tuple[str, str] | None:
    """ERR-09: the message and what was seen, None when the VAT is that of the order."""
    if attendu.autoliquidation:
        if vue.tva == ZERO:
            return None
        montant = euros(vue.tva)
        return dire("autoliquidation", attendu.textes, trouve=montant), f"TVA {montant} € sous autoliquidation"
    if vue.tva == ZERO and attendu.tva:
        attendue = calculs.arrondir(vue.ht * attendu.tva / attendu.ht)
        return dire("tva_absente", attendu.textes, attendu=euros(attendue), ht=euros(vue.ht)), "TVA absente"
    for facturee, commandee in apparier(vue.lignes, attendu.lignes):
        if commandee is not None and facturee.taux != commandee.taux:
            return _taux_errone(attendu, commandee, facturee.taux)
    if vue.lignes or not calculs.proches(vue.ht, attendu.ht):
        return None  # lines are right, or the amount itself is what is wrong (ERR-08)
    bases: dict[Decimal, Decimal] = {}
    for ligne in attendu.lignes:
        bases[ligne.taux] = bases.get(ligne.taux, ZERO) + ligne.ht
    for ligne in attendu.lignes:
        if vue.taux and ligne.taux not in vue.taux:
            return _taux_errone(attendu, ligne, max(vue.taux))
    if vue.taux and any(not calculs.proches(vue.taux.get(t, ZERO), base) for t, base in bases.items()):
        return dire("tva_montant", attendu.textes, trouve=euros(vue.tva), attendu=euros(attendu.tva)), "bases de TVA"
    if not calculs.proches(vue.tva, attendu.tva):
        trouve, attendue = euros(vue.tva), euros(attendu.tva)
        texte = dire("tva_montant", attendu.textes, trouve=trouve, attendu=attendue)
        return texte, f"TVA {trouve} €, attendue {attendue} €"
    return None


def _taux_errone(attendu: Attendu, commandee: LigneVue, trouve: Decimal) -> tuple[str, str]:
    ligne = commandee.nom or f"de « {commandee.denomination} »"
    texte = dire("tva", attendu.textes, ligne=ligne, trouve=taux(trouve), attendu=taux(commandee.taux))
    return texte, f"taux de TVA {ligne} : {taux(trouve)} facturé, {taux(commandee.taux)} attendu"


def _tva(vue: Vue, attendu: Attendu, tous: list[Attendu], autres: list[Autre]) -> Ecart | None:
    trouve = _texte_tva(vue, attendu)
    if trouve is None:
        return None
    return _ecart("ERR-09", Statut.REJETEE, Motif.TX_TVA_ERR, trouve[0], f"{trouve[1]} {_de(attendu)}")


def _quantite(vue: Vue, attendu: Attendu, tous: list[Attendu], autres: list[Autre]) -> Ecart | None:
    """ERR-08: what is invoiced is not what was ordered and delivered; the same total is enough to be right."""
    if attendu.ouverte or calculs.proches(vue.ht, attendu.ht):
        return None
    texte = constat = ""
    for facturee, commandee in apparier(vue.lignes, attendu.lignes):
        if commandee is None:
            texte = dire("ligne", attendu.textes, ligne=facturee.denomination[:80])
            constat = f"ligne « {facturee.denomination[:80]} » non commandée"
        elif facturee.quantite != commandee.quantite:
            trouve, livre = nombre(facturee.quantite), nombre(commandee.quantite)
            texte = dire("quantite", attendu.textes, trouve=trouve, attendu=livre, ligne=commandee.denomination[:60])
            constat = f"quantité facturée {trouve}, livrée {livre}"
        elif facturee.prix != commandee.prix:
            trouve, voulu = euros(facturee.prix), euros(commandee.prix)
            texte = dire("prix", attendu.textes, trouve=trouve, attendu=voulu, ligne=commandee.denomination[:60])
            constat = f"prix facturé {trouve}, commandé {voulu}"
        if texte:
            break
    if not texte:
        trouve, voulu = euros(vue.ht), euros(attendu.ht)
        texte = dire("total", attendu.textes, trouve=trouve, attendu=voulu)
        constat = f"{trouve} € HT facturés, {voulu} € commandés"
    return _ecart("ERR-08", Statut.REJETEE, Motif.FACT_NON_CONFORME, texte, f"{constat} {_de(attendu)}")


def manquantes(vue: Vue, attendu: Attendu) -> list[str]:
    """Labels of the documents that the order demands and that are not there."""
    return [piece.libelle for piece in attendu.pieces if not piece.fournie(vue.pieces)]


def _manque(libelles: list[str]) -> str:
    return f"{enumerer(libelles)} {'absent' if len(libelles) == 1 else 'manquants'}"


def _pieces(vue: Vue, attendu: Attendu, tous: list[Attendu], autres: list[Autre]) -> Ecart | None:
    """ERR-07: suspended once; a completion that is still wrong leads to a rejection (R2192-27: one interruption)."""
    absentes = manquantes(vue, attendu)
    if not absentes:
        return None
    constat = f"pièces absentes : {', '.join(absentes)} {_de(attendu)}"
    manque = _manque(absentes)
    if vue.suspensions:
        texte = dire("sans_piece", attendu.textes, manque=manque)
        return _ecart("ERR-07", Statut.REJETEE, Motif.AUTRE, texte, f"complément insuffisant, {constat}")
    texte = dire("piece", attendu.textes, manque=manque)
    return _ecart("ERR-07", Statut.SUSPENDUE, Motif.JUSTIF_ABS, texte, constat)


def _banque(vue: Vue, autres: list[Autre]) -> Ecart | None:
    """ERR-12, free practice: another account than that of the invoices before. None given is allowed."""
    connus = [autre.iban for autre in autres if autre.avant and autre.vivante and autre.client == vue.client]
    connus = [iban for iban in connus if iban]
    if not vue.iban or not connus or vue.iban in connus or vue.suspensions:
        return None
    texte = dire("banque", {}, trouve=f"… {vue.iban[-4:]}")
    constat = f"compte bancaire changé sans préavis ({connus[-1][-4:]} → {vue.iban[-4:]})"
    return _ecart("ERR-12", Statut.SUSPENDUE, Motif.COORD_BANC_ERR, texte, constat)


def _avoir(vue: Vue, autres: list[Autre]) -> Ecart | None:
    """ERR-16: above its invoice (with the avoirs before it), unknown invoice, invoice of another client."""
    origines = [a for a in autres if a.numero == vue.origine and a.type_facture == TypeFacture.FACTURE]
    if not origines:
        texte = dire("avoir_inconnu", {}, trouve=vue.origine or "aucune")
        constat = f"avoir sur une facture inconnue (« {vue.origine} »)"
    elif not (du_client := [a for a in origines if a.client == vue.client]):
        texte = dire("avoir_client", {}, trouve=vue.origine)
        constat = f"avoir sur {vue.origine}, adressée à {origines[-1].client}"
    else:
        deja = sum(
            (a.ttc for a in autres if a.avant and a.vivante and a.origine == vue.origine and a.client == vue.client),
            ZERO,
        )
        total, plafond = deja + vue.ttc, du_client[-1].ttc
        if total <= plafond + calculs.TOLERANCE:
            return None
        texte = dire("avoir_superieur", {}, origine=vue.origine, trouve=euros(total), attendu=euros(plafond))
        constat = f"avoir de {euros(total)} € sur {vue.origine} de {euros(plafond)} €"
    return _ecart("ERR-16", Statut.REJETEE, Motif.FACT_NON_CONFORME, texte, constat)


CONTROLES: tuple[Controle, ...] = (
    _destinataire,
    _service,
    _engagement,
    _doublon,
    _cadre,
    _marche,
    _date,
    _tva,
    _quantite,
    _pieces,
)
"""What a recipient looks at, in order, when he knows the order."""


def constater(vue: Vue, attendu: Attendu | None, tous: list[Attendu], autres: list[Autre]) -> Ecart | None:
    """The first mistake of a deposit; None for a right one, and for one that nobody ordered here (SIM-3)."""
    if vue.est_avoir:
        return _avoir(vue, autres)
    if vue.refus_valideur:
        texte = dire("refus", {}, trouve=vue.refus_valideur)
        return _ecart("REFUS", Statut.REJETEE, Motif.AUTRE, texte, "refus du valideur transmis (réforme)")
    for controle in CONTROLES if attendu is not None else ():
        if attendu is not None and (ecart := controle(vue, attendu, tous, autres)):
            return ecart
    copie = _copie(vue, autres) if attendu is None else None
    if copie is None and any(connu.controle_banque for connu in tous):
        return _banque(vue, autres)
    return copie


def leurres(vue: Vue, attendu: Attendu) -> list[str]:
    """What is said of the documents of something else that were joined."""
    return [leurre.texte for leurre in attendu.leurres if leurre.dans(vue.pieces)]


def relancer(vue: Vue, attendu: Attendu, *, limite: str) -> str:
    """Letter after a completion: what is out of place, what is still missing; empty when nothing is wrong."""
    dits = leurres(vue, attendu)
    if absentes := manquantes(vue, attendu):
        dits.append(dire("relance", attendu.textes, manque=_manque(absentes), limite=limite))
    return "\n".join(dits)


def _refus(regle: str, texte: str, constat: str) -> Refus:
    return Refus(
        regle=regle,
        action=Action.REFUSER,
        motif=Motif.AUT_MOTIF_ERR_VALIDEUR,
        texte=texte,
        explication=f"{regle} : {constat}",
    )


def _cadre_du_valideur(vue: Vue, attendu: Attendu) -> Refus:
    noms = {Cadre.A9: "cadre_sous_traitant", Cadre.A12: "cadre_cotraitant"}
    nom = next((texte for cadre, texte in noms.items() if cadre == attendu.cadre), "cadre_direct")
    constat = f"cadre {_code(vue.cadre)}, attendu {_code(attendu.cadre)} {_de(attendu)}"
    return _refus("ERR-10", dire(nom, attendu.textes), constat)


def valider(vue: Vue, attendu: Attendu | None, autres: list[Autre], *, siret: str) -> Refus | None:
    """What a simulated validator reproaches; None: he validates (Table C, titulaire and mandataire)."""
    if attendu is None:
        return None
    if attendu.valideur and attendu.valideur != siret:
        return Refus(
            regle="VALIDEUR",
            action=Action.MAUVAIS_VALIDEUR,
            motif=Motif.ERR_VALIDEUR,
            texte=dire("valideur", attendu.textes),
            explication=f"valideur {siret}, attendu {attendu.valideur} {_de(attendu)}",
        )
    if vue.cadre != attendu.cadre:
        return _cadre_du_valideur(vue, attendu)
    if attendu.autoliquidation and (trouve := _texte_tva(vue, attendu)):
        return _refus("ERR-09", trouve[0], f"{trouve[1]} {_de(attendu)}")
    if attendu.plafond is not None:
        avant = (a.ht for a in autres if a.avant and a.vivante and compacte(a.marche) == compacte(attendu.marche))
        cumul = vue.ht + sum(avant, ZERO)
        if cumul > attendu.plafond:
            texte = dire("plafond", attendu.textes, trouve=euros(cumul), attendu=euros(attendu.plafond))
            return _refus("ERR-15", texte, f"{euros(cumul)} € HT cumulés, plafond {euros(attendu.plafond)} €")
    return None
