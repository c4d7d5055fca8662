"""Sample data of the style guide: fictitious, deterministic, with no domain behind it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django import forms
from django.contrib import messages as niveaux
from django.contrib.messages.storage.base import Message

from sandbox.web.forms import DateField, FichierField, MontantField, SiretField

MAINTENANT = datetime(2026, 12, 7, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Statut:
    label: str
    famille: str
    icone: str = ""


STATUTS = [
    Statut("Brouillon", "brouillon"),
    Statut("En cours d'acheminement", "achemine"),
    Statut("Mise à disposition du destinataire", "attente"),
    Statut("À recycler", "retour"),
    Statut("Rejetée", "refus"),
    Statut("Mandatée", "accepte"),
    Statut("Mise en paiement", "paye"),
]
_DESTINATAIRES = ["Commune de Valombreuse", "Région Hautes-Sources", "Centre hospitalier des Trois-Ponts"]
_MONTANTS = ["4168.80", "312.00", "18240.50", "1250.00", "96.40", "7320.00", "540.25"]


def factures() -> list[Any]:
    return [
        SimpleNamespace(
            numero=f"FA-2026-{41 + rang:03d}",
            destinataire=_DESTINATAIRES[rang % 3],
            siret=("00010101400017", "00010300100012", "00010201200019")[rang % 3],
            montant=Decimal(_MONTANTS[rang]),
            statut=statut,
            depot=MAINTENANT - timedelta(days=rang * 2, hours=rang),
        )
        for rang, statut in enumerate(STATUTS)
    ]


class FormulaireExemple(forms.Form):
    raison_sociale = forms.CharField(label="Raison sociale", max_length=99)
    siret = SiretField(label="SIRET du destinataire")
    date_facture = DateField(label="Date de facture")
    montant = MontantField(label="Montant à payer")
    cadre = forms.ChoiceField(
        label="Cadre de facturation",
        choices=[("A1", "A1 – Dépôt par un fournisseur d'une facture"), ("A2", "A2 – Facture déjà payée")],
        required=False,
    )
    type_facture = forms.ChoiceField(
        label="Type de facture", widget=forms.RadioSelect, choices=[("F", "Facture"), ("A", "Avoir")]
    )
    commentaire = forms.CharField(label="Commentaire", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    copie = forms.BooleanField(label="Recevoir une notification à chaque changement de statut", required=False)
    fichier = FichierField(label="Pièce jointe", extensions=[".pdf", ".xml", ".zip"], required=False)


def formulaire(*, faux: bool) -> FormulaireExemple:
    if not faux:
        return FormulaireExemple(initial={"montant": Decimal("4168.80"), "cadre": "A1", "type_facture": "F"})
    saisie = {
        "siret": "000 101 014 00018",
        "date_facture": "31/02/2026",
        "montant": "4 168,80 euros",
        "type_facture": "F",
    }
    return FormulaireExemple(saisie)


def _etape(label: str, jours: int | None, etat: str, famille: str = "") -> Any:
    instant = MAINTENANT - timedelta(days=jours) if jours is not None else None
    return SimpleNamespace(label=label, date=instant, etat=etat, famille=famille)


def chemins() -> list[Any]:
    fin = [("Mandatée", "accepte"), ("Mise à disposition du comptable", "accepte"), ("Mise en paiement", "paye")]
    futur = [_etape(label, None, "futur", famille) for label, famille in fin]
    depart = [_etape("Déposée", 12, "passe"), _etape("Mise à disposition du destinataire", 12, "passe")]
    return [
        [*depart, _etape("Service fait", 1, "present", "accepte"), *futur],
        [
            *depart,
            _etape("Suspendue", 9, "branche", "retour"),
            _etape("Complétée", 4, "present", "attente"),
            _etape("Service fait", None, "futur"),
            *futur,
        ],
        [*depart, _etape("Rejetée", 2, "present", "refus")],
    ]


def messages() -> list[Message]:
    return [
        Message(niveaux.SUCCESS, "Envoyée. Le portail l'achemine ; vous la retrouverez dans Rechercher."),
        Message(niveaux.WARNING, "Deux champs ont été lus dans le document : vérifiez-les avant d'envoyer."),
    ]


def contexte() -> dict[str, Any]:
    """Everything the frames expect from context processors and views."""
    return {
        "titre": "Composants",
        "chapeau": "Chaque élément partagé des écrans, avec des données fictives, pour les regarder d'un coup d'œil.",
        "bandeau": SimpleNamespace(
            cohort_titre="Facturer un acheteur public – décembre",
            date_simulee=MAINTENANT,
            jour=0,
            horloge_mode="stopped",
            non_lus=2,
            place_numero="03",
            place_nom="Nadia",
            jeton="",
            en_cours=False,
        ),
        "fil": [("Accueil", "/"), ("Facturation", "/"), ("Factures émises", None)],
        "onglets": [
            SimpleNamespace(label=label, url=f"?onglet={rang}", actif=rang == 0, compte=compte)
            for rang, (label, compte) in enumerate(
                [
                    ("Synthèse", 3),
                    ("Saisir facture", 0),
                    ("Déposer facture", 0),
                    ("Rechercher", 0),
                    ("Tableau de bord", 0),
                ]
            )
        ],
        "messages": messages(),
        "structure_courante": "ARBELIN MENUISERIE 01",
        "session": SimpleNamespace(titre="Facturer un acheteur public", code="KRT7P2"),
        "horloge": SimpleNamespace(
            date=MAINTENANT, jour=0, mode="stopped", en_cours=False, url="?", prochain="mardi, réponse", url_apercu="?"
        ),
        "prenoms": ["Nadia", "Bastien", "Chloé", "Driss"],
        "statuts": STATUTS,
        "chemins": chemins(),
        "maintenant": MAINTENANT,
        "taches": [
            SimpleNamespace(nombre=2, label="factures à recycler", url="?"),
            SimpleNamespace(nombre=1, label="brouillon à terminer", url="?"),
        ],
        "volets": [
            SimpleNamespace(label=label, url="?", actif=rang == 0, compte=compte)
            for rang, (label, compte) in enumerate(
                [("Détail", None), ("Pièces jointes", 2), ("Historique", None), ("Échanges", 1)]
            )
        ],
        "progression": SimpleNamespace(id="demo", pct=64, libelle="Préparation de la session", fini=True, url="?"),
        "domaines": [
            SimpleNamespace(titre="Facturation", icone="receipt", phrase="Émettre, suivre et recevoir des factures."),
            SimpleNamespace(
                titre="Organisation", icone="building", phrase="Gérer structures, services et utilisateurs."
            ),
            SimpleNamespace(titre="Annuaire facturation", icone="book", phrase="Trouver une structure publique."),
            SimpleNamespace(titre="Raccordements", icone="plug", phrase="Déclarer un compte technique, une API."),
        ],
    }
