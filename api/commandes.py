"""Ready-made commands for bash: one's own values first, then calls that only use them (api.md §2, §6, §8)."""

from dataclasses import dataclass
from shlex import quote

MASQUE = "••••••••"
SYNTAXES = (
    ("Factur-X (PDF)", "IN_DP_E2_CII_FACTURX"),
    ("CII (XML)", "IN_DP_E1_CII_16B"),
    ("UBL (XML)", "IN_DP_E1_UBL_INVOICE"),
)
"""Kinds of file that a trainee is most likely to hold, and the ``syntaxeFlux`` that goes with each."""
_SUITE = " \\\n  "
"""The next option on a line of its own: what is read is short, what is pasted is one command."""
_ENTETES = _SUITE.join(("", '-H "Authorization: Bearer $JETON"', '-H "cpro-account: $CPRO_ACCOUNT"'))
_JSON = _SUITE.join((_ENTETES, "-H 'Content-Type: application/json;charset=utf-8'"))
_STATUT = "-w '\\nHTTP %{http_code}\\n'"


@dataclass(frozen=True, slots=True)
class Acces:
    """What a program is given. Empty: not known yet, a name to replace is written instead."""

    base: str
    client_id: str = ""
    client_secret: str = ""
    login: str = ""
    mot_de_passe: str = ""
    siret: str = ""


@dataclass(frozen=True, slots=True)
class Commande:
    """A block to paste; ``masquee``: the same without its secrets, when it holds some."""

    cle: str
    titre: str
    phrase: str
    texte: str
    masquee: str = ""


def _valeurs(acces: Acces, *, masquer: bool = False) -> str:
    def secret(valeur: str, a_remplacer: str) -> str:
        return quote(MASQUE if masquer and valeur else valeur or a_remplacer)

    return "\n".join(
        (
            f"BASE={quote(acces.base)}",
            f"CLIENT_ID={quote(acces.client_id or 'VOTRE_CLIENT_ID')}",
            f"CLIENT_SECRET={secret(acces.client_secret, 'VOTRE_CLIENT_SECRET')}",
            f"LOGIN={quote(acces.login or 'VOTRE_COMPTE_TECHNIQUE')}",
            f"MOT_DE_PASSE={secret(acces.mot_de_passe, 'MOT_DE_PASSE_DU_COMPTE_TECHNIQUE')}",
            "CPRO_ACCOUNT=$(printf '%s' \"$LOGIN:$MOT_DE_PASSE\" | base64 | tr -d '\\n')",
        )
    )


def _extraire(champ: str, motif: str) -> str:
    """A field of a JSON answer, with what every machine has."""
    return f"sed -n 's/.*\"{champ}\" *: *{motif}.*/\\1/p'"


_DU_FLUX = '"{\\"numeroFluxDepot\\":\\"$NUMERO\\"}"'
_TEXTE, _NOMBRE = '"\\([^"]*\\)"', "\\([0-9]*\\)"


def _poster(operation: str, corps: str) -> str:
    """An operation called with this body (quoted for the shell), its answer shown with the status."""
    return f'curl -sS {_STATUT} "$BASE/cpro/{operation}"{_JSON}{_SUITE}-d {corps}'


def commandes(acces: Acces) -> list[Commande]:
    """In the order in which a program makes its first calls; each one uses what the former ones have set."""
    complet, masque = _valeurs(acces), _valeurs(acces, masquer=True)
    siret = acces.siret or "SIRET_CHERCHE"
    recherche = f'{{"structure":{{"identifiantStructure":"{siret}","typeIdentifiantStructure":"SIRET"}}}}'
    return [
        Commande(
            "valeurs",
            "Vos valeurs",
            "À coller en premier : les commandes suivantes s'en servent, et ne portent aucun secret.",
            complet,
            masque if masque != complet else "",
        ),
        Commande(
            "jeton",
            "Demander un jeton",
            "Il vaut une heure : gardez-le, n'en demandez pas un à chaque appel.",
            'REPONSE=$(curl -sS "$BASE/api/oauth/token"'
            + _SUITE.join(
                (
                    "",
                    "-d grant_type=client_credentials -d scope=openid",
                    '--data-urlencode "client_id=$CLIENT_ID"',
                    '--data-urlencode "client_secret=$CLIENT_SECRET")\n',
                )
            )
            + f'JETON=$(printf \'%s\' "$REPONSE" | {_extraire("access_token", _TEXTE)})\necho "$REPONSE"',
        ),
        Commande(
            "sante",
            "Vérifier que l'API répond",
            "Le jeton et le compte technique sont contrôlés : une réponse 200 dit que tout est bon.",
            f'curl -sS {_STATUT} "$BASE/cpro/transverses/v1/health-check"{_ENTETES}',
        ),
        Commande(
            "structure",
            "Rechercher une structure",
            "Par son SIRET ; idStructureCPP est le numéro que demandent les autres opérations.",
            _poster("structures/v1/rechercher", quote(recherche)),
        ),
        Commande(
            "flux",
            "Déposer un fichier de factures",
            "Remplacez le nom du fichier par celui du vôtre, et choisissez la syntaxe qui lui correspond.",
            f"FICHIER=facture.pdf\nSYNTAXE={SYNTAXES[0][1]}\n"
            'REPONSE=$(printf \'{"fichierFlux":"%s","nomFichier":"%s","syntaxeFlux":"%s","avecSignature":false}\''
            f'{_SUITE}"$(base64 < "$FICHIER" | tr -d \'\\n\')" "$(basename "$FICHIER")" "$SYNTAXE"'
            f'{_SUITE}| curl -sS "$BASE/cpro/factures/v1/deposer/flux"{_JSON}{_SUITE}--data-binary @-)\n'
            f"NUMERO=$(printf '%s' \"$REPONSE\" | {_extraire('numeroFluxDepot', _TEXTE)})\n"
            'echo "$REPONSE"',
        ),
        Commande(
            "compte-rendu",
            "Lire le compte rendu du flux",
            "À répéter jusqu'à IN_INTEGRE, IN_INTEGRE_PARTIEL ou IN_REJETE : le portail traite le flux après l'avoir "
            "reçu.",
            _poster("transverses/v1/consulterCRDetaille", _DU_FLUX),
        ),
        Commande(
            "historique",
            "Suivre la facture déposée",
            "Une fois le flux intégré, la recherche donne son identifiant ; l'historique dit par où elle est passée.",
            f'REPONSE=$(curl -sS "$BASE/cpro/factures/v1/rechercher/fournisseur"{_JSON}{_SUITE}-d {_DU_FLUX})\n'
            f"ID=$(printf '%s' \"$REPONSE\" | {_extraire('identifiantFactureCPP', _NOMBRE)})\n"
            + _poster("factures/v1/consulter/historique", '"{\\"idFacture\\":${ID:-0}}"'),
        ),
    ]
