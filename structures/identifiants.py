"""Identifiers of structures and bank accounts: their shape, their keys, the fictitious ones (pure).

Sources: comptes-structures.md §3 (types), §4.2 (bank); exercices.md §0.2 (SIREN range 000 100 000 – 000 299 999, bank
99999).
"""

import re
import unicodedata
from dataclasses import dataclass

from stdnum import bic as stdnum_bic
from stdnum import exceptions as stdnum_errors
from stdnum import iban, luhn
from stdnum.eu import vat as tva_europeenne
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret

from structures.enums import TypeIdentifiant
from structures.pays import FRANCE, PAYS, UNION_EUROPEENNE, WALLIS_ET_FUTUNA, nom, prefixe_tva

PLAGE_PUBLIQUE = "0002"
PLAGE_FICTIVE = ("0001", PLAGE_PUBLIQUE)
BANQUE_FICTIVE = "99999"
BIC_FICTIF = "FICTFRPPXXX"
LONGUEUR_MAXIMUM = 80

_SEPARATEURS = re.compile(r"[\s\u00a0\u2000-\u200f\u202a-\u202f\u205f\u2060-\u2069\ufeff.\-\u2010-\u2014/]+")
_INVISIBLES = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0e-\x1f\x7f]+")
_OUTRE_MER = frozenset(["GP", "MQ", "GF", "RE", "YT", "BL", "MF", "PM", "TF"])
"""French territories whose companies have a SIRET."""
_AUTRE_REGISTRE = {"NC": TypeIdentifiant.RIDET, "PF": TypeIdentifiant.TAHITI}

AIDES: dict[str, str] = {
    TypeIdentifiant.SIRET: "SIRET de votre entreprise : 14 chiffres, avec ou sans espaces.",
    TypeIdentifiant.UE_HORS_FRANCE: "N° de TVA intracommunautaire : code du pays puis numéro, 18 caractères au plus, "
    "par exemple BE0123456789.",
    TypeIdentifiant.HORS_UE: "Code du pays (deux lettres) puis les 16 premiers caractères de la raison sociale, "
    "18 caractères au plus, par exemple CHMENUISERIE DU LAC. Wallis-et-Futuna : FRWF puis les 14 premiers.",
    TypeIdentifiant.RIDET: "N° RIDET de Nouvelle-Calédonie : 9 ou 10 chiffres.",
    TypeIdentifiant.TAHITI: "N° TAHITI de Polynésie française : 9 caractères, par exemple A12345001.",
    TypeIdentifiant.PARTICULIER: "Facultatif : votre numéro d'identification, fictif, 80 caractères au plus. "
    "Sans lui, vos nom et prénom vous identifient.",
    TypeIdentifiant.AUTRE: "Ce qui identifie votre entreprise en attendant son SIRET, par exemple son numéro de "
    "dossier d'immatriculation ; 80 caractères au plus.",
}
"""Help under « Identifiant », by type (comptes-structures.md §3)."""


class IdentifiantInvalide(ValueError):
    """The shape of an identifier is wrong; ``champ`` is the field concerned, the message is French."""

    def __init__(self, message: str, champ: str = "identifiant") -> None:
        super().__init__(message)
        self.champ = champ


def compacter(valeur: str) -> str:
    """In capitals, without spaces, dots, dashes, no-break or invisible characters (a cell of a spreadsheet)."""
    return _SEPARATEURS.sub("", _INVISIBLES.sub("", valeur)).upper()


def sur_une_ligne(valeur: str) -> str:
    """Free text: one plain space between words, nothing invisible, composed accents."""
    return " ".join(_INVISIBLES.sub("", unicodedata.normalize("NFC", valeur)).split())


def en_capitales(valeur: str) -> str:
    """Composed again after: a capital may be longer than its letter (« ß »)."""
    return sur_une_ligne(sur_une_ligne(valeur).upper())


def pays_possibles(type_identifiant: str) -> tuple[str, ...]:
    """ISO codes of the countries that this type of identifier admits."""
    if type_identifiant == TypeIdentifiant.UE_HORS_FRANCE:
        return tuple(sorted(UNION_EUROPEENNE - {FRANCE}, key=nom))
    if type_identifiant == TypeIdentifiant.HORS_UE:
        exclus = UNION_EUROPEENNE | _OUTRE_MER | set(_AUTRE_REGISTRE)
        return tuple(sorted(set(PAYS) - exclus, key=nom))
    if type_identifiant in (TypeIdentifiant.RIDET, TypeIdentifiant.TAHITI):
        return tuple(code for code, registre in _AUTRE_REGISTRE.items() if registre == type_identifiant)
    if type_identifiant == TypeIdentifiant.SIRET:
        return (FRANCE,)
    return (FRANCE, *sorted(set(PAYS) - {FRANCE}, key=nom))


def identifiant_hors_ue(pays: str, raison_sociale: str) -> str:
    """Country then the first 16 characters of the name; FRWF then the first 14 for Wallis-et-Futuna."""
    debut = "FRWF" if pays == WALLIS_ET_FUTUNA else pays
    return sur_une_ligne((debut + en_capitales(raison_sociale))[:18])


def _siret(valeur: str) -> str:
    numero = compacter(valeur)
    if not (numero.isascii() and numero.isdigit()):
        raise IdentifiantInvalide("Un SIRET ne contient que des chiffres : 14, avec ou sans espaces.")
    if len(numero) != 14:
        raise IdentifiantInvalide(f"Un SIRET compte 14 chiffres ; vous en avez saisi {len(numero)}.")
    if not est_siret(numero):
        raise IdentifiantInvalide("La clé de ce SIRET est fausse : il contient sans doute une faute de frappe.")
    return numero


def _tva(valeur: str, pays: str) -> str:
    """Shape of the country's VAT numbers. The key is not looked at: nothing here says who exists (§3)."""
    numero = compacter(valeur)
    if numero.startswith("FR"):
        raise IdentifiantInvalide("Un n° de TVA français commence par FR : l'entreprise s'identifie par son SIRET.")
    attendu = prefixe_tva(pays)
    if not numero.startswith(attendu):
        raise IdentifiantInvalide(
            f"« {numero[:2]} » n'est pas le code attendu : pour ce pays ({nom(pays)}), le numéro commence par "
            f"{attendu}."
        )
    if len(numero) > 18:
        raise IdentifiantInvalide(f"18 caractères au plus ; vous en avez saisi {len(numero)}.")
    try:
        tva_europeenne.validate(numero)
    except (stdnum_errors.InvalidChecksum, stdnum_errors.InvalidComponent):
        pass
    except stdnum_errors.ValidationError as forme:
        raise IdentifiantInvalide(
            f"« {numero} » n'a pas la forme d'un n° de TVA de ce pays ({nom(pays)}). Vérifiez le nombre de caractères."
        ) from forme
    return numero


def _hors_ue(valeur: str, pays: str, raison_sociale: str) -> str:
    lu = en_capitales(valeur)
    attendu = identifiant_hors_ue(pays, raison_sociale)
    if lu != attendu:
        regle = "FRWF puis les 14 premiers caractères" if pays == WALLIS_ET_FUTUNA else f"{pays} puis les 16 premiers"
        raise IdentifiantInvalide(
            f"« {lu[:40]} » ne correspond pas à la raison sociale et au pays saisis. Attendu : « {attendu} » "
            f"({regle} de la raison sociale)."
        )
    return lu


def _ridet(valeur: str) -> str:
    numero = compacter(valeur)
    if not (numero.isascii() and numero.isdigit() and len(numero) in (9, 10)):
        raise IdentifiantInvalide(f"Un n° RIDET compte 9 ou 10 chiffres ; « {numero[:20]} » en compte {len(numero)}.")
    return numero


def _tahiti(valeur: str) -> str:
    numero = compacter(valeur)
    if not re.fullmatch(r"[0-9A-Z]{9}", numero):
        raise IdentifiantInvalide(
            f"Un n° TAHITI compte 9 lettres ou chiffres ; « {numero[:20]} » compte {len(numero)} signe"
            f"{'s' if len(numero) > 1 else ''}."
        )
    return numero


def _libre(valeur: str) -> str:
    texte = en_capitales(valeur)
    if len(texte) > LONGUEUR_MAXIMUM:
        raise IdentifiantInvalide(f"{LONGUEUR_MAXIMUM} caractères au plus ; vous en avez saisi {len(texte)}.")
    return texte


def verifier(type_identifiant: str, valeur: str, *, pays: str = FRANCE, raison_sociale: str = "") -> str:
    """The identifier as it is kept. Raises ``IdentifiantInvalide``; existence is only known of a SIRET (INSEE)."""
    if pays not in pays_possibles(type_identifiant):
        raise IdentifiantInvalide(
            f"{nom(pays)} ne va pas avec « {TypeIdentifiant(type_identifiant).label} » : changez l'un ou l'autre.",
            "pays",
        )
    if not sur_une_ligne(valeur):
        if type_identifiant != TypeIdentifiant.PARTICULIER:
            raise IdentifiantInvalide("L'identifiant est obligatoire.")
        valeur = raison_sociale
    match type_identifiant:
        case TypeIdentifiant.SIRET:
            return _siret(valeur)
        case TypeIdentifiant.UE_HORS_FRANCE:
            return _tva(valeur, pays)
        case TypeIdentifiant.HORS_UE:
            return _hors_ue(valeur, pays, raison_sociale)
        case TypeIdentifiant.RIDET:
            return _ridet(valeur)
        case TypeIdentifiant.TAHITI:
            return _tahiti(valeur)
        case _:
            return _libre(valeur)


def siret_de_base(base: str, nic: str = "0001") -> str:
    """SIRET from the 8 first digits of its SIREN; ``nic`` without its key. Both Luhn keys are right."""
    sans_cle = base + luhn.calc_check_digit(base) + nic
    return sans_cle + luhn.calc_check_digit(sans_cle)


def numero_tva(siret: str) -> str:
    """N° de TVA intracommunautaire of the SIREN."""
    return f"FR{stdnum_siren.to_tva(siret[:9]).replace(' ', '')}"


def iban_de_base(base: str) -> str:
    """Fictitious IBAN: bank 99999, desk 00001, account drawn from the SIREN's base; RIB and IBAN keys right."""
    banque, guichet, compte = BANQUE_FICTIVE, "00001", base.zfill(11)
    bban = f"{banque}{guichet}{compte}{cle_rib(banque, guichet, compte)}"
    return str(iban.format(f"FR{iban.calc_check_digits('FR00' + bban)}{bban}", separator=""))


def est_siret(valeur: str) -> bool:
    """14 digits with a true key (La Poste's exception included)."""
    return bool(stdnum_siret.is_valid(valeur))


def est_fictif(siret: str) -> bool:
    return siret.startswith(PLAGE_FICTIVE)


# --- bank accounts


class BanqueInvalide(ValueError):
    """An IBAN or a BIC is wrong; the message is French."""


_LETTRES_RIB = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
"""A letter of an account number counts as its digit in the RIB key."""


def cle_rib(banque: str, guichet: str, compte: str) -> str:
    """Two digits: 97 less the remainder of 89 × bank + 15 × desk + 3 × account."""
    somme = 89 * int(banque) + 15 * int(guichet) + 3 * int(compte.translate(_LETTRES_RIB))
    return f"{97 - somme % 97:02d}"


@dataclass(frozen=True, slots=True)
class Iban:
    """A French IBAN taken apart."""

    banque: str
    guichet: str
    compte: str
    cle: str

    @classmethod
    def lire(cls, compact: str) -> "Iban":
        return cls(compact[4:9], compact[9:14], compact[14:25], compact[25:27])


def verifier_iban(valeur: str) -> str:
    """IBAN without its spaces: keys right, fictitious bank. Raises ``BanqueInvalide``."""
    numero = compacter(valeur)
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}", numero):
        raise BanqueInvalide(
            "Un IBAN commence par deux lettres et deux chiffres, puis 11 à 30 lettres ou chiffres, par exemple "
            "FR76 9999 9000 0100 0000 1010 176."
        )
    if numero.startswith("FR") and len(numero) != 27:
        raise BanqueInvalide(f"Un IBAN français compte 27 caractères ; vous en avez saisi {len(numero)}.")
    try:
        iban.validate(numero)
    except stdnum_errors.InvalidChecksum as cle:
        raise BanqueInvalide(
            "La clé IBAN est fausse : deux chiffres sont sans doute inversés. Recopiez l'IBAN de votre RIB."
        ) from cle
    except stdnum_errors.ValidationError as forme:
        raise BanqueInvalide(
            f"« {numero[:2]} » n'est pas un pays à IBAN, ou la forme du numéro n'est pas celle de ce pays."
        ) from forme
    lu = Iban.lire(numero)
    if not numero.startswith("FR") or lu.banque != BANQUE_FICTIVE:
        raise BanqueInvalide(
            f"Seuls les IBAN fictifs (banque {BANQUE_FICTIVE}) sont acceptés ici : ne saisissez jamais de vraies "
            "coordonnées bancaires. Celui de votre entreprise est sur votre RIB d'exercice."
        )
    if cle_rib(lu.banque, lu.guichet, lu.compte) != lu.cle:
        raise BanqueInvalide(f"La clé RIB « {lu.cle} » est fausse : recopiez les deux derniers chiffres de votre RIB.")
    return numero


def verifier_bic(valeur: str, iban_compact: str) -> str:
    """BIC of 8 or 11 characters, of the IBAN's country. Raises ``BanqueInvalide``."""
    code = compacter(valeur)
    if not stdnum_bic.is_valid(code):
        raise BanqueInvalide(f"Un BIC compte 8 ou 11 lettres ou chiffres, par exemple {BIC_FICTIF}.")
    if iban_compact and code[4:6] != iban_compact[:2]:
        raise BanqueInvalide(
            f"Ce BIC est celui d'une banque d'un autre pays ({code[4:6]}) que l'IBAN ({iban_compact[:2]})."
        )
    return code


def en_groupes(iban_compact: str) -> str:
    """An IBAN as it is read: by groups of four."""
    return " ".join(iban_compact[i : i + 4] for i in range(0, len(iban_compact), 4))
