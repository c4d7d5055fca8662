"""docs/genere/cycle-de-vie.md: the circuit of simple invoices, from the table that plays it."""

from collections.abc import Iterator

from formation.documentation.markdown import codes, tableau
from invoices.enums import AVANT_ENVOI, MOTIFS, MOTIFS_SYSTEME, OUVERTS, Acteur, Action, Cadre, Famille, Motif, Statut
from invoices.lifecycle import CYCLE, ETAPES
from sandbox.cohorts.enums import Regime
from sandbox.lifecycle.table import Transition

Ligne = Transition[Statut, Action, Acteur]

FAMILLES = {
    Famille.BROUILLON: ("Brouillon", "gris", "fill:#eef0f3,stroke:#55626f,color:#1d2733"),
    Famille.ACHEMINE: ("En chemin", "bleu", "fill:#e8f0fa,stroke:#1f5fa8,color:#14304f"),
    Famille.ATTENTE: ("Quelqu'un doit agir", "ambre", "fill:#fff4d6,stroke:#7a4b00,color:#7a4b00"),
    Famille.RETOUR: ("Revenue au fournisseur", "ambre, bord épais", "fill:#fff4d6,stroke:#7a4b00,stroke-width:3px"),
    Famille.REFUS: ("Refusée", "rouge", "fill:#fdecea,stroke:#b3261e,color:#b3261e"),
    Famille.ACCEPTE: ("Acceptée, en route vers le paiement", "bleu-vert", "fill:#e2f2f1,stroke:#1b6b6b,color:#10403f"),
    Famille.PAYE: ("Payée", "vert", "fill:#e6f4ea,stroke:#1a6e3c,color:#1a6e3c"),
}
MESSAGES = {
    "N1": "au fournisseur : sa facture est déposée",
    "N2": "au valideur : une facture l'attend",
    "N3": "au destinataire : une facture est arrivée",
    "N4": "au fournisseur : le statut a changé (préférence « notification Facturation »)",
    "N5": "au fournisseur : le valideur a répondu, ou n'a pas répondu à temps",
    "N6": "au fournisseur : sa facture est rejetée (tout de suite, quels que soient ses choix)",
    "N7": "au gestionnaire principal, chaque lundi à 7 h : ce qui attend une action (suspendues, à recycler, rejetées)",
    "N8": "à qui a choisi le récapitulatif quotidien, à 7 h, au lieu des N4",
    "N9": "au déposant d'un flux : il est rejeté, ou intégré en partie",
}
ENTREES = {
    "motif": "motif",
    "commentaire": "commentaire",
    "valideur": "nouveau valideur",
    "complement": "pièce jointe ou commentaire",
}
TOUJOURS = frozenset(s for s in Statut if s not in (Statut.SUPPRIMEE, Statut.INTERPRETEE_OCR))


def _statuts(valeurs: frozenset[Statut]) -> str:
    if valeurs == OUVERTS:
        return "tout statut *ouvert*"
    if valeurs == TOUJOURS:
        return "tout statut visible"
    return ", ".join(s.label for s in Statut if s in valeurs)


def _cellules(row: Ligne) -> list[str]:
    cadres = [Cadre(c).label.split(" ")[0] for c in Cadre.values if c in row.cadres]
    return [
        row.numero,
        Action(row.action).label,
        _statuts(row.sources),
        row.target.label if row.target else "inchangé",
        ", ".join(a.label for a in Acteur if a in row.acteurs),
        ", ".join(ENTREES[n] for n in sorted(row.needs)) or "–",
        ", ".join(cadres) or "tous",
        ", ".join(str(r.label) for r in Regime if r in row.regimes) or "tous",
        row.delay or "–",
        ", ".join(row.mails) or "–",
        _statuts(row.usual) or "–",
        row.note or "–",
    ]


def _fleches() -> Iterator[str]:
    """An open status leads to any recipient status: only the usual order is drawn, the table says the rest."""
    vues: set[tuple[str, str]] = set()
    for row in CYCLE.rows:
        if row.target is None:
            continue
        origines = row.usual or row.sources
        for source in (s for s in Statut if s in origines and s != row.target):
            if (source, row.target) not in vues:
                vues.add((source, row.target))
                yield f"    {source.name} --> {row.target.name} : {Action(row.action).label}"


def _schema() -> str:
    lignes = ["```mermaid", "stateDiagram-v2", "    direction LR"]
    lignes += [f'    state "{s.label}" as {s.name}' for s in Statut]
    lignes += ["    [*] --> BROUILLON", *_fleches()]
    lignes += [f"    classDef {f.value} {style}" for f, (_, _, style) in FAMILLES.items()]
    for famille in Famille:
        membres = ",".join(s.name for s in Statut if s.famille == famille)
        lignes.append(f"    class {membres} {famille.value}")
    return "\n".join([*lignes, "```", ""])


def _place(statut: Statut) -> str:
    if statut in AVANT_ENVOI:
        return "avant l'envoi"
    if statut in OUVERTS:
        return "ouvert"
    return "–"


def page() -> str:
    etapes = " → ".join(s.label for s in ETAPES)
    return "\n".join(
        [
            "# Cycle de vie des factures simples",
            "",
            "Cette table est celle que jouent les écrans, les robots et les essais : une action qui n'y figure pas est "
            "refusée, d'où qu'elle vienne. Un seul service écrit un statut, et il lit cette table "
            "([architecture](../architecture.md), [ADR 0004](../adr/0004-table-du-cycle-de-vie.md)).",
            "",
            f"Chemin habituel d'une facture payée : {etapes}.",
            "",
            "## Schéma",
            "",
            "Le destinataire peut poser ses statuts dans n'importe quel ordre ; le schéma ne montre que l'ordre "
            "habituel.",
            "",
            _schema(),
            "## Transitions",
            "",
            f"« Tout statut ouvert » : {', '.join(s.label for s in Statut if s in OUVERTS)}. "
            "Délai « routage » : quelques secondes réelles, même horloge arrêtée. "
            "La colonne « D'abord proposée depuis » dit où l'écran met l'action en tête.",
            "",
            tableau(
                [
                    "N°",
                    "Action",
                    "Depuis",
                    "Vers",
                    "Acteur",
                    "Exige",
                    "Cadres",
                    "Régimes",
                    "Délai",
                    "Messages",
                    "D'abord proposée depuis",
                    "Note",
                ],
                (_cellules(row) for row in CYCLE.rows),
            ),
            "## Messages",
            "",
            tableau(["Message", "Adressé"], MESSAGES.items()),
            "## Motifs",
            "",
            "La liste officielle est unique ; le bac à sable la regroupe par statut. « Retraitement manuel » et "
            "« Suppression en masse » ne sont jamais proposés.",
            "",
            tableau(
                ["Motif", "Code", *(Action(a).label for a in MOTIFS)],
                (
                    [m.label, codes([m.value]), *("oui" if m in offerts else "–" for offerts in MOTIFS.values())]
                    for m in Motif
                    if m not in MOTIFS_SYSTEME
                ),
            ),
            "## Catalogue des statuts",
            "",
            tableau(
                ["Statut", "Code", "Famille", "Couleur", "Place dans le circuit"],
                (
                    [s.label, codes([s.value]), FAMILLES[s.famille][0], FAMILLES[s.famille][1], _place(s)]
                    for s in Statut
                ),
            ),
        ]
    )
